import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { RecordCase } from '../../../workflows/activity-types'
import type { CaseRecordPort } from '../../world'
import { storable } from './text'

/** held, given-up → HELD, GIVEN_UP: the record's enums are upper case */
const enumName = (word: string): string => word.toUpperCase().replaceAll('-', '_')

export const createCaseRecord = (prisma: PrismaClient): CaseRecordPort => ({
  record: (entry) => recordCase(prisma, entry),
})

/** One round trip: the function kontor_record_case (migration 0003) locks the case's row, chains the events, and sets the states. */
export async function recordCase(
  tx: Pick<Prisma.TransactionClient, '$executeRaw'>,
  { view, customerId, tlds, seq, events, order }: RecordCase,
): Promise<void> {
  const lastEvent = events.at(-1)
  const news = {
    case: {
      id: view.id,
      kind: view.kind,
      subject: view.subject,
      customerId,
      state: enumName(view.state),
      headline: view.headline,
      actor: view.awaits?.actor ?? 'nobody',
      waitingFor: view.awaits?.what.key,
      since: view.awaits?.since ?? view.closedAt ?? lastEvent?.at ?? view.startedAt,
      dueBy: view.awaits?.by,
      tlds,
      policy: view.policy,
      view,
      startedAt: view.startedAt,
      closedAt: view.closedAt,
    },
    seq: seq ?? lastEvent?.seq,
    events,
    order: order && {
      id: order.orderId,
      state: enumName(order.state),
      items: order.items.map(({ itemId, standing, reason, expiresOn }) => ({
        id: itemId,
        state: enumName(standing),
        reason,
        expiresOn,
      })),
    },
  }
  await tx.$executeRaw`select kontor_record_case(${JSON.stringify(news, storable)}::jsonb)`
}
