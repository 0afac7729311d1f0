import { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import { houseDay } from '../../../workflows/policy/calendar'
import type { ReturnedLetter } from '../../../workflows/messages/letter-returned'
import type { ReturnedLetters } from '../../world'

interface Row {
  id: string
  channel: string
  template: string
  number: string | null
  sentAt: Date | null
  createdAt: Date
  report: string | null
  caseId: string | null
  documents: string[]
}

/** What came back, with the invoices that it was about: its own, those that a reminder names, the one whose case has sent it. */
const rowsOf = (where: Prisma.Sql): Prisma.Sql => Prisma.sql`
  select v.id, v.channel, v.template, coalesce(d.number, v.params ->> 'number') as number, v."sentAt", v."createdAt", v.report, v."caseId",
         array(select jsonb_array_elements_text(case jsonb_typeof(v.params -> 'documents') when 'array' then v.params -> 'documents' else '[]' end)
               union select d.id where d.kind = 'INVOICE'
               union select split_part(substr(v."caseId", 12), '.', 1) where v."caseId" like 'collection:%') as documents
    from "Delivery" v left join "Document" d on d.id = v."documentId"
    where v.state = 'BOUNCED' and v."customerId" is not null and ${where}`

const letterOf = ({ id, channel, template, number, sentAt, createdAt, report }: Row): ReturnedLetter => ({
  deliveryId: id,
  channel: channel === 'letter' ? 'letter' : 'mail',
  ...{ template, number: number ?? '', on: houseDay((sentAt ?? createdAt).toISOString()) },
  // of a letter nothing is known but that it came back; what mail servers say often has the address in it, which is no matter for a story
  text: channel === 'letter' ? '' : (report ?? '').replace(/\S+@\S+/gu, '…').slice(0, 200),
})

/** What came back before the case of its invoice was begun, and has not been sent once more since. */
export async function returnedBefore(
  tx: Pick<Prisma.TransactionClient, '$queryRaw'>,
  documentId: string,
): Promise<ReturnedLetter[]> {
  const rows = await tx.$queryRaw<Row[]>(
    rowsOf(Prisma.sql`v."documentId" = ${documentId}
    and not exists (select 1 from "Delivery" a where a.key in (v.key || '/again', v.key || '/again/mail', v.key || '/again/letter')) order by v."createdAt"`),
  )
  return rows.map(letterOf)
}

/** The row is the truth: whoever dies between two of these tells it again, and its case counts it once. */
export const createReturnedLetters = (prisma: PrismaClient): ReturnedLetters => ({
  async untold({ limit }) {
    const rows = await prisma.$queryRaw<Row[]>(rowsOf(Prisma.sql`v."toldAt" is null order by v."reportedAt" limit ${limit}`))
    return rows.map((row) => ({ letter: letterOf(row), concerned: () => concerned(prisma, row) }))
  },

  async told({ deliveryId, at }) {
    await prisma.delivery.updateMany({
      where: { id: deliveryId, state: 'BOUNCED', toldAt: null },
      data: { toldAt: new Date(at) },
    })
  },
})

/** The chases of its invoices, and the case that sent it; a run has sent thousands. */
async function concerned(prisma: PrismaClient, { caseId, documents }: Row): Promise<string[]> {
  // whoever begins the chase at this moment is waited for: it has read what came back before, and must hear of what it has not seen
  await prisma.$queryRaw`select 1 from "Document" where id = any(${documents}) order by id for share`
  const chases = await prisma.collection.findMany({
    where: { documentId: { in: documents }, state: { in: ['open', 'paused'] } },
    select: { caseId: true },
    orderBy: { documentId: 'asc' },
  })
  const own = await prisma.case.findMany({
    where: { id: caseId ?? '', state: { not: 'DONE' }, kind: { notIn: ['collection', 'billing-run', 'dunning-run'] } },
    select: { id: true },
  })
  return [...chases.map((one) => one.caseId), ...own.map(({ id }) => id)]
}
