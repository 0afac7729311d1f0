import { Link } from '@remix-run/react'
import type { DecidedRow } from '../../../api/operations/accounts-types'
import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { Money } from './money'
import { Table } from './table'
import { Time } from './time'

/** What accounting decided, with who and why; `customerId`: a booking of the balance can be taken back from here. */
export function DecisionTable({ rows, customerId }: { rows: DecidedRow[]; customerId?: string }) {
  const t = useText()
  return (
    <Table
      caption={t('desk.decisions')}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        { id: 'at', title: t('desk.collection.col.at'), cell: ({ at }) => <Time at={at} show="absolute" /> },
        {
          id: 'what',
          title: t('desk.collection.col.what'),
          heads: true,
          cell: ({ id, kind, document, reversed, subject, chargebackId, debitId }) => (
            <span className="told">
              {kind === 'payout' ? (
                <Link to={`/desk/bank/payouts/${id}`}>{t('desk.decision.payout')}</Link>
              ) : customerId !== undefined && (chargebackId ?? debitId) !== undefined ? (
                <Link to={`/desk/disputes/${chargebackId ?? debitId}`}>{t(`desk.decision.${kind}`)}</Link>
              ) : (
                <span>
                  {t(`desk.decision.${kind}`)} {document?.number}
                </span>
              )}
              {subject ? (
                <span className="small soft">{subject === 'account' ? t('desk.collection.account') : subject}</span>
              ) : null}
              {reversed ? <span className="small soft">{t('desk.decision.reversed')}</span> : null}
            </span>
          ),
        },
        {
          id: 'amount',
          title: t('desk.collection.col.amount'),
          end: true,
          cell: ({ amount }) => (amount.amount === 0 ? null : <Money of={amount} />),
        },
        {
          id: 'why',
          title: t('desk.balance.reason'),
          cell: ({ reason, by }) => (
            <span className="told">
              <bdi className="reach">{reason}</bdi>
              <bdi className="small soft">{by}</bdi>
            </span>
          ),
        },
        {
          id: 'reverse',
          title: '',
          end: true,
          cell: ({ id, canReverse, reason }) =>
            canReverse && customerId !== undefined ? (
              <ButtonLink
                size="small"
                to={`/desk/customers/${customerId}/balance/${id}`}
                aria-label={`${t('desk.balance.reverse')}: ${reason.slice(0, 80)}`}
              >
                {t('desk.balance.reverse')}
              </ButtonLink>
            ) : null,
        },
      ]}
      empty={<p className="soft">{t('desk.decisions.none')}</p>}
    />
  )
}
