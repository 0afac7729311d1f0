import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { showIban } from '../../../workflows/policy/sepa'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { TransferData } from '../ui/transfer-data'

/** PAY-12: the transfer that the house is to make, or what became of it. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ payouts }, me) => payouts.get(me, { payoutId: String(args.params.payoutId) }))

export const meta = title<Awaited<ReturnType<typeof loader>>>('desk.payout.title', ({ row }) => ({ reference: row.reference }))

export default function Payout() {
  const { row, reason, by, qrSvg, entryId, canTakeBack } = useLoaded<typeof loader>()
  const t = useText()
  const [query] = useSearchParams()
  const { reference, holder, iban, amount } = row
  return (
    <Page title={t('desk.payout.title', { reference })} back={{ to: '/desk/bank/payouts', title: t('desk.payouts') }}>
      {query.has('done') && row.state === 'open' ? <Flash>{t('desk.payout.booked')}</Flash> : null}
      {row.state === 'taken-back' ? (
        <Notice>
          <p>{t('desk.payout.taken-back')}</p>
        </Notice>
      ) : null}
      {qrSvg === undefined ? null : <TransferData of={{ holder, iban, amount, reference, qrSvg }} then="desk.payout.then" />}
      <Card>
        <Facts
          of={[
            [t('desk.cases.col.customer'), <CustomerLink key="customer" customer={row.customer} />],
            [t('desk.payouts.state'), t(`desk.payouts.state.${row.state}`)],
            [t('transfer.amount'), <Money key="amount" of={amount} />],
            ...(qrSvg === undefined
              ? ([
                  [t('desk.payout.holder'), <bdi key="holder">{holder}</bdi>],
                  [
                    t('desk.payout.iban'),
                    <span key="iban" className="numbers reach">
                      {showIban(iban)}
                    </span>,
                  ],
                ] as const)
              : []),
            [t('desk.payouts.col.asked'), <Time key="asked" at={row.askedAt} show="absolute" />],
            [t('desk.balance.reason'), <bdi key="reason">{`${reason} (${by})`}</bdi>],
            row.closedAt ? [t('desk.case.closed'), <Time key="closed" at={row.closedAt} show="absolute" />] : null,
            entryId
              ? [
                  t('desk.payout.entry'),
                  <Link key="entry" to={`/desk/bank/entries/${entryId}`}>
                    {t('desk.payout.entry.to')}
                  </Link>,
                ]
              : null,
          ]}
        />
        {canTakeBack ? (
          <>
            <div className="row">
              <ButtonLink to={`/desk/customers/${row.customer.id}/balance/${row.id}`}>{t('desk.payout.back')}</ButtonLink>
            </div>
            <p className="small soft">{t('desk.payout.back.hint')}</p>
          </>
        ) : null}
      </Card>
    </Page>
  )
}
