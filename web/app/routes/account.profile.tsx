import { getFormProps, useForm, type SubmissionResult } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { passwordField } from '../../../workflows/policy/people'
import { ask, askWith, refuse, sentAlong, wrong } from '../ask.server'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { useCountryName } from '../ui/contact-fields'
import { CopyId } from '../ui/copy-id'
import { deviceOf } from '../ui/device'
import { Field, PasswordField, plainField, Select } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { StatusBadge } from '../ui/status-badge'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const required = z.string({ error: 'field.required' })
const code = required.transform((typed) => typed.replace(/\s/g, '')).pipe(z.string().regex(/^\d{6}$/, 'field.code'))
const Language = z.object({ language: z.enum(['de', 'en']) })
const NewPassword = z.object({ current: required, next: passwordField })
const Code = z.object({ code })
const TurnOff = z.object({ password: required, code })
const EndSession = z.object({ sessionId: z.string() })

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ account }, me) => account.profile(me))

const saved = (what: string, headers?: HeadersInit) =>
  redirect(`/account/profile?done=${what}#${what.split('-')[0]}`, { status: 303, ...(headers ? { headers } : {}) })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  switch (form.get('intent')) {
    case 'language': {
      const { language } = sentAlong(form, Language)
      await ask(args, ({ account }, me) => account.setLanguage(me, { language }))
      return saved('language', { 'Set-Cookie': args.context.cookies.keepLanguage(language) })
    }
    case 'password':
      return changePassword(args, form)
    case 'totp-begin':
      // a new secret is made by POST only: looking at a page changes nothing
      return { totp: await ask(args, ({ account }, me) => account.totpBegin(me)) }
    case 'totp-confirm':
      return confirmTotp(args, form)
    case 'totp-off':
      return turnTotpOff(args, form)
    case 'session': {
      const { sessionId } = sentAlong(form, EndSession)
      await ask(args, ({ account }, me) => account.endSession(me, { sessionId }))
      return saved('sessions')
    }
    default:
      throw data(null, { status: 400 })
  }
}

const changePassword = async (args: ActionFunctionArgs, body: FormData) => {
  const form = parseWithZod(body, { schema: NewPassword })
  if (form.status !== 'success') return wrong(form)
  const { refused, answer } = await askWith(args, form, ({ account }, me) => account.changePassword(me, form.value))
  if (refused) return refused
  return answer.kind === 'refused' ? refuse(form, answer.reason) : saved('password')
}

const confirmTotp = async (args: ActionFunctionArgs, body: FormData) => {
  const form = parseWithZod(body, { schema: Code })
  if (form.status !== 'success') return wrong(form)
  const { refused, answer } = await askWith(args, form, ({ account }, me) => account.totpConfirm(me, form.value))
  if (refused) return refused
  return answer.kind === 'refused' ? refuse(form, answer.reason) : saved('totp-on')
}

const turnTotpOff = async (args: ActionFunctionArgs, body: FormData) => {
  const form = parseWithZod(body, { schema: TurnOff })
  if (form.status !== 'success') return wrong(form)
  const { refused, answer } = await askWith(args, form, ({ account }, me) => account.totpOff(me, form.value))
  if (refused) return refused
  return answer.kind === 'refused' ? refuse(form, answer.reason) : saved('totp-off')
}

export const meta = title('account.profile')

const flashes: Record<string, TextKey> = {
  language: 'account.profile.language.saved',
  password: 'account.profile.password.saved',
  'totp-on': 'account.profile.totp.turned-on',
  'totp-off': 'account.profile.totp.turned-off',
  sessions: 'account.profile.sessions.ended',
}

export default function Profile() {
  const { user, customer, sessions } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const [query] = useSearchParams()
  const begun = answer && 'totp' in answer ? answer.totp : undefined
  const result = answer && !('totp' in answer) ? answer : undefined
  const resultOf = (intent: string) => (result?.initialValue?.intent === intent ? result : undefined)
  const flash = answer ? undefined : flashes[query.get('done') ?? '']
  return (
    <Page title={t('account.profile')} width="reading">
      {flash ? <Flash>{t(flash)}</Flash> : null}
      {customer ? <MasterData customer={customer} email={user.email} verified={user.verified} /> : null}
      <Card title={<Anchor id="language">{t('account.profile.language')}</Anchor>}>
        <Form method="post" reloadDocument>
          <Select
            field={plainField('language', user.language)}
            label={t('account.profile.language')}
            hint={t('account.profile.language.hint')}
            options={[
              { value: 'de', title: 'Deutsch' },
              { value: 'en', title: 'English' },
            ]}
          />
          <div>
            <Button name="intent" value="language">
              {t('account.profile.language.save')}
            </Button>
          </div>
        </Form>
      </Card>
      <Password key={resultOf('password') ? 'answered' : 'fresh'} result={resultOf('password')} email={user.email} />
      <Totp on={user.totp} begun={begun} confirm={resultOf('totp-confirm')} off={resultOf('totp-off')} />
      <Sessions sessions={sessions} />
    </Page>
  )
}

const Anchor = ({ id, children }: { id: string; children: ReactNode }) => <span id={id}>{children}</span>

type Answer = Awaited<ReturnType<typeof loader>>

function MasterData({
  customer,
  email,
  verified,
}: {
  customer: NonNullable<Answer['customer']>
  email: string
  verified: boolean
}) {
  const t = useText()
  const countryName = useCountryName()
  const address = (street?: string, postcode?: string, city?: string, country?: string) => (
    <>
      {street}
      <br />
      {postcode} {city}
      <br />
      {country ? countryName(country) : null}
    </>
  )
  const { billingStreet, billingPostcode, billingCity, billingCountry } = customer
  return (
    <Card title={t('account.profile.data')}>
      <Facts
        of={[
          [t('account.profile.number'), <CopyId key="number" id={customer.number} />],
          [t('account.profile.kind'), t(`account.profile.kind.${customer.kind}`)],
          [t('account.profile.organisation'), customer.organisation],
          [t('account.profile.name'), `${customer.firstName} ${customer.lastName}`],
          [
            t('account.profile.email'),
            <span key="email" className="row">
              {email}
              <StatusBadge tone={verified ? 'ok' : 'warn'}>
                {t(verified ? 'account.profile.email.verified' : 'account.profile.email.unverified')}
              </StatusBadge>
            </span>,
          ],
          [
            t('account.profile.phone'),
            <span key="phone" className="numbers">
              {customer.phone}
            </span>,
          ],
          [t('account.profile.address'), address(customer.street, customer.postcode, customer.city, customer.country)],
          [
            t('account.profile.billing'),
            billingStreet
              ? address(billingStreet, billingPostcode, billingCity, billingCountry)
              : t('account.profile.billing.same'),
          ],
          [t('account.profile.vat'), customer.vatId],
          [t('account.profile.tax'), [customer.taxNumber, customer.taxOffice].filter(Boolean).join(', ')],
        ]}
      />
      <p className="small soft">{t('account.profile.data.hint')}</p>
    </Card>
  )
}

function Password({ result, email }: { result: SubmissionResult | undefined; email: string }) {
  const t = useText()
  const [form, fields] = useForm<z.input<typeof NewPassword>>({ id: 'password-form', ...(result ? { lastResult: result } : {}) })
  return (
    <Card title={<Anchor id="password">{t('account.profile.password')}</Anchor>}>
      <Form {...getFormProps(form)} method="post" noValidate={false}>
        <FormErrors errors={form.errors} />
        {/* so that a password manager knows whose password this is */}
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField field={fields.current} label={t('account.profile.password.current')} autoComplete="current-password" />
        <PasswordField
          field={fields.next}
          label={t('account.profile.password.next')}
          hint={t('account.profile.password.hint')}
          autoComplete="new-password"
          minLength={12}
        />
        <input type="hidden" name="intent" value="password" />
        <div>
          <Button>{t('account.profile.password.save')}</Button>
        </div>
      </Form>
    </Card>
  )
}

function Totp({
  on,
  begun,
  confirm,
  off,
}: {
  on: boolean
  begun: { secret: string; uri: string; qrSvg: string } | undefined
  confirm: SubmissionResult | undefined
  off: SubmissionResult | undefined
}) {
  const t = useText()
  return (
    <Card
      title={<Anchor id="totp">{t('account.profile.totp')}</Anchor>}
      actions={
        <StatusBadge tone={on ? 'ok' : 'idle'}>{t(on ? 'account.profile.totp.on' : 'account.profile.totp.off')}</StatusBadge>
      }
    >
      <p>{t(on ? 'account.profile.totp.is-on' : 'account.profile.totp.is-off')}</p>
      {begun ? (
        <div className="stack">
          <p>{t('account.profile.totp.scan')}</p>
          <img
            className="qr"
            width={192}
            height={192}
            alt={t('account.profile.totp.qr')}
            src={`data:image/svg+xml;base64,${btoa(begun.qrSvg)}`}
          />
          <p className="stack stack--tight">
            <span className="small soft">{t('account.profile.totp.secret')}</span>
            <CopyId id={begun.secret} shown={begun.secret.replace(/(.{4})(?=.)/g, '$1 ')} />
          </p>
        </div>
      ) : null}
      {on ? <TurnTotpOff result={off} /> : begun || confirm ? <ConfirmTotp result={confirm} /> : null}
      {on ? null : (
        <Form method="post" action="/account/profile#totp">
          <input type="hidden" name="intent" value="totp-begin" />
          <div>
            <Button tone={begun || confirm ? 'quiet' : 'plain'} icon="shield">
              {t(begun || confirm ? 'account.profile.totp.again' : 'account.profile.totp.begin')}
            </Button>
          </div>
        </Form>
      )}
    </Card>
  )
}

const codeInput = { inputMode: 'numeric', autoComplete: 'one-time-code', pattern: '[0-9 ]{6,7}', maxLength: 7 } as const

function ConfirmTotp({ result }: { result: SubmissionResult | undefined }) {
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Code>>({ id: 'totp-confirm', ...(result ? { lastResult: result } : {}) })
  return (
    <Form {...getFormProps(form)} method="post" noValidate={false}>
      <FormErrors errors={form.errors} />
      <Field
        field={fields.code}
        label={t('account.profile.totp.code')}
        hint={t('account.profile.totp.code.hint')}
        {...codeInput}
      />
      <input type="hidden" name="intent" value="totp-confirm" />
      <div>
        <Button tone="primary">{t('account.profile.totp.confirm')}</Button>
      </div>
    </Form>
  )
}

function TurnTotpOff({ result }: { result: SubmissionResult | undefined }) {
  const t = useText()
  const [form, fields] = useForm<z.input<typeof TurnOff>>({ id: 'totp-off', ...(result ? { lastResult: result } : {}) })
  return (
    <details open={result !== undefined}>
      <summary className="link-button">{t('account.profile.totp.turn-off')} …</summary>
      <Form {...getFormProps(form)} method="post" noValidate={false} className="form inset">
        <p className="soft">{t('account.profile.totp.turn-off.lead')}</p>
        <FormErrors errors={form.errors} />
        <PasswordField field={fields.password} label={t('account.profile.password.current')} autoComplete="current-password" />
        <Field
          field={fields.code}
          label={t('account.profile.totp.code')}
          hint={t('account.profile.totp.code.hint')}
          {...codeInput}
        />
        <input type="hidden" name="intent" value="totp-off" />
        <div>
          <Button tone="danger">{t('account.profile.totp.turn-off')}</Button>
        </div>
      </Form>
    </details>
  )
}

function Sessions({ sessions }: { sessions: Answer['sessions'] }) {
  const t = useText()
  const named = (userAgent?: string) => {
    const device = deviceOf(userAgent)
    return device ? t('account.profile.sessions.on', device) : t('account.profile.sessions.unknown')
  }
  return (
    <section className="stack" aria-labelledby="sessions">
      <h2 id="sessions">{t('account.profile.sessions')}</h2>
      <Table
        caption={t('account.profile.sessions')}
        rows={sessions}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'device',
            title: t('account.profile.sessions.device'),
            heads: true,
            cell: ({ userAgent, current }) => (
              <span className="row">
                {named(userAgent)}
                {current ? <StatusBadge tone="ok">{t('account.profile.sessions.current')}</StatusBadge> : null}
              </span>
            ),
          },
          {
            id: 'begun',
            title: t('account.profile.sessions.begun'),
            cell: ({ createdAt }) => <Time at={createdAt} show="day" />,
          },
          {
            id: 'seen',
            title: t('account.profile.sessions.seen'),
            cell: ({ lastSeenAt }) => <Time at={lastSeenAt} show="relative" />,
          },
          { id: 'ip', title: t('account.profile.sessions.ip'), cell: ({ ip }) => <span className="mono small">{ip}</span> },
          {
            id: 'end',
            title: t('account.profile.sessions.end'),
            end: true,
            cell: ({ id, current, userAgent }) =>
              current ? null : (
                <Form method="post" className="contents">
                  <input type="hidden" name="intent" value="session" />
                  <Button
                    size="small"
                    name="sessionId"
                    value={id}
                    aria-label={t('account.profile.sessions.end.long', { device: named(userAgent) })}
                  >
                    {t('account.profile.sessions.end')}
                  </Button>
                </Form>
              ),
          },
        ]}
      />
    </section>
  )
}
