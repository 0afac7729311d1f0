/**
 * Lets the first person into a new house: makes a staff login that may do everything, and prints the link that sets its password. Whoever
 * can run this can write into the database anyway.
 *
 *   npm run first-admin -- --email ada@example.com [--name "Ada Adler"] [--language en]
 *   npm run first-admin -- --email ada@example.com --again      one more, or a new link for one whose password is lost
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { createPrisma, type PrismaClient } from '../prisma/connect'
import { emailField } from '../workflows/policy/people'
import { hashPassword, newToken } from './operations/secrets'

const linkLivesFor = 24 * 3_600_000

interface Asked {
  email: string
  name: string
  language: 'de' | 'en'
  /** although there is an admin already */
  again: boolean
  /** the house's address for people */
  baseUrl: string
}

/** The link works once, for a day; it proves the address, too. A customer's login is never made a staff login. */
export async function firstAdmin(
  prisma: PrismaClient,
  { email, name, language, again, baseUrl }: Asked,
  now = new Date(),
): Promise<{ kind: 'made'; link: string } | { kind: 'refused'; why: string }> {
  // nobody knows it: the link replaces it
  const passwordHash = await hashPassword(newToken().token)
  const { token, id } = newToken()
  return prisma.$transaction(async (record) => {
    // of two at once the second sees the first's admin
    await record.$executeRaw`select pg_advisory_xact_lock(hashtext('first-admin'))`
    const known = await record.user.findUnique({ where: { email } })
    if (known && known.staffRole !== 'ADMIN')
      return { kind: 'refused', why: `${email} has a login already, and it is no admin's: take another address.` }
    if (known?.lockedAt)
      return { kind: 'refused', why: `${email} is locked, and a new password would not let it in: take another address.` }
    if (!again && (await record.user.count({ where: { staffRole: 'ADMIN', lockedAt: null } })) > 0)
      return {
        kind: 'refused',
        why: 'There is an admin already: with --again there will be one more, or a new link for this one.',
      }
    const user =
      known ?? (await record.user.create({ data: { email, displayName: name, language, staffRole: 'ADMIN', passwordHash } }))
    await record.oneTimeToken.create({
      data: { id, userId: user.id, purpose: 'RESET_PASSWORD', expiresAt: new Date(now.getTime() + linkLivesFor) },
    })
    await record.auditEntry.create({ data: { operation: 'firstAdmin', subject: user.id, after: { email, again } } })
    return { kind: 'made', link: `${baseUrl}/reset/${token}` }
  })
}

const Arguments = z.object({
  email: emailField,
  name: z.string().trim().min(1).max(200).default('Admin'),
  language: z.enum(['de', 'en']).default('de'),
  again: z.boolean().default(false),
})
const Environment = z.object({ DATABASE_URL: z.string().min(1), BASE_URL: z.url().transform((url) => url.replace(/\/+$/, '')) })

const usage = 'npm run first-admin -- --email ada@example.com [--name "Ada Adler"] [--language en] [--again]'

/** What was typed; a string: what is wrong with it. */
function typed(): Record<string, unknown> | string {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
  const options = { email: text, name: text, language: text, again: flag }
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return (error as Error).message
  }
}

async function main(): Promise<number> {
  const values = typed()
  const asked = Arguments.safeParse(values)
  const environment = Environment.safeParse(process.env)
  if (!asked.success || !environment.success) {
    console.error(usage)
    if (typeof values === 'string') console.error(values)
    else for (const { error } of [asked, environment]) if (error) console.error(z.prettifyError(error))
    return 2
  }
  const prisma = createPrisma(environment.data.DATABASE_URL, { poolSize: 1 })
  try {
    const answer = await firstAdmin(prisma, { ...asked.data, baseUrl: environment.data.BASE_URL })
    if (answer.kind === 'refused') console.error(answer.why)
    else console.log(`${asked.data.email} sets a password here, once and within a day:\n${answer.link}`)
    return answer.kind === 'made' ? 0 : 1
  } finally {
    await prisma.$disconnect()
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main()
