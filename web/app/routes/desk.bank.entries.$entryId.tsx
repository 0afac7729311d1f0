import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Form as PlainForm, Link, useSearchParams } from '@remix-run/react'
import { useState } from 'react'
import { exponentOf, money, showMoney } from '../../../workflows/policy/money'
import { showIban } from '../../../workflows/policy/sepa'
import { showDay } from '../../../workflows/policy/words/words'
import { ask } from '../ask.server'
import { textOf } from '../parse'
import { useText } from '../texts/use-text'
import '../ui/bank.css'
import { EntryState } from '../ui/bank-tables'
import { Button } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { Field, plainField, Select } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { useSay } from '../ui/say'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => {
  const q = new URL(args.request.url).searchParams.get('q')?.trim().slice(0, 200)
  return ask(args, ({ bank }, me) => bank.entry(me, { entryId: String(args.params.entryId), ...(q ? { q } : {}) }))
}

/** 1.234,56 and 1,234.56 and 1234 as minor units; undefined: no amount. */
const minorUnits = (text: string, currency: string): number | undefined => {
  const plain = text.replace(/[\s€\u00a0]/g, '')
  const [, whole, fraction = ''] = /^(\d{1,3}(?:[.,]\d{3})*|\d{1,10})(?:[.,](\d{1,2}))?$/.exec(plain) ?? []
  if (whole === undefined) return undefined
  const places = exponentOf(currency)
  return Number(whole.replace(/[.,]/g, '') + fraction.padEnd(places, '0').slice(0, places))
}
const kinds = ['book', 'send-back', 'fee', 'payout', 'undo'] as const

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const entryId = String(args.params.entryId)
  const kind = kinds.find((one) => one === form.get('intent'))
  if (!kind) throw data(null, { status: 400 })
  const parts: { documentId: string; amount: number }[] = []
  for (const [name, value] of form.entries()) {
    if (!name.startsWith('part.') || typeof value !== 'string' || value.trim() === '') continue
    const amount = minorUnits(value, String(form.get('currency') ?? 'EUR'))
    if (amount === undefined) return data({ wrong: true as const }, { status: 400 })
    if (amount > 0) parts.push({ documentId: name.slice(5), amount })
  }
  const text = textOf(form)
  const [customerId, payoutId] = [text('customerId') || undefined, text('payoutId') || undefined]
  const answer = await ask(args, ({ bank }, me) => bank.decide(me, { entryId, kind, parts, customerId, payoutId }))
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(`/desk/bank/entries/${entryId}?done=${kind}`, 303)
}

// a refused decision is answered 4xx: how it stands is loaded all the same
export const shouldRevalidate = () => true

export const meta = title<Awaited<ReturnType<typeof loader>>>('desk.entry.title', ({ entry }) => ({ on: entry.bookedOn }))

export default function Entry() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const { entry, parts, undoable } = found
  const done = query.get('done')
  const edit = may('books', 'edit')
  return (
    <Page
      title={t('desk.entry.title', { on: showDay(entry.bookedOn, language) })}
      back={{ to: '/desk/bank/entries?state=unmatched', title: t('desk.entries') }}
      actions={<EntryState state={entry.state} />}
    >
      {answer && 'late' in answer ? <LateNotice late={answer.late} /> : null}
      {answer && 'wrong' in answer ? <Flash tone="danger">{t('desk.entry.wrong-amount')}</Flash> : null}
      {!answer && (done === 'book' || done === 'fee' || done === 'payout') ? <Flash>{t('desk.entry.booked')}</Flash> : null}
      {!answer && done === 'undo' ? <Flash>{t('desk.entry.undone')}</Flash> : null}
      {entry.state === 'sent-back' && entry.reason?.key !== 'match.sent-back' ? (
        <Notice tone="info">
          <p>{t('desk.entry.sent', { amount: showMoney(entry.amount, language) })}</p>
        </Notice>
      ) : null}
      {entry.returned ? (
        <Notice tone="warn" title={`${entry.returned.code}: ${say(entry.returned.what)}`}>
          <p>{say(entry.returned.todo)}</p>
        </Notice>
      ) : null}
      <div className="split">
        <div className="stack stack--roomy">
          <Card>
            <p className="amount-big">
              <Money of={entry.amount} />
            </p>
            <Facts
              of={[
                [t('desk.entry.name'), entry.name && <bdi key="name">{entry.name}</bdi>],
                [
                  t('desk.entry.iban'),
                  entry.iban && (
                    <span key="iban" className="numbers reach">
                      {showIban(entry.iban)}
                    </span>
                  ),
                ],
                [t('desk.entry.purpose'), entry.purpose && <bdi key="purpose">{entry.purpose}</bdi>],
                [t('desk.entry.customer'), entry.customer && <CustomerLink key="customer" customer={entry.customer} />],
                [t('desk.entry.charge'), entry.charge && <Money key="charge" of={entry.charge} />],
                [t('desk.entry.undetailed'), entry.undetailed && t('desk.entry.undetailed.value', { count: entry.undetailed })],
                [t('desk.entry.end-to-end'), entry.endToEndId && <code key="e2e">{entry.endToEndId}</code>],
                [t('desk.entry.reference'), entry.bankReference && <code key="reference">{entry.bankReference}</code>],
              ]}
            />
          </Card>
          {parts.length > 0 ? (
            <Card title={t('desk.entry.settled')}>
              <ul className="plain-list lines">
                {parts.map(({ number, amount }) => (
                  <li key={number}>
                    <span>{number}</span>
                    <Money of={amount} />
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
        </div>
        <aside className="beside stack">
          {entry.state === 'unmatched' ? (
            <Card title={t('desk.entry.proposal')}>
              {found.proposal ? (
                <>
                  <p>{say(found.proposal.reason)}</p>
                  {found.proposal.customer ? (
                    <p>
                      <CustomerLink customer={found.proposal.customer} /> ({found.proposal.customer.number})
                    </p>
                  ) : null}
                  <p className="soft small">{t('desk.entry.proposal.certainty', { certainty: found.proposal.certainty })}</p>
                </>
              ) : (
                <p>{entry.amount.amount > 0 ? t('desk.entry.proposal.none') : entry.reason ? say(entry.reason) : null}</p>
              )}
            </Card>
          ) : entry.reason && !entry.returned ? (
            <Card>
              <p>{say(entry.reason)}</p>
              {entry.payoutId ? (
                <p>
                  <Link to={`/desk/bank/payouts/${entry.payoutId}`}>{t('desk.entry.to-payout')}</Link>
                </p>
              ) : null}
            </Card>
          ) : null}
          {!edit ? (
            <Notice>
              <p>{t('desk.entry.read-only')}</p>
            </Notice>
          ) : null}
          {edit && entry.state === 'unmatched' ? (
            <Card title={t('desk.entry.other')}>
              {entry.amount.amount > 0 && entry.iban ? (
                <Form method="post">
                  <Button name="intent" value="send-back" icon="undo" wide>
                    {t('desk.entry.send-back')}
                  </Button>
                  <p className="field__hint">{t('desk.entry.send-back.hint')}</p>
                </Form>
              ) : null}
              {found.payouts.map(({ id, reference, customer }) => (
                <Form key={id} method="post">
                  <input type="hidden" name="payoutId" value={id} />
                  <Button name="intent" value="payout" icon="arrow" wide>
                    {t('desk.entry.payout', { reference, name: customer.name })}
                  </Button>
                </Form>
              ))}
              {entry.amount.amount < 0 ? (
                <Form method="post">
                  <Button name="intent" value="fee" icon="building" wide>
                    {t('desk.entry.fee')}
                  </Button>
                </Form>
              ) : null}
            </Card>
          ) : null}
          {edit && undoable ? (
            <Card title={t('desk.entry.other')}>
              <Form method="post">
                <Button name="intent" value="undo" icon="undo" wide>
                  {t('desk.entry.undo')}
                </Button>
                <p className="field__hint">{t(entry.payoutId ? 'desk.entry.undo.payout' : 'desk.entry.undo.hint')}</p>
              </Form>
            </Card>
          ) : null}
        </aside>
      </div>
      {entry.state === 'unmatched' && entry.amount.amount > 0 ? <Match key={entry.id} found={found} edit={edit} /> : null}
    </Page>
  )
}

type Found = Awaited<ReturnType<typeof loader>>

/** The open invoices it may be for, each with how much of the money it gets. */
function Match({ found, edit }: { found: Found; edit: boolean }) {
  const t = useText()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const { entry, open, proposal, customers = [] } = found
  const { amount, currency } = entry.amount
  const written = (minor: number) =>
    (minor / 10 ** exponentOf(currency)).toFixed(exponentOf(currency)).replace('.', language === 'de' ? ',' : '.')
  const proposed = Object.fromEntries((proposal?.parts ?? []).map((part) => [part.documentId, written(part.amount)]))
  const [given, setGiven] = useState<Record<string, string>>(proposed)
  const spent = open.reduce((total, { documentId }) => total + (minorUnits(given[documentId] ?? '', currency) ?? 0), 0)
  const left = amount - spent
  return (
    <Card title={t('desk.entry.invoices')}>
      <PlainForm className="filters" role="search">
        <div className="field--search field">
          <Field type="search" required={false} field={plainField('q', query.get('q') ?? '')} label={t('desk.entry.search')} />
        </div>
        <div className="row">
          <Button icon="search">{t('form.filter')}</Button>
        </div>
      </PlainForm>
      <Form method="post">
        <input type="hidden" name="currency" value={currency} />
        <Table
          caption={t('desk.entry.invoices')}
          rows={open}
          rowKey={({ documentId }) => documentId}
          columns={[
            {
              id: 'number',
              title: t('desk.entry.col.invoice'),
              heads: true,
              cell: ({ number }) => <span className="nowrap">{number}</span>,
            },
            {
              id: 'customer',
              title: t('desk.entry.col.customer'),
              cell: ({ customer }) => (
                <span className="told">
                  <CustomerLink customer={customer} />
                  <span className="small soft">{customer.number}</span>
                </span>
              ),
            },
            {
              id: 'due',
              title: t('desk.entry.col.due'),
              cell: ({ dueOn }) => (
                <span className="nowrap">
                  <Time at={dueOn} show="day" />
                </span>
              ),
            },
            { id: 'open', title: t('desk.entry.col.open'), end: true, cell: (row) => <Money of={row.open} /> },
            {
              id: 'part',
              title: t('desk.entry.col.part'),
              end: true,
              cell: ({ documentId, number }) => (
                <input
                  className="control control--amount"
                  name={`part.${documentId}`}
                  inputMode="decimal"
                  aria-label={t('desk.entry.part', { number })}
                  value={given[documentId] ?? ''}
                  readOnly={!edit}
                  onChange={(event) => setGiven({ ...given, [documentId]: event.target.value })}
                />
              ),
            },
          ]}
          empty={<p className="soft">{t('desk.entry.no-invoices')}</p>}
        />
        <p className="numbers needs-script" role="status" suppressHydrationWarning>
          {left < 0
            ? t('desk.entry.over', { amount: showMoney(money(-left, currency), language) })
            : t('desk.entry.left', { amount: showMoney(money(left, currency), language) })}
        </p>
        <Select
          optional
          field={plainField('customerId', proposal && proposal.rest.amount > 0 ? (proposal.customer?.id ?? '') : '')}
          label={t('desk.entry.rest')}
          placeholder={t('desk.entry.rest.nobody')}
          options={customers.map(({ id, number, name }) => ({ value: id, title: `${name} (${number})` }))}
        />
        {edit ? (
          <Button tone="primary" name="intent" value="book" icon="check">
            {t('desk.entry.book')}
          </Button>
        ) : null}
      </Form>
    </Card>
  )
}
