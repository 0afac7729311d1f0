import { countryName } from '../../../workflows/policy/countries'
import { useViewer } from './viewer'

/** An address as one writes it on a letter. */
export function Postal({ of }: { of: { street: string; postcode: string; city: string; country: string } }) {
  const { language } = useViewer()
  return (
    <span>
      <bdi>{of.street}</bdi>
      <br />
      <bdi>{`${of.postcode} ${of.city}`.trim()}</bdi>, {countryName(of.country, language)}
    </span>
  )
}
