import type { PrismaClient } from '../../../prisma/connect'
import type { RegistryMessages } from '../../world'

/** Poll messages by the registry's own id. A message about a name belongs to the order whose item last asked this registry for it. */
export const createRegistryMessages = (prisma: PrismaClient): RegistryMessages => ({
  async keep({ registryId, message }) {
    const { id, at, name } = message
    const item = name
      ? await prisma.orderItem.findFirst({
          where: { name, registryId, state: { in: ['REGISTERING', 'PENDING'] } },
          orderBy: { order: { placedAt: 'desc' } },
          select: { orderId: true },
        })
      : null
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
