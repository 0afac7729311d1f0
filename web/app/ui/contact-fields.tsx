import { countryCodes, isCountry } from '../../../workflows/policy/countries'
import { useText } from '../texts/use-text'
import { Field, Select, type FieldState, type Option } from './field'
import { useViewer } from './viewer'

export type ContactFieldName = 'name' | 'organisation' | 'street' | 'postcode' | 'city' | 'country' | 'email' | 'phone'

/** A country's name by its ISO code. */
export const useCountryName = (): ((code: string) => string) => {
  const t = useText()
  return (code) => (isCountry(code) ? t(`country.${code as 'DE'}`) : code)
}

/** Every country in the reader's language and order. */
export const useCountries = (): Option[] => {
  const nameOf = useCountryName()
  const { language } = useViewer()
  return countryCodes.map((value) => ({ value, title: nameOf(value) })).sort((a, b) => a.title.localeCompare(b.title, language))
}

/** The fields of a holder or contact (RFC 5733), one column, in the order one writes an address. */
export function ContactFields({ fields }: { fields: Record<ContactFieldName, FieldState> }) {
  const t = useText()
  const countries = useCountries()
  return (
    <>
      <Field field={fields.name} label={t('contact.name')} autoComplete="name" maxLength={100} />
      <Field field={fields.organisation} label={t('contact.organisation')} optional autoComplete="organization" maxLength={160} />
      <Field field={fields.street} label={t('contact.street')} autoComplete="street-address" maxLength={120} />
      <div className="form__pair form__pair--postcode">
        <Field field={fields.postcode} label={t('contact.postcode')} required={false} autoComplete="postal-code" maxLength={16} />
        <Field field={fields.city} label={t('contact.city')} autoComplete="address-level2" maxLength={100} />
      </div>
      <Select
        field={fields.country}
        label={t('contact.country')}
        options={countries}
        placeholder={t('form.choose')}
        autoComplete="country"
      />
      <Field field={fields.email} label={t('contact.email')} type="email" autoComplete="email" maxLength={254} />
      <Field
        field={fields.phone}
        label={t('contact.phone')}
        hint={t('contact.phone.hint')}
        type="tel"
        autoComplete="tel"
        maxLength={32}
      />
    </>
  )
}
