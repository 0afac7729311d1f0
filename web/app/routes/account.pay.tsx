import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { showMoney } from '../../../workflows/policy/money'
import { showRate } from '../../../workflows/policy/words/words'
import type { Said } from '../../../workflows/policy/said'
import { ask, askQuietly } from '../ask.server'
import { textOf, tokenAfter } from '../parse'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { payLink } from '../ui/open-invoices'
import { Page } from '../ui/page'
import '../ui/paying.css'
import { Refusal } from '../ui/problem'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'
import { WaysToPay } from '../ui/ways-to-pay'

/** PAY-15, PAY-16, PAY-18: /account/pay?invoice=…&invoice=…: what is paid, then how. */
export const loader = (args: LoaderFunctionArgs) => {
  const documentIds = [...new Set(new URL(args.request.url).searchParams.getAll('invoice'))].slice(0, 100)
  if (documentIds.length === 0) throw redirect('/account/invoices?choose=1')
  return ask(args, async ({ paying }, me) => ({
    summary: await paying.summary(me, { documentIds }),
    token: crypto.randomUUID(),
  }))
}

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const documentIds = form.getAll('invoice').filter((one): one is string => typeof one === 'string')
  const method = text('method')
  if (method === 'transfer')
    return redirect(`/account/transfer?${new URLSearchParams(documentIds.map((one) => ['invoice', one])).toString()}`, 303)
  const asked = await askQuietly(args, ({ paying }, me) =>
    paying.pay(me, { documentIds, method, due: Number(text('due')), token: text('token') }),
  )
  const sent = tokenAfter(asked, text)
  const no = (reason: Said, status: number) => data({ reason, method, sent }, { status })
  if ('problem' in asked) {
    const { problem } = asked
    const [field] = problem.problem === 'invalid' ? Object.values(problem.fields) : []
    return no(field ?? problem.reason, problem.status)
  }
  const { answer } = asked
  switch (answer.kind) {
    case 'page':
      return redirect(answer.url, 303)
    case 'payment':
      return redirect(`/account/payments/${answer.paymentId}`, 303)
    case 'planned':
      return redirect(`/account/invoices?planned=${answer.collectOn}`, 303)
    case 'refused':
      return no(answer.reason, 409)
  }
}

// a refusal often means that something has changed: what is there by now is shown
export const shouldRevalidate = () => true

export const meta = title('account.pay')

export default function Pay() {
  const { summary, token } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const { language } = useViewer()
  const { invoices, others, vat, due, methods, credits, payments } = summary
  const back = { to: '/account/invoices', title: t('account.invoices') }
  const refused = answer ? <Refusal reason={answer.reason} /> : null
  if (invoices.length === 0)
    return (
      <Page title={t('account.pay')} back={back}>
        {refused}
        <Empty icon="check" title={t('account.pay.nothing')} action={<ButtonLink to={back.to}>{back.title}</ButtonLink>} />
      </Page>
    )
  return (
    <Page title={t('account.pay')} lead={t('account.pay.lead')} back={back}>
      {refused}
      {others.length === 0 ? null : (
        <Notice tone="warn">
          <p>{t('account.pay.others', { numbers: others.map(({ number }) => number).join(', '), currency: due.currency })}</p>
          <ButtonLink size="small" to={payLink(others.map(({ documentId }) => documentId))}>
            {t('account.pay.others.go')}
          </ButtonLink>
        </Notice>
      )}
      {invoices.map((invoice) => (
        <Card key={invoice.documentId} title={t('account.pay.invoice', { number: invoice.number })}>
          <p className="soft">
            <Time at={invoice.issuedOn} show="day" /> · {t('account.open.col.due')} <Time at={invoice.dueOn} show="day" />
          </p>
          <Table
            caption={t('account.pay.invoice', { number: invoice.number })}
            rows={invoice.lines.map((line, position) => ({ ...line, position }))}
            rowKey={({ position }) => String(position)}
            columns={[
              {
                id: 'what',
                title: t('account.pay.col.what'),
                heads: true,
                cell: ({ text, quantity }) => (
                  <bdi>
                    {quantity > 1 ? `${quantity} × ` : ''}
                    {text}
                  </bdi>
                ),
              },
              { id: 'rate', title: t('account.pay.col.rate'), end: true, cell: ({ vatRate }) => showRate(vatRate, language) },
              { id: 'net', title: t('account.pay.col.net'), end: true, cell: ({ net }) => <Money of={net} /> },
            ]}
          />
          <dl className="sums">
            <dt>{t('account.pay.gross')}</dt>
            <dd>
              <Money of={invoice.gross} />
            </dd>
            {invoice.credits.map(({ on, amount }, position) => (
              <SumRow
                key={`c${position}`}
                name={t('account.pay.credits')}
                on={on}
                amount={{ ...amount, amount: -amount.amount }}
              />
            ))}
            {invoice.payments.map(({ on, amount }, position) => (
              <SumRow
                key={`p${position}`}
                name={t('account.pay.payments')}
                on={on}
                amount={{ ...amount, amount: -amount.amount }}
              />
            ))}
            <dt className="strong">{t('account.pay.open')}</dt>
            <dd className="strong">
              <Money of={invoice.open} />
            </dd>
          </dl>
        </Card>
      ))}
      <Card title={t('account.pay.sum')} raised>
        <dl className="sums">
          <SumRow name={t('account.pay.total-net')} amount={summary.totalNet} />
          {vat.map(({ rate, amount }) => (
            <SumRow key={rate} name={t('account.pay.vat', { rate: showRate(rate, language) })} amount={amount} />
          ))}
          <SumRow name={t('account.pay.total-gross')} amount={summary.totalGross} />
          {credits.amount === 0 ? null : (
            <SumRow name={t('account.pay.credits')} amount={{ ...credits, amount: -credits.amount }} />
          )}
          {payments.amount === 0 ? null : (
            <SumRow name={t('account.pay.payments')} amount={{ ...payments, amount: -payments.amount }} />
          )}
          <dt className="sums__due">{t('account.pay.due')}</dt>
          <dd className="sums__due">
            <Money of={due} />
          </dd>
        </dl>
        {may('invoices', 'edit') ? (
          <Form method="post">
            {invoices.map(({ documentId }) => (
              <input key={documentId} type="hidden" name="invoice" value={documentId} />
            ))}
            <input type="hidden" name="due" value={due.amount} />
            <input type="hidden" name="token" value={answer?.sent || token} />
            <WaysToPay methods={methods} due={due} chosen={answer?.method} legend={t('account.pay.method')} />
            <div className="form__actions">
              <Button tone="primary" size="big">
                {t('account.pay.submit', { amount: showMoney(due, language) })}
              </Button>
            </div>
          </Form>
        ) : null}
      </Card>
    </Page>
  )
}

function SumRow({ name, on, amount }: { name: string; on?: string; amount: { amount: number; currency: string } }) {
  return (
    <>
      <dt>
        {name}
        {on ? (
          <>
            {' '}
            <span className="small soft">
              <Time at={on} show="day" />
            </span>
          </>
        ) : null}
      </dt>
      <dd>
        <Money of={amount} />
      </dd>
    </>
  )
}
