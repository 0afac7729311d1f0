import { useCountryName } from './contact-fields'

/** An address as one writes it on a letter. */
export function Postal({ of }: { of: { street: string; postcode: string; city: string; country: string } }) {
  const countryName = useCountryName()
  return (
    <span>
      <bdi>{of.street}</bdi>
      <br />
      <bdi>{`${of.postcode} ${of.city}`.trim()}</bdi>, {countryName(of.country)}
    </span>
  )
}
