import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import type { DisputeView } from '../../../api/operations/accounts-types'
import { showMoney } from '../../../workflows/policy/money'
import { said, type Said } from '../../../workflows/policy/said'
import { ask, askQuietly } from '../ask.server'
import { message } from '../message'
import { textOf } from '../parse'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { cents, decimal } from '../ui/cents'
import { DecisionTable } from '../ui/decision-table'
import { Choice, Field, plainField, TextArea } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { Refusal } from '../ui/problem'
import { useSay } from '../ui/say'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const ways = ['claim', 'write-off', 'balance'] as const

/** BEY-39: what a chargeback took and nothing stood for, and what becomes of it. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ disputes }, me) => ({
    ...(await disputes.get(me, { disputeId: String(args.params.disputeId) })),
    key: crypto.randomUUID(),
  }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const disputeId = String(args.params.disputeId)
  const given = { way: text('way'), amount: text('amount'), reason: text('reason'), key: text('key') }
  const none: Record<string, Said> = {}
  const noWay: Record<string, Said> = { way: said('field.choice') }
  const way = ways.find((one) => one === given.way)
  if (!way) return data({ said: said('field.choice'), fields: noWay, given }, { status: 400 })
  const asked = await askQuietly(args, ({ disputes }, me) =>
    disputes.decide(me, { key: given.key, disputeId, way, amount: cents(given.amount), reason: given.reason }),
  )
  if ('problem' in asked) {
    const { problem } = asked
    const fields = problem.problem === 'invalid' ? problem.fields : none
    return data({ said: problem.reason, fields, given }, { status: problem.status })
  }
  const { answer } = asked
  // the key has its answer, for ever: what is sent next is a new decision
  if (answer.kind === 'late') return data({ said: answer.reason, fields: none, given: { ...given, key: '' } }, { status: 409 })
  return redirect(`/desk/disputes/${disputeId}?done=decided`, 303)
}

export const shouldRevalidate = () => true

export const meta = title('desk.disputes')

export default function Dispute() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const [query] = useSearchParams()
  const { row, reopenable, balance, decisions, canDecide } = found
  return (
    <Page
      title={t(row.debit ? 'desk.dispute.title.debit' : 'desk.dispute.title', { name: row.customer.name })}
      back={{ to: '/desk/disputes', title: t('desk.disputes') }}
    >
      {query.has('done') && !answer ? <Flash>{t('desk.collection.done')}</Flash> : null}
      {answer && Object.keys(answer.fields).length === 0 ? <Refusal reason={answer.said} /> : null}
      <Card>
        <Facts
          of={[
            [t('desk.cases.col.customer'), <CustomerLink key="customer" customer={row.customer} />],
            [t('desk.payments.col.state'), t(`desk.disputes.state.${row.state}`)],
            [t('desk.dispute.reason'), <bdi key="reason">{say(row.debit?.what ?? said('code.said', { text: row.reason }))}</bdi>],
            [t('desk.dispute.amount'), <Money key="amount" of={row.amount} />],
            [
              t('desk.dispute.waiting'),
              <strong key="waiting">
                <Money of={row.waiting} />
              </strong>,
            ],
            row.fee ? [t('desk.dispute.fee'), <Money key="fee" of={row.fee} />] : null,
            [t('desk.refund.balance'), <Money key="balance" of={balance} />],
            [t('desk.payments.col.at'), <Time key="at" at={row.openedAt} />],
            row.closedAt ? [t('desk.case.closed'), <Time key="closed" at={row.closedAt} />] : null,
            row.paymentId
              ? [
                  t('desk.dispute.payment'),
                  <Link key="payment" to={`/desk/payments/${row.paymentId}`}>
                    {row.numbers.length > 0 ? row.numbers.join(', ') : (row.orderId ?? t('desk.payments.deposit'))}
                  </Link>,
                ]
              : null,
            row.caseId
              ? [
                  t('desk.collection.case'),
                  <Link key="case" to={`/desk/cases/${encodeURIComponent(row.caseId)}`} className="reach">
                    {row.id}
                  </Link>,
                ]
              : null,
            row.debit
              ? [
                  t('desk.dispute.debit'),
                  <Link key="entry" to={`/desk/bank/entries/${row.debit.entryId}`} className="reach">
                    {row.debit.endToEndId}
                  </Link>,
                ]
              : null,
          ]}
        />
      </Card>
      {row.state === 'open' && row.waiting.amount > 0 ? (
        <Notice tone="info">
          <p>{t('desk.dispute.wait')}</p>
        </Notice>
      ) : null}
      {canDecide ? <Decide found={found} answer={answer} /> : null}
      {canDecide && reopenable.length > 0 ? (
        <Card title={t('desk.dispute.reopenable')}>
          <ul className="plain-list lines">
            {reopenable.map(({ documentId, number, amount }) => (
              <li key={documentId}>
                <Link to={`/desk/invoices/${documentId}`}>{number}</Link>
                <Money of={amount} />
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
      <section className="stack" aria-labelledby="decisions">
        <h2 id="decisions">{t('desk.decisions')}</h2>
        <DecisionTable rows={decisions} />
      </section>
    </Page>
  )
}

function Decide({
  found,
  answer,
}: {
  found: DisputeView & { key: string }
  answer: ReturnType<typeof useAnswer<typeof action>>
}) {
  const t = useText()
  const { language } = useViewer()
  const possible = ways.filter((way) => found.most[way].amount > 0)
  const [first = 'write-off'] = possible
  const field = (name: 'way' | 'amount' | 'reason', otherwise = '') => {
    const wrong = answer?.fields[name]
    return plainField(name, answer?.given[name] || otherwise, wrong ? [message(wrong)] : undefined)
  }
  return (
    <Card title={t('desk.dispute.decide')} raised>
      <Form method="post" noValidate>
        <input type="hidden" name="key" value={answer?.given.key || found.key} />
        <Choice
          field={field('way', first)}
          label={t('desk.dispute.way')}
          column
          options={possible.map((value) => ({
            value,
            title: t(`desk.dispute.way.${value}`, { amount: showMoney(found.most[value], language) }),
          }))}
        />
        <Field
          field={field('amount', decimal(found.most[first].amount))}
          label={t('desk.refund.amount')}
          inputMode="decimal"
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
          <Button tone="danger-full">{t('desk.dispute.act')}</Button>
        </div>
      </Form>
    </Card>
  )
}
