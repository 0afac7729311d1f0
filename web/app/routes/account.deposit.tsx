import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import type { Said } from '../../../workflows/policy/said'
import { money, showMoney } from '../../../workflows/policy/money'
import { showDay } from '../../../workflows/policy/words/words'
import { ask, askQuietly } from '../ask.server'
import { message } from '../message'
import { textOf, tokenAfter } from '../parse'
import { useText } from '../texts/use-text'
import '../ui/bank.css'
import { DebitState } from '../ui/bank-tables'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { cents } from '../ui/cents'
import { Field, FieldError, plainField, Select } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { StatusBadge } from '../ui/status-badge'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ bank }, me) => ({ ...(await bank.mandates(me)), token: crypto.randomUUID() }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const intent = text('intent')
  const asked = await askQuietly(args, async ({ bank }, me) => {
    switch (intent) {
      case 'mandate': {
        const answer = await bank.giveMandate(me, {
          holder: text('holder'),
          iban: text('iban'),
          accept: text('accept') === 'yes',
        })
        return answer.kind === 'refused' ? answer : { kind: 'done' as const, to: 'done=given' }
      }
      case 'revoke':
        await bank.revokeMandate(me, { mandateId: text('mandateId') })
        return { kind: 'done' as const, to: 'done=revoked' }
      case 'deposit': {
        const answer = await bank.deposit(me, {
          mandateId: text('mandateId'),
          amount: cents(text('amount')),
          token: text('token'),
        })
        if (answer.kind === 'refused') return answer
        return { kind: 'done' as const, to: `done=planned&on=${answer.collectOn}&amount=${cents(text('amount'))}` }
      }
      default:
        throw data(null, { status: 400 })
    }
  })
  const given = { holder: text('holder'), iban: text('iban'), amount: text('amount') }
  const token = tokenAfter(asked, text)
  if ('problem' in asked) {
    const { problem } = asked
    const fields: Record<string, Said> = problem.problem === 'invalid' ? problem.fields : {}
    return data({ intent, reason: problem.reason, fields, given, token }, { status: problem.status })
  }
  const { answer } = asked
  const none: Record<string, Said> = {}
  if (answer.kind === 'refused') return data({ intent, reason: answer.reason, fields: none, given, token }, { status: 409 })
  return redirect(`/account/deposit?${answer.to}`, 303)
}

export const shouldRevalidate = () => true

export const meta = title('account.deposit')

export default function Deposit() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const usable = found.mandates.filter(({ usable }) => usable)
  const wrong = (intent: string, field: string): string[] | undefined => {
    const reason = answer?.intent === intent ? answer.fields[field] : undefined
    return reason ? [message(reason)] : undefined
  }
  const given = (intent: string, field: 'holder' | 'iban' | 'amount') => (answer?.intent === intent ? answer.given[field] : '')
  const done = query.get('done')
  const edit = may('invoices', 'edit')
  return (
    <Page
      title={t('account.deposit')}
      lead={t('account.deposit.lead')}
      back={{ to: '/account/invoices', title: t('account.invoices') }}
    >
      {answer && Object.keys(answer.fields).length === 0 ? <Flash tone="danger">{say(answer.reason)}</Flash> : null}
      {!answer && done === 'given' ? <Flash>{t('account.mandate.given')}</Flash> : null}
      {!answer && done === 'revoked' ? <Flash>{t('account.mandate.revoked')}</Flash> : null}
      {!answer && done === 'planned' ? (
        <Flash>
          {t('account.deposit.planned', {
            amount: showMoney(money(Math.trunc(Number(query.get('amount'))) || 0), language),
            on: /^\d{4}-\d{2}-\d{2}$/.test(query.get('on') ?? '') ? showDay(query.get('on') ?? '', language) : '',
          })}
        </Flash>
      ) : null}
      <div className="transfer">
        {edit ? (
          <Card title={t('account.deposit.do')} raised>
            {usable.length === 0 ? (
              <p>{t('account.deposit.none')}</p>
            ) : (
              <Form method="post">
                <input type="hidden" name="token" value={answer?.token || found.token} />
                <Select
                  field={plainField('mandateId', usable[0]?.id ?? '')}
                  label={t('account.deposit.from')}
                  options={usable.map(({ id, account }) => ({ value: id, title: account }))}
                />
                <Field
                  field={plainField('amount', given('deposit', 'amount'), wrong('deposit', 'amount'))}
                  label={t('account.deposit.amount')}
                  inputMode="decimal"
                  placeholder="50"
                />
                <Button tone="primary" name="intent" value="deposit">
                  {t('account.deposit.submit')}
                </Button>
              </Form>
            )}
          </Card>
        ) : null}
        {edit && found.text ? (
          <Card title={t('account.mandate')}>
            <Form method="post">
              <Field
                field={plainField('holder', given('mandate', 'holder'), wrong('mandate', 'holder'))}
                label={t('account.mandate.holder')}
                autoComplete="name"
                maxLength={70}
              />
              <Field
                field={plainField('iban', given('mandate', 'iban'), wrong('mandate', 'iban'))}
                label={t('account.mandate.iban')}
                autoComplete="off"
                spellCheck={false}
                maxLength={42}
              />
              <p className="small">{say(found.text)}</p>
              <div className="field">
                <label className="row">
                  <input type="checkbox" name="accept" value="yes" id="f-accept" required />
                  {t('account.mandate.accept')}
                </label>
                <FieldError field={plainField('accept', undefined, wrong('mandate', 'accept'))} />
              </div>
              <Button name="intent" value="mandate">
                {t('account.mandate.submit')}
              </Button>
            </Form>
          </Card>
        ) : null}
      </div>
      {found.mandates.length > 0 ? (
        <Card title={t('account.mandates')}>
          <ul className="plain-list lines">
            {found.mandates.map(({ id, reference, account, holder, signedOn, usable, revokedOn, endedBy }) => (
              <li key={id}>
                <span className="told">
                  <span className="numbers">{account}</span>
                  <span className="small soft">
                    <bdi>{holder}</bdi> · {reference} {t('account.mandate.signed', { on: showDay(signedOn, language) })}
                  </span>
                  {endedBy ? <span className="small">{say(endedBy)}</span> : null}
                </span>
                {usable && edit ? (
                  <Form method="post" className="row">
                    <input type="hidden" name="mandateId" value={id} />
                    <Button
                      size="small"
                      name="intent"
                      value="revoke"
                      aria-label={t('account.mandate.revoke.long', { reference })}
                    >
                      {t('account.mandate.revoke')}
                    </Button>
                  </Form>
                ) : revokedOn ? (
                  <StatusBadge tone="idle">{t('account.mandate.revoked-on', { on: showDay(revokedOn, language) })}</StatusBadge>
                ) : null}
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
      {found.debits.length > 0 ? (
        <Card title={t('account.debits')}>
          <ul className="plain-list lines">
            {found.debits.map(({ id, endToEndId, amount, collectOn, state, reason }) => (
              <li key={id}>
                <span className="told">
                  <span className="row">
                    <Money of={amount} />
                    <DebitState state={state} />
                  </span>
                  <span className="small soft">
                    {showDay(collectOn, language)} · {endToEndId}
                  </span>
                  {reason ? <span className="small">{say(reason)}</span> : null}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
    </Page>
  )
}
