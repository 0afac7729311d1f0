/** The same POST with the same Idempotency-Key is done once and answered alike (draft-ietf-httpapi-idempotency-key-header-07). */
import { digestOf, sha256 } from '../../prisma/case-chain'
import type { PrismaClient } from '../../prisma/client/client'

export interface KeptAnswer {
  status: number
  body: unknown
}

export type Once =
  { kind: 'answered'; answer: KeptAnswer; replayed: boolean } | { kind: 'other-request' } | { kind: 'in-progress' }

export interface IdempotencyKeys {
  once(asked: { owner: string; key: string; request: unknown }, act: () => Promise<KeptAnswer>): Promise<Once>
  /** Forgets what is older than a day. */
  clear(): Promise<void>
}

/** An attempt that has not answered for so long died with its process: the next one may go on. */
const abandonedAfter = 60_000
const keptFor = 86_400_000

/** Answers that say "try again" are not kept, or the key would be good for nothing. */
const worthKeeping = ({ status }: KeptAnswer) => status < 500 && status !== 401 && status !== 403 && status !== 429

export const createIdempotencyKeys = (prisma: PrismaClient, now: () => Date = () => new Date()): IdempotencyKeys => ({
  async once({ owner, key, request }, act) {
    const id = sha256(`${owner}\n${key}`)
    const requestDigest = digestOf(request)
    // every click pays for these two: statements of our own (prisma/statements.ts)
    const begun = await prisma.$executeRaw`
      insert into "IdempotencyKey" (id, "requestDigest", "createdAt") values (${id}, ${requestDigest}, ${now()}) on conflict do nothing`
    if (begun === 0) {
      const before = await prisma.idempotencyKey.findUnique({ where: { id } })
      if (!before) return { kind: 'in-progress' }
      if (before.requestDigest !== requestDigest) return { kind: 'other-request' }
      if (before.status !== null)
        return { kind: 'answered', answer: { status: before.status, body: before.body ?? undefined }, replayed: true }
      const taken = await prisma.idempotencyKey.updateMany({
        where: { id, status: null, createdAt: { lt: new Date(now().getTime() - abandonedAfter) } },
        data: { createdAt: now() },
      })
      if (taken.count === 0) return { kind: 'in-progress' }
    }
    const answer = await act().catch(async (error: unknown) => {
      await prisma.idempotencyKey.deleteMany({ where: { id, status: null } })
      throw error
    })
    if (worthKeeping(answer)) {
      const body = answer.body === undefined ? null : JSON.stringify(answer.body)
      await prisma.$executeRaw`update "IdempotencyKey" set status = ${answer.status}, body = ${body}::jsonb where id = ${id}`
    } else {
      await prisma.idempotencyKey.deleteMany({ where: { id } })
    }
    return { kind: 'answered', answer, replayed: false }
  },
  async clear() {
    await prisma.idempotencyKey.deleteMany({ where: { createdAt: { lt: new Date(now().getTime() - keptFor) } } })
  },
})
