import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { said, type Said } from '../../../workflows/policy/said'
import { ask, askQuietly } from '../ask.server'
import { message } from '../message'
import { textOf, tokenAfter } from '../parse'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { cents } from '../ui/cents'
import { CopyId } from '../ui/copy-id'
import { Choice, Field, plainField, TextArea } from '../ui/field'
import { Form } from '../ui/form'
import { Live } from '../ui/live'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { PaymentState } from '../ui/payment-state'
import { Refusal } from '../ui/problem'
import { RefundFailures } from '../ui/refund-failures'
import { useSay } from '../ui/say'
import { Time } from '../ui/time'
import { title } from '../ui/title'

/** BEY-39: one payment, what went back of it, and giving money back. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ payments }, me) => ({
    ...(await payments.get(me, { paymentId: String(args.params.paymentId) })),
    token: crypto.randomUUID(),
  }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  if (text('intent') === 'retry') {
    const answer = await ask(args, ({ payments }, me) => payments.retry(me, { refundId: text('refundId') }))
    const late = { fields: {} as Record<string, Said>, given: { amount: '', reason: '', source: '' }, sent: '' }
    return answer.kind === 'late'
      ? data({ ...late, said: answer.reason }, { status: 409 })
      : redirect(`/desk/payments/${String(args.params.paymentId)}?done=retried`, 303)
  }
  const given = { amount: text('amount'), reason: text('reason'), source: text('source') }
  const asked = await askQuietly(args, ({ payments }, me) =>
    payments.refund(me, {
      ...{ paymentId: String(args.params.paymentId), amount: cents(given.amount), reason: given.reason },
      ...{ source: given.source === 'invoices' ? 'invoices' : 'balance', token: text('token') },
    }),
  )
  const sent = tokenAfter(asked, text)
  const none: Record<string, Said> = {}
  if ('problem' in asked) {
    const { problem } = asked
    const fields = problem.problem === 'invalid' ? problem.fields : none
    return data({ said: problem.reason, fields, given, sent }, { status: problem.status })
  }
  const { answer } = asked
  if (answer.kind === 'refused') return data({ said: answer.reason, fields: none, given, sent }, { status: 409 })
  return redirect(`/desk/cases/${encodeURIComponent(answer.caseId)}`, 303)
}

export const shouldRevalidate = () => true

export const meta = title('desk.payments')

export default function Payment() {
  const { payment, left, balance, refunds, chargebacks, refundFailures, open, canRefund, canDecide, reference, token } =
    useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const label = payment.label ?? payment.provider
  const field = (name: 'amount' | 'reason') => {
    const wrong = answer?.fields[name]
    return plainField(name, answer?.given[name] ?? '', wrong ? [message(wrong)] : undefined)
  }
  const [query] = useSearchParams()
  const flash = query.has('done') && !answer
  const back = [
    ...refunds.map((one) => ({ ...one, what: t('desk.cases.kind.refund') })),
    ...chargebacks.map(({ reason, ...one }) => ({
      ...{ ...one, reason: say(said('code.said', { text: reason })) },
      ...{ what: t('desk.cases.kind.chargeback'), by: '', parked: undefined },
    })),
  ]
  return (
    <Page
      title={label}
      back={{ to: '/desk/payments', title: t('desk.payments') }}
      actions={<PaymentState state={payment.state} />}
    >
      {flash ? <Flash>{t('desk.collection.done')}</Flash> : null}
      {answer && Object.keys(answer.fields).length === 0 ? <Refusal reason={answer.said} /> : null}
      {/* the newest: six streams would take all of a browser's connections, and each that is over makes room for another */}
      {open.slice(0, 2).map((caseId, at) => (
        <Live key={caseId} quiet={at > 0} src={`/api/v1/cases/${encodeURIComponent(caseId)}/stream`} />
      ))}
      <RefundFailures of={refundFailures} reader="staff" />
      <Card>
        <Facts
          of={[
            [t('desk.cases.col.customer'), <CustomerLink key="customer" customer={payment.customer} />],
            [t('desk.payments.col.at'), <Time key="at" at={payment.at} />],
            [
              t('desk.payments.col.for'),
              payment.numbers.length > 0 ? payment.numbers.join(', ') : (payment.orderId ?? t('desk.payments.deposit')),
            ],
            [t('desk.refund.paid'), <Money key="paid" of={payment.captured} />],
            [t('desk.refund.left'), <Money key="left" of={left} />],
            [t('desk.refund.balance'), <Money key="balance" of={balance} />],
            reference ? [t('desk.payments.reference'), <CopyId key="reference" id={reference} />] : null,
            payment.caseId
              ? [
                  t('desk.cases.kind.payment'),
                  <Link key="case" to={`/desk/cases/${encodeURIComponent(payment.caseId)}`}>
                    {t('desk.payments.case')}
                  </Link>,
                ]
              : null,
          ]}
        />
      </Card>
      {back.length > 0 ? (
        <Card title={t('desk.payments.col.back')}>
          <ul className="plain-list lines">
            {back.map(({ id, caseId, at, amount, reason, by, what, parked }) => (
              <li key={id}>
                <span className="told">
                  <span className="row">
                    <Money of={amount} />
                    <Link to={`/desk/cases/${encodeURIComponent(caseId)}`}>{what}</Link>
                  </span>
                  <span className="small soft">
                    <Time at={at} /> {by} · <bdi>{reason}</bdi>
                  </span>
                  {parked ? <span className="small strong">{say(parked)}</span> : null}
                  {parked && canDecide ? (
                    <span className="row">
                      <Form method="post" className="contents">
                        <input type="hidden" name="refundId" value={id} />
                        <Button size="small" icon="refresh" name="intent" value="retry">
                          {t('desk.case.retry')}
                        </Button>
                      </Form>
                      <ButtonLink size="small" tone="danger" to={`/desk/payments/${payment.id}/give-up?refund=${id}`}>
                        {t('desk.refund.give-up')}
                      </ButtonLink>
                    </span>
                  ) : null}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
      {canRefund ? (
        <Card title={t('desk.refund.title', { label })} raised>
          <Notice tone="warn">
            <p>{t('desk.refund.warning')}</p>
          </Notice>
          <Form method="post">
            <input type="hidden" name="token" value={answer?.sent || token} />
            <Field field={field('amount')} label={t('desk.refund.amount')} inputMode="decimal" placeholder="12,50" />
            <Choice
              field={plainField('source', answer?.given.source || (payment.numbers.length > 0 ? 'invoices' : 'balance'))}
              label={t('desk.refund.source')}
              column
              options={[
                { value: 'balance', title: t('desk.refund.source.balance') },
                ...(payment.numbers.length > 0 ? [{ value: 'invoices', title: t('desk.refund.source.invoices') }] : []),
              ]}
            />
            <TextArea field={field('reason')} label={t('desk.refund.reason')} maxLength={500} />
            <div className="form__actions">
              <Button tone="danger-full">{t('desk.refund.submit')}</Button>
            </div>
          </Form>
        </Card>
      ) : payment.orderId ? (
        <Notice tone="info">
          <p>{t('desk.refund.order')}</p>
        </Notice>
      ) : null}
    </Page>
  )
}
