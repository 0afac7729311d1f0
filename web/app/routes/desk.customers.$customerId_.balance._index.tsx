import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import type { BookingPreview } from '../../../api/operations/accounts-types'
import { said, type Said } from '../../../workflows/policy/said'
import { ask, askQuietly, problemPage } from '../ask.server'
import { message } from '../message'
import { textOf } from '../parse'
import { useText } from '../texts/use-text'
import '../ui/bank.css'
import { Button, ButtonLink, FormActions } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { cents } from '../ui/cents'
import { DecisionTable } from '../ui/decision-table'
import { Choice, Field, plainField, TextArea } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { Refusal } from '../ui/problem'
import { RefundFailures } from '../ui/refund-failures'
import { title } from '../ui/title'

const kinds = ['goodwill', 'correction-up', 'correction-down'] as const

const customerOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ customerId: String(params.customerId) })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ accounts }, me) => ({ ...(await accounts.get(me, customerOf(args))), key: crypto.randomUUID() }))

interface Answer {
  given: Record<'kind' | 'amount' | 'reason' | 'key', string>
  fields: Record<string, Said>
  reason?: Said
  preview?: BookingPreview
}

/** First what it would make of the balance, then, with the same fields, the booking. Sent twice, it is one (the key is the form's). */
export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const given = { kind: text('kind'), amount: text('amount'), reason: text('reason'), key: text('key') }
  const chosen = kinds.find((one) => one === given.kind)
  const again = (status: number, more: Partial<Answer> = {}) => data<Answer>({ given, fields: {}, ...more }, { status })
  const amount = cents(given.amount) * (chosen === 'correction-down' ? -1 : 1)
  const fields: Answer['fields'] = {
    ...(chosen ? {} : { kind: said('field.choice') }),
    ...(amount === 0 ? { amount: said('account.amount') } : {}),
    ...(given.reason.length < 10 ? { reason: said('field.reason-short') } : {}),
  }
  if (Object.keys(fields).length > 0) return again(400, { fields })
  const wanted = { ...customerOf(args), kind: chosen === 'goodwill' ? ('goodwill' as const) : ('correction' as const), amount }
  const asked = await askQuietly(args, async ({ accounts }, me) =>
    form.get('intent') === 'book'
      ? await accounts.book(me, { ...wanted, key: given.key, reason: given.reason })
      : await accounts.preview(me, wanted),
  )
  if ('problem' in asked) {
    const { problem } = asked
    if (problem.problem === 'invalid') return again(400, { fields: problem.fields })
    if (problem.problem !== 'unavailable') throw problemPage(problem)
    return again(problem.status, { reason: problem.reason })
  }
  const { answer } = asked
  if (!('kind' in answer)) return again(200, { preview: answer })
  // the key has its answer, for ever: what is sent next is a new booking
  if (answer.kind === 'late') return again(409, { reason: answer.reason, given: { ...given, key: '' } })
  return redirect(`/desk/customers/${wanted.customerId}/balance?done=booked`, 303)
}

// a refused booking is answered 4xx: how the balance stands is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.balance')

export default function Balance() {
  const { customer, balance, decisions, refundFailures, canBook, canPayOut, key } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const [query] = useSearchParams()
  const given = answer?.given
  const preview = answer?.preview
  const field = (name: 'kind' | 'amount' | 'reason', otherwise = '') => {
    const wrong = answer?.fields[name]
    return plainField(name, given?.[name] || otherwise, wrong ? [message(wrong)] : undefined)
  }
  return (
    <Page
      title={t('desk.balance.title', { name: customer.name })}
      back={{ to: `/desk/customers/${customer.id}`, title: customer.name }}
      actions={<ButtonLink to={`/desk/books/customers/${customer.id}`}>{t('desk.books.customer.to')}</ButtonLink>}
    >
      {query.has('done') && !answer ? <Flash>{t('desk.balance.done')}</Flash> : null}
      {answer?.reason ? <Refusal reason={answer.reason} /> : null}
      <RefundFailures of={refundFailures} reader="staff" />
      <Card title={t('desk.balance')}>
        <p className="amount-big">
          <Money of={balance} />
        </p>
        {canPayOut ? (
          <div className="row">
            <ButtonLink to={`/desk/customers/${customer.id}/balance/payout`}>{t('desk.payout.new')}</ButtonLink>
          </div>
        ) : null}
      </Card>
      {canBook && preview && given ? (
        <Card title={t('desk.balance.confirm')} raised>
          <Facts
            of={[
              [t('desk.balance.kind'), t(`desk.balance.kind.${kinds.find((one) => one === given.kind) ?? 'goodwill'}`)],
              [t('desk.balance.before'), <Money key="before" of={preview.before} />],
              [t('desk.balance.after'), <Money key="after" of={preview.after} />],
              [t('desk.balance.reason'), <bdi key="reason">{given.reason}</bdi>],
            ]}
          />
          <Notice tone="info">
            <p>{t('desk.balance.mail')}</p>
          </Notice>
          <Form method="post">
            {(['kind', 'amount', 'reason', 'key'] as const).map((name) => (
              <input key={name} type="hidden" name={name} value={given[name]} />
            ))}
            <FormActions cancel={`/desk/customers/${customer.id}/balance`} name="intent" value="book">
              {t('desk.balance.book')}
            </FormActions>
          </Form>
        </Card>
      ) : canBook ? (
        <Card title={t('desk.balance.new')} raised>
          <Form method="post" noValidate>
            <input type="hidden" name="key" value={given?.key || key} />
            <Choice
              field={field('kind', 'goodwill')}
              label={t('desk.balance.kind')}
              column
              options={kinds.map((value) => ({ value, title: t(`desk.balance.kind.${value}`) }))}
            />
            <Field
              field={field('amount')}
              label={t('desk.refund.amount')}
              inputMode="decimal"
              placeholder="12,50"
              maxLength={12}
            />
            <TextArea
              field={field('reason')}
              label={t('desk.balance.reason')}
              hint={t('desk.balance.reason.hint')}
              rows={3}
              maxLength={2000}
            />
            <div className="form__actions">
              <Button name="intent" value="preview">
                {t('desk.balance.preview')}
              </Button>
            </div>
          </Form>
        </Card>
      ) : null}
      <section className="stack" aria-labelledby="decisions">
        <h2 id="decisions">{t('desk.decisions')}</h2>
        <DecisionTable rows={decisions} customerId={customer.id} />
      </section>
    </Page>
  )
}
