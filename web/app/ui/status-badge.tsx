import type { ReactNode } from 'react'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Icon, type IconName } from './icon'

export type StatusTone = 'ok' | 'now' | 'warn' | 'danger' | 'idle'
const icons: Record<StatusTone, IconName> = { ok: 'check', now: 'clock', warn: 'pause', danger: 'cross', idle: 'minus' }

/** A status is always a word with a sign, never a colour alone. */
export function StatusBadge({ tone, icon, children }: { tone: StatusTone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`badge badge--${tone}`}>
      <Icon name={icon ?? icons[tone]} size={14} />
      {children}
    </span>
  )
}

type Known = Record<string, { tone: StatusTone; icon?: IconName; text: TextKey }>

const orders: Known = {
  held: { tone: 'warn', icon: 'eye', text: 'state.order.held' },
  awaiting_payment: { tone: 'now', text: 'state.order.awaiting_payment' },
  in_delivery: { tone: 'now', icon: 'play', text: 'state.order.in_delivery' },
  parked: { tone: 'warn', text: 'state.order.parked' },
  delivered: { tone: 'ok', text: 'state.order.delivered' },
  partly_delivered: { tone: 'warn', icon: 'check', text: 'state.order.partly_delivered' },
  rejected: { tone: 'danger', text: 'state.order.rejected' },
  expired: { tone: 'idle', icon: 'clock', text: 'state.order.expired' },
  withdrawn: { tone: 'idle', icon: 'undo', text: 'state.order.withdrawn' },
  failed: { tone: 'danger', icon: 'warning', text: 'state.order.failed' },
}
const items: Known = {
  waiting: { tone: 'idle', icon: 'clock', text: 'state.item.waiting' },
  registering: { tone: 'now', icon: 'play', text: 'state.item.registering' },
  pending: { tone: 'now', text: 'state.item.pending' },
  parked: { tone: 'warn', text: 'state.item.parked' },
  registered: { tone: 'ok', text: 'state.item.registered' },
  given_up: { tone: 'danger', text: 'state.item.given_up' },
  cancelled: { tone: 'idle', icon: 'undo', text: 'state.item.cancelled' },
}
const cases: Known = {
  running: { tone: 'now', icon: 'play', text: 'state.case.running' },
  waiting: { tone: 'idle', icon: 'clock', text: 'state.case.waiting' },
  parked: { tone: 'warn', text: 'state.case.parked' },
  done: { tone: 'ok', text: 'state.case.done' },
}
const names: Known = {
  active: { tone: 'ok', text: 'state.name.active' },
  pending: { tone: 'now', text: 'state.name.pending' },
  deleted: { tone: 'idle', icon: 'trash', text: 'state.name.deleted' },
}

/** The record writes AWAITING_PAYMENT, the workflow given-up: one spelling here. */
const spelled = (state: string): string => state.toLowerCase().replaceAll('-', '_')

const badge = (known: Known) =>
  function StateBadge({ state }: { state: string }) {
    const t = useText()
    const found = known[spelled(state)]
    if (!found) return <StatusBadge tone="idle">{state}</StatusBadge>
    return (
      <StatusBadge tone={found.tone} {...(found.icon ? { icon: found.icon } : {})}>
        {t(found.text)}
      </StatusBadge>
    )
  }

export const OrderState = badge(orders)
export const ItemState = badge(items)
export const CaseState = badge(cases)
export const NameState = badge(names)
/** Every order state, for a filter's choices. */
export const orderStates = Object.entries(orders).map(([value, { text }]) => ({ value, text }))
export const caseStates = Object.entries(cases).map(([value, { text }]) => ({ value, text }))
