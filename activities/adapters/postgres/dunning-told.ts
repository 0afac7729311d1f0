import type { PrismaClient } from '../../../prisma/connect'
import type { LookAnswer } from '../../../workflows/activity-types'

const dayOf = (date: Date): string => date.toISOString().slice(0, 10)

interface Told {
  level: number
  lastOn: Date | null
  defaultOn: Date | null
  fees: number
  claimed: number | null
  blocks: boolean | null
  deferredTo: Date | null
  by: string | null
  name: string | null
  reason: { params?: { text?: string } } | null
}

/** What dunning runs did with an invoice: the last letter, when a run has sent it, and until when a run has put it off. */
export async function toldByRun(
  prisma: Pick<PrismaClient, '$queryRaw'>,
  documentId: string,
): Promise<Pick<LookAnswer, 'letter' | 'deferral'>> {
  const [row] = await prisma.$queryRaw<Told[]>`
    select c.level, c."lastOn", c."defaultOn", c.fees, l.claimed, l.blocks, c."deferredTo", o."changedBy" as by, u."displayName" as name, o.reason
      from "Collection" c
      left join "DunningRunLine" l on l."runId" = c."runId" and l."documentId" = c."documentId" and l.state = 'sent'
      left join lateral (select * from "DunningRunLine" o where o."documentId" = c."documentId" and o.state = 'deferred'
                           and o."deferredTo" = c."deferredTo" order by o."runId" desc limit 1) o on true
      left join "User" u on u.id = o."changedBy"
      where c."documentId" = ${documentId} and (c."runId" is not null or c."deferredTo" is not null)`
  if (!row) return {}
  const { level, lastOn, defaultOn, fees, claimed, blocks, deferredTo, by, name, reason } = row
  return {
    ...(claimed !== null && lastOn
      ? { letter: { level, on: dayOf(lastOn), defaultOn: dayOf(defaultOn ?? lastOn), fees, claimed, blocked: blocks === true } }
      : {}),
    ...(deferredTo && by !== null
      ? {
          deferral: {
            until: dayOf(deferredTo),
            by: { userId: by, name: name ?? '' },
            reason: reason?.params?.text ?? '',
          },
        }
      : {}),
  }
}
