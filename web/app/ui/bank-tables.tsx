import { Link } from '@remix-run/react'
import type { BankEntryView } from '../../../api/operations/types'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { Money } from './money'
import { CustomerLink } from './order-table'
import { useSay } from './say'
import { StatusBadge, type StatusTone } from './status-badge'
import { Table } from './table'
import { Time } from './time'
import type { IconName } from './icon'
import type { ReactNode } from 'react'

type Known<State extends string> = Record<State, { tone: StatusTone; icon?: IconName; text: TextKey }>

const entryStates: Known<BankEntryView['state']> = {
  unmatched: { tone: 'warn', icon: 'search', text: 'state.entry.unmatched' },
  matched: { tone: 'ok', text: 'state.entry.matched' },
  returned: { tone: 'danger', icon: 'undo', text: 'state.entry.returned' },
  'sent-back': { tone: 'idle', icon: 'back', text: 'state.entry.sent_back' },
  split: { tone: 'idle', text: 'state.entry.split' },
}
type DebitState = 'planned' | 'submitted' | 'collected' | 'returned' | 'cancelled'
const debitStates: Known<DebitState> = {
  planned: { tone: 'idle', icon: 'clock', text: 'state.debit.planned' },
  submitted: { tone: 'now', icon: 'building', text: 'state.debit.submitted' },
  collected: { tone: 'ok', text: 'state.debit.collected' },
  returned: { tone: 'danger', icon: 'undo', text: 'state.debit.returned' },
  cancelled: { tone: 'idle', icon: 'cross', text: 'state.debit.cancelled' },
}

const badge = <State extends string>(known: Known<State>) =>
  function Badge({ state }: { state: State }) {
    const t = useText()
    const { tone, icon, text } = known[state]
    return (
      <StatusBadge tone={tone} {...(icon ? { icon } : {})}>
        {t(text)}
      </StatusBadge>
    )
  }

export const EntryState = badge(entryStates)
export const DebitState = badge(debitStates)
/** Every state, for a filter's choices. */
export const entryStateChoices = (['unmatched', 'matched', 'returned', 'sent-back'] as const).map((value) => ({
  value,
  text: entryStates[value].text,
}))
export const debitStateChoices = (Object.keys(debitStates) as DebitState[]).map((value) => ({
  value,
  text: debitStates[value].text,
}))

/** The pages of the bank, one beside the other. */
export function BankPages({ here }: { here: 'statements' | 'entries' | 'debits' | 'payouts' }) {
  const t = useText()
  const pages = [
    ['statements', '/desk/bank', t('desk.bank.statements')],
    ['entries', '/desk/bank/entries', t('desk.entries')],
    ['debits', '/desk/bank/debits', t('desk.debits')],
    ['payouts', '/desk/bank/payouts', t('desk.payouts')],
  ] as const
  return (
    <>
      {pages
        .filter(([id]) => id !== here)
        .map(([id, to, name]) => (
          <ButtonLink key={id} size="small" to={to}>
            {name}
          </ButtonLink>
        ))}
    </>
  )
}

/** Payments with what became of each. */
export function EntryTable({ rows, empty }: { rows: BankEntryView[]; empty: ReactNode }) {
  const t = useText()
  const say = useSay()
  return (
    <Table
      caption={t('desk.entries')}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          id: 'booked',
          title: t('desk.entries.col.on'),
          sortable: true,
          cell: ({ bookedOn }) => (
            <span className="nowrap">
              <Time at={bookedOn} show="day" />
            </span>
          ),
        },
        {
          id: 'who',
          title: t('desk.entries.col.who'),
          heads: true,
          cell: ({ id, name, customer }) => (
            <span className="told">
              <Link to={`/desk/bank/entries/${id}`} prefetch="intent">
                <bdi>{name ?? t('desk.entries.nobody')}</bdi>
              </Link>
              {customer ? (
                <span className="small soft">
                  <CustomerLink customer={customer} /> ({customer.number})
                </span>
              ) : null}
            </span>
          ),
        },
        {
          id: 'purpose',
          title: t('desk.entries.col.purpose'),
          cell: ({ purpose }) => <bdi className="small reach">{purpose}</bdi>,
        },
        {
          id: 'state',
          title: t('desk.entries.col.state'),
          cell: ({ state, reason }) => (
            <span className="told">
              <EntryState state={state} />
              {reason ? <span className="small soft">{say(reason)}</span> : null}
            </span>
          ),
        },
        {
          id: 'amount',
          title: t('desk.entries.col.amount'),
          sortable: true,
          end: true,
          cell: ({ amount }) => <Money of={amount} />,
        },
      ]}
      empty={empty}
    />
  )
}
