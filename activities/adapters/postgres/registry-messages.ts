import type { PrismaClient } from '../../../prisma/connect'
import type { RegistryMessages } from '../../world'

/** Poll messages by the registry's own id. A message about a name belongs to the order whose item last asked this registry for it. */
export const createRegistryMessages = (prisma: PrismaClient): RegistryMessages => ({
  async keep({ registryId, message }) {
    const { id, at, name } = message
    const item = name === undefined ? undefined : await askedFor(prisma, { name, registryId })
    const caseId = item ? `order:${item.orderId}` : undefined
    const row = await prisma.registryMessage.upsert({
      where: { registryId_messageId: { registryId, messageId: id } },
      create: {
        registryId,
        messageId: id,
        at: new Date(at),
        name: name ?? null,
        caseId: caseId ?? null,
        data: JSON.parse(JSON.stringify(message)) as object,
      },
      update: {},
    })
    return { ...((row.caseId ?? caseId) ? { caseId: row.caseId ?? caseId ?? '' } : {}), acked: row.ackedAt !== null }
  },

  async acked({ registryId, messageId, at }) {
    await prisma.registryMessage.update({
      where: { registryId_messageId: { registryId, messageId } },
      data: { ackedAt: new Date(at) },
    })
  },
})

/** The registry may answer before the record shows that it is asked; the receipt is written before it is. */
async function askedFor(
  prisma: PrismaClient,
  { name, registryId }: { name: string; registryId: string },
): Promise<{ orderId: string } | undefined> {
  const [item] = await prisma.$queryRaw<{ orderId: string }[]>`
    select i."orderId" from "OrderItem" i join "Order" o on o.id = i."orderId"
      where i.name = ${name} and i."registryId" = ${registryId} and (
        i.state in ('REGISTERING', 'PENDING') or i.state in ('WAITING', 'PARKED') and exists (
          select 1 from "Receipt" r where r."caseId" = 'order:' || o.id and r."itemId" = i.id
             and r.command = 'domain:create' and r.outcome <> 'REFUSED'))
      order by i.state in ('REGISTERING', 'PENDING') desc, o."placedAt" desc limit 1`
  return item
}
