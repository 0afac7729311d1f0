import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import type { Said } from '../../../workflows/policy/said'
import { ask, askQuietly } from '../ask.server'
import { message } from '../message'
import { textOf, tokenAfter } from '../parse'
import { useText } from '../texts/use-text'
import '../ui/bank.css'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { cents } from '../ui/cents'
import { Field, plainField } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Page } from '../ui/page'
import { Refusal } from '../ui/problem'
import { RefundFailures } from '../ui/refund-failures'
import { useErrorText } from '../ui/say'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'
import { WaysToPay } from '../ui/ways-to-pay'

/** PAY-02, PAY-04, PAY-05: prepaid credit: how much there is, what moved it, and how to pay in. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ paying }, me) => ({
    ...(await paying.balance(me, listQuery(args.request))),
    token: crypto.randomUUID(),
  }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const asked = await askQuietly(args, ({ paying }, me) =>
    paying.deposit(me, { amount: cents(text('amount')), method: text('method'), token: text('token') }),
  )
  const given = { amount: text('amount'), method: text('method') }
  const sent = tokenAfter(asked, text)
  const none: Record<string, Said> = {}
  if ('problem' in asked) {
    const { problem } = asked
    const fields = problem.problem === 'invalid' ? problem.fields : none
    return data({ reason: problem.reason, fields, given, sent }, { status: problem.status })
  }
  const { answer } = asked
  switch (answer.kind) {
    case 'page':
      return redirect(answer.url, 303)
    case 'payment':
      return redirect(`/account/payments/${answer.paymentId}`, 303)
    case 'planned':
      return redirect(`/account/deposit?done=planned&on=${answer.collectOn}&amount=${cents(given.amount)}`, 303)
    case 'refused':
      return data({ reason: answer.reason, fields: none, given, sent }, { status: 409 })
  }
}

export const shouldRevalidate = () => true

export const meta = title('account.balance')

export default function Balance() {
  const { balance, others, movements, methods, refundFailures, token } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const sayError = useErrorText()
  const edit = useMay()('invoices', 'edit')
  const wrong = (field: string): string | undefined => {
    const reason = answer?.fields[field]
    return reason && message(reason)
  }
  const wrongAmount = wrong('amount')
  const wrongMethod = wrong('method')
  return (
    <Page title={t('account.balance')} lead={t('account.balance.lead')}>
      {answer && !wrongAmount && !wrongMethod ? <Refusal reason={answer.reason} /> : null}
      <RefundFailures of={refundFailures} reader="customer" />
      <div className="transfer">
        <Card title={t('account.balance.now')}>
          <p className="amount-big">
            <Money of={balance} />
          </p>
          {others.map((other) => (
            <p key={other.currency} className="strong">
              <Money of={other} />
            </p>
          ))}
          <div>
            <ButtonLink to="/account/invoices">{t('account.open')}</ButtonLink>
          </div>
        </Card>
        {edit ? (
          <Card title={t('account.balance.deposit')} raised>
            <Form method="post">
              <input type="hidden" name="token" value={answer?.sent || token} />
              <Field
                field={plainField('amount', answer?.given.amount ?? '', wrongAmount ? [wrongAmount] : undefined)}
                label={t('account.balance.amount')}
                inputMode="decimal"
                placeholder="50"
              />
              <WaysToPay
                methods={methods}
                chosen={answer?.given.method}
                legend={t('account.balance.how')}
                error={wrongMethod && sayError(wrongMethod)}
              />
              <div className="form__actions">
                <Button tone="primary">{t('account.balance.submit')}</Button>
                <ButtonLink tone="quiet" to="/account/deposit">
                  {t('account.balance.sepa')}
                </ButtonLink>
              </div>
            </Form>
          </Card>
        ) : null}
      </div>
      <Card title={t('account.balance.moves')}>
        <Table
          caption={t('account.balance.moves')}
          rows={movements.rows}
          rowKey={({ id }) => id}
          columns={[
            { id: 'at', title: t('account.balance.col.at'), heads: true, cell: ({ at }) => <Time at={at} show="day" /> },
            {
              id: 'what',
              title: t('account.balance.col.what'),
              cell: ({ what, numbers }) => t(`account.balance.what.${what}`, { numbers: numbers.join(', ') }),
            },
            { id: 'amount', title: t('account.balance.col.amount'), end: true, cell: ({ amount }) => <Money of={amount} /> },
          ]}
          empty={
            <Empty icon="list" title={t('account.balance.none.title')}>
              {t('account.balance.none')}
            </Empty>
          }
        />
        <Pager {...movements} />
      </Card>
    </Page>
  )
}
