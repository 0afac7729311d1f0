import { getFormProps, useForm } from '@conform-to/react'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { useState } from 'react'
import { countries } from '../../../workflows/policy/countries'
import { SignUp, signUpFields } from '../../../workflows/policy/people'
import { askWith, wrong } from '../ask.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Field, PasswordField, Select, type FieldState } from '../ui/field'
import { FieldGroup, Form, FormErrors } from '../ui/form'
import { Icon } from '../ui/icon'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page, Way } from '../ui/page'
import '../ui/shop.css'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const meta = title('signup.title')

export function loader({ context }: LoaderFunctionArgs) {
  if (context.principal.kind !== 'visitor') return redirect('/account')
  // said by the server: browsers name and sort some countries differently
  return { countries: countries(context.language).map(({ code, name }) => ({ value: code, title: name })) }
}

/** An address for invoices of its own is asked for only when the box is not ticked. */
const withBilling = (form: FormData): FormData => {
  if (form.get('billingSame') !== 'on') return form
  const filled = new FormData()
  for (const [key, value] of form) if (!/^billing(?!Same)/.test(key)) filled.append(key, value)
  for (const part of ['Street', 'Postcode', 'City', 'Country']) filled.set(`billing${part}`, form.get(part.toLowerCase()) ?? '')
  return filled
}
const parse = (form: FormData) => parseForm(withBilling(form), SignUp)

export async function action(args: ActionFunctionArgs) {
  const form = parse(await args.context.requireForm(args.request))
  if (form.status !== 'success') return wrong(form)
  const asked = await askWith(args, form, ({ account }, me) => account.signUp(me, form.value))
  return asked.refused ?? redirect('/signup/sent')
}

type Kind = 'individual' | 'corporate'

export default function SignUpPage() {
  const t = useText()
  const [query] = useSearchParams()
  const kind = query.get('kind')
  const way = [t('signup.way.kind'), t('signup.way.data'), t('signup.way.mail')]
  const chosen = kind === 'individual' || kind === 'corporate' ? kind : undefined
  return (
    <Page title={chosen ? t(`signup.data.title.${chosen}`) : t('signup.kind.title')} width="narrow">
      <Way label={t('signup.way')} at={chosen ? 1 : 0} steps={way} />
      {chosen ? <Details kind={chosen} /> : <Kinds />}
      <p className="soft">
        {t('signup.have-account')} <Link to="/login">{t('shell.login')}</Link>
      </p>
    </Page>
  )
}

/** Step 1: the kind of account decides what is asked for (ACC-13). Links, so that it works without JavaScript. */
function Kinds() {
  const t = useText()
  return (
    <div className="stack">
      <p className="soft">{t('signup.kind.lead')}</p>
      <div className="kinds">
        {(['individual', 'corporate'] as const).map((kind) => (
          <Link key={kind} to={`?kind=${kind}`} className="card">
            <Icon name={kind === 'individual' ? 'user' : 'building'} size={26} />
            <span className="strong">{t(`signup.kind.${kind}`)}</span>
            <span className="small soft">{t(`signup.kind.${kind}.hint`)}</span>
          </Link>
        ))}
      </div>
    </div>
  )
}

/** Step 2. What is typed stays when the kind changes: the other kind's fields are only put away. */
function Details({ kind }: { kind: Kind }) {
  const t = useText()
  const { language } = useViewer()
  const loaded = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const [country, setCountry] = useState('DE')
  const [form, fields] = useForm<Record<string, string>>({
    id: 'signup',
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { country: 'DE', billingCountry: 'DE' },
    onValidate: ({ formData }) => parse(formData) as never,
    shouldValidate: 'onBlur',
    shouldRevalidate: 'onInput',
  })
  const needed = signUpFields(kind, country)
  const optional = (name: string) => needed.find((field) => field.name === name)?.required === false
  const at = (name: string) => fields[name] as FieldState
  const corporate = kind === 'corporate'
  return (
    <Form {...getFormProps(form)} method="post" className="form">
      <FormErrors errors={form.errors} />
      <input type="hidden" name="kind" value={kind} />
      <input type="hidden" name="language" value={language} />
      <p className="kind">
        <span className="row">
          <Icon name={corporate ? 'building' : 'user'} />
          {t(`signup.kind.${kind}`)}
        </span>
        <Link to={`?kind=${corporate ? 'individual' : 'corporate'}`} replace preventScrollReset>
          {t(`signup.kind.instead.${corporate ? 'individual' : 'corporate'}`)}
        </Link>
      </p>

      <fieldset className="form" disabled={!corporate} hidden={!corporate}>
        <legend className="stack stack--tight">
          <h2>{t('signup.company')}</h2>
        </legend>
        <Field field={at('organisation')} label={t('signup.organisation')} autoComplete="organization" maxLength={160} />
        <Field
          field={at('vatId')}
          label={t('signup.vat-id')}
          hint={t('signup.vat-id.hint')}
          required={false}
          maxLength={30}
          autoComplete="off"
        />
        <div className="form__pair">
          <Field field={at('taxNumber')} label={t('signup.tax-number')} required={false} maxLength={30} autoComplete="off" />
          <Field
            field={at('taxOffice')}
            label={t('signup.tax-office')}
            optional={optional('taxOffice')}
            maxLength={100}
            autoComplete="off"
          />
        </div>
      </fieldset>

      <FieldGroup title={t(corporate ? 'signup.person.corporate' : 'signup.person')}>
        <div className="form__pair">
          <Field field={at('firstName')} label={t('signup.first-name')} autoComplete="given-name" maxLength={100} />
          <Field field={at('lastName')} label={t('signup.last-name')} autoComplete="family-name" maxLength={100} />
        </div>
        <Field
          field={at('phone')}
          label={t('signup.phone')}
          hint={t('signup.phone.hint')}
          type="tel"
          autoComplete="tel"
          maxLength={32}
        />
      </FieldGroup>

      <FieldGroup title={t('signup.address')}>
        <Field field={at('street')} label={t('signup.street')} autoComplete="street-address" maxLength={120} />
        <div className="form__pair form__pair--postcode">
          <Field
            field={at('postcode')}
            label={t('signup.postcode')}
            required={!optional('postcode')}
            autoComplete="postal-code"
            maxLength={16}
          />
          <Field field={at('city')} label={t('signup.city')} autoComplete="address-level2" maxLength={100} />
        </div>
        <Select
          field={at('country')}
          label={t('signup.country')}
          options={loaded.countries}
          autoComplete="country"
          onChange={(event) => setCountry(event.currentTarget.value)}
        />
      </FieldGroup>

      <fieldset className="form" disabled={!corporate} hidden={!corporate}>
        <legend className="stack stack--tight">
          <h2>{t('signup.billing')}</h2>
        </legend>
        <label className="tick same-address">
          <input
            type="checkbox"
            name="billingSame"
            defaultChecked={lastResult ? lastResult.initialValue?.['billingSame'] === 'on' : true}
          />
          <span>{t('signup.billing.same')}</span>
        </label>
        <div className="form other-address">
          <Field
            field={at('billingStreet')}
            label={t('signup.street')}
            required={false}
            autoComplete="billing street-address"
            maxLength={120}
          />
          <div className="form__pair form__pair--postcode">
            <Field
              field={at('billingPostcode')}
              label={t('signup.postcode')}
              required={false}
              autoComplete="billing postal-code"
              maxLength={16}
            />
            <Field
              field={at('billingCity')}
              label={t('signup.city')}
              required={false}
              autoComplete="billing address-level2"
              maxLength={100}
            />
          </div>
          <Select
            field={at('billingCountry')}
            label={t('signup.country')}
            required={false}
            options={loaded.countries}
            autoComplete="billing country"
          />
        </div>
      </fieldset>

      <FieldGroup title={t('signup.login')}>
        <Field
          field={at('email')}
          label={t('signup.email')}
          hint={t('signup.email.hint')}
          type="email"
          autoComplete="email"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={254}
        />
        <PasswordField
          field={at('password')}
          label={t('signup.password')}
          hint={t('signup.password.hint')}
          autoComplete="new-password"
          maxLength={128}
        />
      </FieldGroup>
      <Button tone="primary" size="big" wide>
        {t('signup.submit')}
      </Button>
    </Form>
  )
}
