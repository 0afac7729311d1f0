import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import type { Said } from '../../../workflows/policy/said'
import { ask, askQuietly } from '../ask.server'
import { message } from '../message'
import { textOf, tokenAfter } from '../parse'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import '../ui/bank.css'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { Field, FieldError, plainField } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash, Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { StatusBadge } from '../ui/status-badge'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

/** PAY-08, PAY-09: the ways to pay that are on file. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ paying }, me) => ({ ...(await paying.methods(me)), token: crypto.randomUUID() }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const intent = text('intent')
  const asked = await askQuietly(args, async ({ paying, bank }, me) => {
    switch (intent) {
      case 'card':
        return paying.addCard(me, { token: text('token') })
      case 'prefer':
        await paying.prefer(me, { methodId: text('methodId') })
        return { kind: 'done' as const, done: 'prefer' }
      case 'mandate': {
        const { kind, ...rest } = await bank.giveMandate(me, {
          ...{ holder: text('holder'), iban: text('iban'), accept: text('accept') === 'yes' },
        })
        return kind === 'refused' && 'reason' in rest ? { kind, reason: rest.reason } : { kind: 'done' as const, done: 'given' }
      }
      default:
        throw data(null, { status: 400 })
    }
  })
  const given = { holder: text('holder'), iban: text('iban') }
  const sent = tokenAfter(asked, text)
  const no = (reason: Said, fields: Record<string, Said>, status: number) =>
    data({ intent, reason, fields, given, sent }, { status })
  if ('problem' in asked) {
    const { problem } = asked
    return no(problem.reason, problem.problem === 'invalid' ? problem.fields : {}, problem.status)
  }
  const { answer } = asked
  switch (answer.kind) {
    case 'refused':
      return no(answer.reason, {}, 409)
    case 'page':
      return redirect(answer.url, 303)
    case 'payment':
      return redirect(`/account/payments/${answer.paymentId}`, 303)
    default:
      return redirect(`/account/methods?done=${answer.kind === 'done' ? answer.done : ''}`, 303)
  }
}

export const shouldRevalidate = () => true

export const meta = title('account.methods')

const done: Record<string, TextKey> = {
  prefer: 'account.methods.done.prefer',
  removed: 'account.methods.done.removed',
  given: 'account.methods.done.given',
}

export default function Methods() {
  const { methods, autoPay, mandateText, token } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const edit = useMay()('invoices', 'edit')
  const [query] = useSearchParams()
  const told = done[query.get('done') ?? '']
  const wrong = (field: string): string[] | undefined => {
    const reason = answer?.intent === 'mandate' ? answer.fields[field] : undefined
    return reason ? [message(reason)] : undefined
  }
  return (
    <Page title={t('account.methods')} lead={t('account.methods.lead')}>
      {answer && Object.keys(answer.fields).length === 0 ? <Flash tone="danger">{say(answer.reason)}</Flash> : null}
      {!answer && told ? <Flash>{t(told)}</Flash> : null}
      {methods.length === 0 ? (
        <Empty icon="lock" title={t('account.methods.none.title')}>
          {t('account.methods.none')}
        </Empty>
      ) : (
        <Card title={t('account.methods.kept')}>
          <p className="soft">{t(autoPay ? 'account.methods.auto' : 'account.methods.no-auto')}</p>
          <ul className="plain-list lines">
            {methods.map(({ id, kind, label, preferred, goodUntil, expired }) => (
              <li key={id}>
                <span className="told">
                  <span className="row">
                    <bdi className="numbers">{label}</bdi>
                    {preferred ? <StatusBadge tone="ok">{t('account.methods.preferred')}</StatusBadge> : null}
                    {expired ? <StatusBadge tone="warn">{t('account.methods.expired')}</StatusBadge> : null}
                  </span>
                  <span className="small soft">
                    {t(`account.methods.${kind}`)}
                    {goodUntil
                      ? ` · ${t('account.methods.good-until', { month: goodUntil.split('-').reverse().join('/') })}`
                      : ''}
                  </span>
                </span>
                {edit ? (
                  <span className="row">
                    {preferred ? null : (
                      <Form method="post" className="row">
                        <input type="hidden" name="methodId" value={id} />
                        <Button
                          size="small"
                          name="intent"
                          value="prefer"
                          aria-label={t('account.methods.prefer.long', { label })}
                        >
                          {t('account.methods.prefer')}
                        </Button>
                      </Form>
                    )}
                    <ButtonLink
                      size="small"
                      tone="quiet"
                      to={`/account/methods/${id}/remove`}
                      aria-label={t('account.methods.remove.long', { label })}
                    >
                      {t('account.methods.remove')}
                    </ButtonLink>
                  </span>
                ) : null}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {edit ? (
        <div className="transfer">
          <Card title={t('account.methods.add-card')} raised>
            <p>{t('account.methods.add-card.text')}</p>
            <Form method="post">
              <input type="hidden" name="token" value={answer?.sent || token} />
              <div>
                <Button tone="primary" name="intent" value="card">
                  {t('account.methods.add-card')}
                </Button>
              </div>
            </Form>
          </Card>
          {mandateText ? (
            <Card title={t('account.mandate')}>
              <Form method="post">
                <Field
                  field={plainField('holder', answer?.given.holder ?? '', wrong('holder'))}
                  label={t('account.mandate.holder')}
                  autoComplete="name"
                  maxLength={70}
                />
                <Field
                  field={plainField('iban', answer?.given.iban ?? '', wrong('iban'))}
                  label={t('account.mandate.iban')}
                  autoComplete="off"
                  spellCheck={false}
                  maxLength={42}
                />
                <p className="small">{say(mandateText)}</p>
                <div className="field">
                  <label className="row">
                    <input type="checkbox" name="accept" value="yes" id="f-accept" required />
                    {t('account.mandate.accept')}
                  </label>
                  <FieldError field={plainField('accept', undefined, wrong('accept'))} />
                </div>
                <div>
                  <Button name="intent" value="mandate">
                    {t('account.mandate.submit')}
                  </Button>
                </div>
              </Form>
            </Card>
          ) : (
            <Notice tone="info">
              <p>{t('account.methods.none')}</p>
            </Notice>
          )}
        </div>
      ) : null}
    </Page>
  )
}
