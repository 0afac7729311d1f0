import { Link } from '@remix-run/react'
import type { OwnCollection } from '../../../api/operations/collections-types'
import type { Operations } from '../../../api/operations/types'
import { showMoney, type Money as MoneyValue } from '../../../workflows/policy/money'
import { showDay } from '../../../workflows/policy/words/words'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from './button'
import { Card } from './card'
import { Form } from './form'
import { Money } from './money'
import { Notice } from './notice'
import './paying.css'
import { useSay } from './say'
import { StatusBadge } from './status-badge'
import { Table } from './table'
import { Time } from './time'
import { useMay, useViewer } from './viewer'

/** PAY-13, PAY-14: what is open, with a box at each, and all of it at once. Works without JavaScript: the boxes are a form's. */
export function OpenInvoices({
  found,
  own,
}: {
  found: Awaited<ReturnType<Operations['paying']['open']>>
  /** how far each of them is chased */
  own: OwnCollection[]
}) {
  const t = useText()
  const may = useMay()
  const { language } = useViewer()
  const edit = may('invoices', 'edit')
  const { items, total, atOnce, underWay } = found
  if (items.length === 0) return null
  const payable = items.some(({ collectedOn }) => collectedOn === undefined)
  const isAll = ({ amount }: MoneyValue) => total.length === 1 && total[0]?.amount === amount
  return (
    <Card title={t('account.open')} raised>
      <div className="row row--between">
        <p className="soft">{t('account.open.lead')}</p>
        <p className="total-due">
          <span className="soft">{t('account.open.total')}</span>{' '}
          {total.map((sum) => (
            <strong key={sum.currency} className="nowrap">
              <Money of={sum} />
            </strong>
          ))}
          {(edit ? atOnce : []).map(({ documentIds, amount }) => (
            <ButtonLink key={amount.currency} tone="primary" to={payLink(documentIds)}>
              {isAll(amount) ? t('account.open.pay-all') : t('account.open.pay-some', { amount: showMoney(amount, language) })}
            </ButtonLink>
          ))}
        </p>
      </div>
      {underWay.map(({ paymentId, numbers }) => (
        <Notice key={paymentId} tone="info">
          <p>{t('account.open.under-way', { numbers: numbers.join(', ') })}</p>
          <ButtonLink size="small" to={`/account/payments/${paymentId}`}>
            {t('account.open.under-way.go')}
          </ButtonLink>
        </Notice>
      ))}
      <Form method="get" action="/account/pay">
        <Table
          caption={t('account.open')}
          rows={items}
          rowKey={({ documentId }) => documentId}
          {...(edit
            ? {
                select: {
                  name: 'invoice',
                  label: ({ number }: { number: string }) => number,
                  able: ({ collectedOn }: { collectedOn?: string }) => collectedOn === undefined,
                },
              }
            : {})}
          columns={[
            {
              id: 'number',
              title: t('account.open.col.number'),
              heads: true,
              cell: ({ documentId, number }) => (
                <span className="told">
                  <Link to={`/account/invoices/${documentId}`} className="nowrap">
                    {number}
                  </Link>
                  <Chase of={own.find((one) => one.documentId === documentId)} />
                </span>
              ),
            },
            {
              id: 'due',
              title: t('account.open.col.due'),
              cell: ({ dueOn, overdue, collectedOn }) => (
                <span className="row">
                  <Time at={dueOn} show="day" />
                  {collectedOn ? (
                    <StatusBadge tone="now">{t('account.open.collected', { on: showDay(collectedOn, language) })}</StatusBadge>
                  ) : overdue ? (
                    <StatusBadge tone="warn">{t('account.open.overdue')}</StatusBadge>
                  ) : null}
                </span>
              ),
            },
            { id: 'open', title: t('account.open.col.open'), end: true, cell: ({ open }) => <Money of={open} /> },
          ]}
        />
        {edit && payable ? (
          <div className="form__actions">
            <Button tone="plain">{t('account.open.pay-selected')}</Button>
          </div>
        ) : null}
      </Form>
    </Card>
  )
}

/** The page that sums these invoices up and asks how they are paid. */
export const payLink = (documentIds: string[]): string =>
  `/account/pay?${new URLSearchParams(documentIds.map((id) => ['invoice', id])).toString()}`

/** What a customer should know of an invoice that is overdue: in one sentence, and what it has led to. */
function Chase({ of }: { of: OwnCollection | undefined }) {
  const t = useText()
  const say = useSay()
  if (!of || of.what.key === 'collection.own.due' || of.what.key === 'collection.own.debit') return null
  return (
    <>
      <span className="small soft">{say(of.what)}</span>
      {of.claims.amount > 0 ? (
        <span className="small soft">
          {t('desk.collections.beside')} <Money of={of.claims} />
        </span>
      ) : null}
      {of.blocked ? <StatusBadge tone="danger">{t('account.open.blocked')}</StatusBadge> : null}
    </>
  )
}
