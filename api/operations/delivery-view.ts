import type { Delivery } from '../../prisma/client/client'
import { money } from '../../workflows/policy/money'
import { present } from './customer-view'
import type { DeliveryView } from './document-types'
import { spoken } from './list'

/** Until when a mail waits for the morning. */
export const waitsUntil = ({ state, notBefore }: Pick<Delivery, 'state' | 'notBefore'>): string | undefined =>
  state === 'QUEUED' ? notBefore?.toISOString() : undefined

/** How a mail or a letter went, as people see it. To whom and what the other side said is for staff. */
export const deliveryView = (row: Delivery, staff: boolean): DeliveryView => ({
  id: row.id,
  channel: row.channel as DeliveryView['channel'],
  state: spoken(row.state) as DeliveryView['state'],
  at: (row.reportedAt ?? row.sentAt ?? row.createdAt).toISOString(),
  ...present({
    progress: row.progress as DeliveryView['progress'],
    price: staff && row.price !== null && row.currency !== null ? money(row.price, row.currency) : undefined,
    waitsUntil: waitsUntil(row),
    to: staff ? row.to : undefined,
    report: staff ? (row.report ?? row.error) : undefined,
  }),
})
