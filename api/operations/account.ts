/** Who somebody is: sign-up, login, sessions, second factor. Every one of these is counted (S5), and none tells whether an address is known. */
import { setTimeout as pause } from 'node:timers/promises'
import { generateSecret, generateURI, verifySync } from 'otplib'
import QRCode from 'qrcode'
import { z } from 'zod'
import { emailField, passwordField, SignUp } from '../../workflows/policy/people'
import { said } from '../../workflows/policy/said'
import { queueDelivery } from '../../prisma/news'
import type { Context, Deps, RecordAccess } from './context'
import { mergeCarts } from './cart'
import { customerView } from './customer-view'
import { nothing } from './input'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'
import { ownerGrants, rightsOf } from './rights'
import { digestOfToken, hashPassword, newToken, passwordFits } from './secrets'
import { askVies } from './tax'
import type { Operations, Principal, SessionStarted, StaffRoleName } from './types'

const hour = 3_600_000
const day = 24 * hour
/** How long a session lives without being renewed by a login; staff log in every day. */
const sessionLife = { customer: 30 * day, staff: 12 * hour, pending: 10 * 60_000 }
const tokenLife = { VERIFY_EMAIL: 7 * day, RESET_PASSWORD: hour }
const issuer = 'Kontor'

const everybody = ['visitor', 'customer', 'staff'] as const
const loggedIn = ['customer', 'staff'] as const
const tokenText = z.string().min(1).max(200)
const codeText = z
  .string()
  .max(20)
  .transform((text) => text.replace(/\s+/g, ''))
const givenPassword = z.string().min(1).max(1000)

const after = (now: Date, milliseconds: number) => new Date(now.getTime() + milliseconds)

/** The same time for every answer, whatever had to be done for it: the clock tells nobody whether an address is known. */
async function evenly<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  const [answer] = await Promise.all([work(), pause(300)])
  return answer
}

interface MailedUser {
  id: string
  email: string
  displayName: string
  language: string
  customerId: string | null
}

/** A link that works once; only its digest is kept. */
async function mailLink(
  ctx: Context,
  record: RecordAccess,
  user: MailedUser,
  purpose: keyof typeof tokenLife,
  mail: { template: string; path: string },
): Promise<void> {
  const { token, id } = newToken()
  const now = ctx.wallNow()
  await record.oneTimeToken.create({ data: { id, userId: user.id, purpose, expiresAt: after(now, tokenLife[purpose]) } })
  await queueDelivery(record, {
    key: `${mail.template}:${id.slice(0, 32)}`,
    template: mail.template,
    to: user.email,
    language: user.language,
    params: { name: user.displayName, link: `${ctx.publicUrl}${mail.path}/${token}` },
    customerId: user.customerId,
  })
}

const mailVerification = (ctx: Context, record: RecordAccess, user: MailedUser) =>
  mailLink(ctx, record, user, 'VERIFY_EMAIL', { template: 'mail.verify', path: '/verify' })

/** Takes a one-time token: of fifty that try at once, one gets the user's id. */
async function redeem(
  record: RecordAccess,
  token: string,
  purpose: keyof typeof tokenLife,
  now: Date,
): Promise<string | undefined> {
  const taken = await record.oneTimeToken.updateManyAndReturn({
    where: { id: digestOfToken(token), purpose, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
    select: { userId: true },
  })
  return taken[0]?.userId
}

async function startSession(
  record: RecordAccess,
  { user, principal, userAgent, now, complete }: StartOfSession,
): Promise<SessionStarted> {
  const { token, id } = newToken()
  const expiresAt = after(now, !complete ? sessionLife.pending : user.staffRole ? sessionLife.staff : sessionLife.customer)
  await record.session.create({
    data: {
      id,
      userId: user.id,
      expiresAt,
      complete,
      lastSeenAt: now,
      ip: principal.ip,
      userAgent: userAgent?.slice(0, 200) ?? null,
    },
  })
  return { token, expiresAt: expiresAt.toISOString() }
}
interface StartOfSession {
  user: { id: string; staffRole: string | null }
  principal: Principal
  userAgent: string | undefined
  now: Date
  complete: boolean
}

/** Accepts a TOTP code (RFC 6238) once: the step must be later than the last one accepted, and only one of many at once gets to set it. */
async function takeCode(
  deps: Pick<Deps, 'prisma' | 'wallNow'>,
  user: { id: string; totpSecret: string | null },
  code: string,
): Promise<boolean> {
  if (!user.totpSecret || !/^\d{6}$/.test(code)) return false
  const epoch = Math.floor(deps.wallNow().getTime() / 1000)
  const answer = verifySync({ secret: user.totpSecret, token: code, epoch, epochTolerance: 30 })
  if (!answer.valid || !('timeStep' in answer)) return false
  const taken = await deps.prisma.user.updateMany({
    where: {
      id: user.id,
      totpSecret: user.totpSecret,
      OR: [{ totpLastStep: null }, { totpLastStep: { lt: answer.timeStep } }],
    },
    data: { totpLastStep: answer.timeStep },
  })
  return taken.count === 1
}

const me = async (ctx: Context, principal: Principal) => {
  const user = await ctx.prisma.user.findUnique({ where: { id: principal.userId ?? '' } })
  if (!user) throw new NotFound()
  return user
}

const wrongCode = { kind: 'refused', reason: said('login.wrong-code') } as const

export const account = {
  signUp: defineOperation({
    name: 'account.signUp',
    summary: 'Become a customer. The answer is the same for a known and an unknown address.',
    section: null,
    right: 'edit',
    who: everybody,
    input: SignUp,
    rest: { method: 'post', path: '/account/sign-up' },
    limit: { by: (_, input) => input.email, forgive: false },
    run: (ctx, principal, input) =>
      evenly(async () => {
        const passwordHash = await hashPassword(input.password)
        const answer = { kind: 'check-your-mail' } as const
        const known = await ctx.prisma.user.findUnique({ where: { email: input.email } })
        if (known) {
          await queueDelivery(ctx.prisma, {
            key: `mail.already-registered:${known.id}:${ctx.wallNow().toISOString().slice(0, 10)}`,
            template: 'mail.already-registered',
            to: known.email,
            language: known.language,
            params: { name: known.displayName, link: `${ctx.publicUrl}/login` },
            customerId: known.customerId,
          })
          return answer
        }
        const { password: _password, language, email, kind, ...person } = input
        const vatId = 'vatId' in person ? person.vatId : undefined
        const displayName = `${person.firstName} ${person.lastName}`
        try {
          await ctx.prisma.$transaction(async (record) => {
            const [{ number }] = await record.$queryRaw<[{ number: bigint }]>`select nextval('kontor_customer_number') as number`
            const customer = await record.customer.create({
              data: {
                ...definedOnly(person),
                number: `C-${number}`,
                kind: kind === 'corporate' ? 'CORPORATE' : 'INDIVIDUAL',
                email,
                language,
                ...(vatId ? { vatId, vatIdValidAt: ctx.now() } : {}),
              },
            })
            const user = await record.user.create({
              data: { email, displayName, passwordHash, customerId: customer.id, language, grants: { create: ownerGrants } },
            })
            await mailVerification(ctx, record, user)
            await ctx.note({ subject: customer.number, after: { userId: user.id } }, record)
          })
        } catch (error) {
          if ((error as { code?: string }).code !== 'P2002') throw error // signed up twice at once: one account, the same answer
        }
        return answer
      }),
  }),

  verifyEmail: defineOperation({
    name: 'account.verifyEmail',
    summary: 'Confirm an e-mail address with the link that was mailed to it.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ token: tokenText }),
    rest: { method: 'post', path: '/account/verify-email' },
    limit: { by: (principal) => principal.ip, forgive: true },
    async run(ctx, _, { token }): ReturnType<Operations['account']['verifyEmail']> {
      const verified = await ctx.prisma.$transaction(async (record) => {
        const userId = await redeem(record, token, 'VERIFY_EMAIL', ctx.wallNow())
        if (!userId) return undefined
        const user = await record.user.update({ where: { id: userId }, data: { emailVerifiedAt: ctx.wallNow() } })
        await queueDelivery(record, {
          key: `mail.welcome:${user.id}`,
          template: 'mail.welcome',
          to: user.email,
          language: user.language,
          params: { name: user.displayName, link: ctx.publicUrl },
          customerId: user.customerId,
        })
        return record.user.findUnique({ where: { id: userId }, select: { customer: { select: { id: true, vatId: true } } } })
      })
      if (!verified) return { kind: 'refused', reason: said('link.used-or-expired') }
      // there is somebody behind the number now: its member state is asked whether it knows it (BEY-37)
      if (verified.customer?.vatId) await askVies(ctx, verified.customer.id)
      return { kind: 'verified' }
    },
  }),

  resendVerification: defineOperation({
    name: 'account.resendVerification',
    summary: 'Have the verification mail sent again.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ email: emailField }),
    rest: { method: 'post', path: '/account/resend-verification' },
    limit: { by: (_, { email }) => email, forgive: false },
    run: (ctx, _, { email }) =>
      evenly(async () => {
        const user = await ctx.prisma.user.findUnique({ where: { email } })
        if (user && !user.emailVerifiedAt) await ctx.prisma.$transaction((record) => mailVerification(ctx, record, user))
        return { kind: 'check-your-mail' } as const
      }),
  }),

  login: defineOperation({
    name: 'account.login',
    summary: 'Log in with e-mail address and password; a second step follows where TOTP is on.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ email: emailField, password: givenPassword, userAgent: z.string().max(1000).optional() }),
    rest: { method: 'post', path: '/account/login', replay: false },
    limit: { by: (_, { email }) => email, forgive: true },
    whenTooMany: (retryAfterSeconds): Awaited<ReturnType<Operations['account']['login']>> => ({
      kind: 'refused',
      reason: said('problem.too-many', { minutes: Math.ceil(retryAfterSeconds / 60) }),
      retryAfterSeconds,
    }),
    async run(ctx, principal, { email, password, userAgent }): ReturnType<Operations['account']['login']> {
      const user = await ctx.prisma.user.findUnique({ where: { email } })
      const fits = await passwordFits(user?.passwordHash, password)
      if (!user || !fits || user.lockedAt) {
        await ctx.note({ subject: user?.id, after: { outcome: 'refused' } })
        return { kind: 'refused', reason: said('login.wrong') }
      }
      const complete = user.totpConfirmedAt === null
      const session = await ctx.prisma.$transaction(async (record) => {
        if (complete) await endGivenSession(record, principal)
        await ctx.note({ subject: user.id, after: { outcome: complete ? 'in' : 'totp' } }, record)
        return await startSession(record, { user, principal, userAgent, now: ctx.wallNow(), complete })
      })
      if (!complete) return { kind: 'totp', session }
      await mergeCarts(ctx, principal, user.customerId)
      return { kind: 'in', session, staff: user.staffRole !== null }
    },
  }),

  loginTotp: defineOperation({
    name: 'account.loginTotp',
    summary: 'The second step of a login: the code of the authenticator app.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ token: tokenText, code: codeText }),
    rest: { method: 'post', path: '/account/login/totp', replay: false },
    limit: {
      // by user, not by pending login: whoever knows the password could begin as many as they like
      by: async (principal, { token }, { prisma }) =>
        (await prisma.session.findUnique({ where: { id: digestOfToken(token) }, select: { userId: true } }))?.userId ??
        principal.ip,
      forgive: true,
    },
    whenTooMany: (retryAfterSeconds): Awaited<ReturnType<Operations['account']['loginTotp']>> => ({
      kind: 'refused',
      reason: said('problem.too-many', { minutes: Math.ceil(retryAfterSeconds / 60) }),
      retryAfterSeconds,
    }),
    async run(ctx, principal, { token, code }): ReturnType<Operations['account']['loginTotp']> {
      const pending = await ctx.prisma.session.findFirst({
        where: { id: digestOfToken(token), complete: false, expiresAt: { gt: ctx.wallNow() }, user: { lockedAt: null } },
        include: { user: true },
      })
      if (!pending) return { kind: 'refused', reason: said('login.begin-again') }
      const { user } = pending
      if (!(await takeCode(ctx, user, code))) {
        await ctx.note({ subject: user.id, after: { outcome: 'refused' } })
        return wrongCode
      }
      const session = await ctx.prisma.$transaction(async (record) => {
        await record.session.deleteMany({ where: { id: pending.id } })
        await endGivenSession(record, principal)
        await ctx.note({ subject: user.id, after: { outcome: 'in' } }, record)
        return await startSession(record, {
          user,
          principal,
          userAgent: pending.userAgent ?? undefined,
          now: ctx.wallNow(),
          complete: true,
        })
      })
      await mergeCarts(ctx, principal, user.customerId)
      return { kind: 'in', session, staff: user.staffRole !== null }
    },
  }),

  logout: defineOperation({
    name: 'account.logout',
    summary: 'End this session.',
    section: null,
    right: 'edit',
    who: everybody,
    input: nothing,
    rest: { method: 'post', path: '/account/logout', replay: false },
    async run(ctx, principal): Promise<void> {
      if (principal.sessionId) await ctx.prisma.session.deleteMany({ where: { id: principal.sessionId } })
    },
  }),

  forgotPassword: defineOperation({
    name: 'account.forgotPassword',
    summary: 'Have a link for a new password mailed. The answer is the same for a known and an unknown address.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ email: emailField }),
    rest: { method: 'post', path: '/account/forgot-password' },
    limit: { by: (_, { email }) => email, forgive: false },
    run: (ctx, _, { email }) =>
      evenly(async () => {
        const user = await ctx.prisma.user.findUnique({ where: { email } })
        if (user && !user.lockedAt) {
          await ctx.prisma.$transaction((record) =>
            mailLink(ctx, record, user, 'RESET_PASSWORD', { template: 'mail.reset', path: '/reset' }),
          )
        }
        return { kind: 'check-your-mail' } as const
      }),
  }),

  resetPassword: defineOperation({
    name: 'account.resetPassword',
    summary: 'Set a new password with the mailed link. Ends every session; a second factor stays.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ token: tokenText, password: passwordField }),
    rest: { method: 'post', path: '/account/reset-password' },
    limit: { by: (principal) => principal.ip, forgive: true },
    async run(ctx, _, { token, password }): ReturnType<Operations['account']['resetPassword']> {
      const passwordHash = await hashPassword(password)
      return await ctx.prisma.$transaction(async (record) => {
        const now = ctx.wallNow()
        const userId = await redeem(record, token, 'RESET_PASSWORD', now)
        if (!userId) return { kind: 'refused', reason: said('link.used-or-expired') }
        const user = await record.user.update({ where: { id: userId }, data: { passwordHash } })
        // who reads the mail owns the address
        if (!user.emailVerifiedAt) await record.user.update({ where: { id: userId }, data: { emailVerifiedAt: now } })
        await record.oneTimeToken.updateMany({
          where: { userId, purpose: 'RESET_PASSWORD', usedAt: null },
          data: { usedAt: now },
        })
        await record.session.deleteMany({ where: { userId } })
        await mailPasswordChanged(ctx, record, user)
        await ctx.note({ subject: userId }, record)
        return { kind: 'reset' }
      })
    },
  }),

  profile: defineOperation({
    name: 'account.profile',
    summary: 'Who you are here, and where you are logged in.',
    section: null,
    right: 'see',
    who: loggedIn,
    input: nothing,
    rest: { method: 'get', path: '/account' },
    async run(ctx, principal): ReturnType<Operations['account']['profile']> {
      const user = await ctx.prisma.user.findUnique({
        where: { id: principal.userId ?? '' },
        include: { sessions: { where: { complete: true, expiresAt: { gt: ctx.wallNow() } }, orderBy: { lastSeenAt: 'desc' } } },
      })
      if (!user) throw new NotFound()
      const mayReadCustomer = principal.customerId !== undefined && Object.keys(principal.rights).length > 0
      const customer = mayReadCustomer
        ? await ctx.record((record) =>
            record.customer.findUnique({
              where: { id: principal.customerId! },
              include: { _count: { select: { orders: true } } },
            }),
          )
        : null
      return {
        user: {
          email: user.email,
          name: user.displayName,
          verified: user.emailVerifiedAt !== null,
          totp: user.totpConfirmedAt !== null,
          language: user.language,
        },
        ...(customer ? { customer: customerView(customer) } : {}),
        sessions: user.sessions.map((session) => ({
          id: session.id,
          current: session.id === principal.sessionId,
          createdAt: session.createdAt.toISOString(),
          lastSeenAt: session.lastSeenAt.toISOString(),
          ...(session.ip ? { ip: session.ip } : {}),
          ...(session.userAgent ? { userAgent: session.userAgent } : {}),
        })),
      }
    },
  }),

  setLanguage: defineOperation({
    name: 'account.setLanguage',
    summary: 'The language of pages and mails.',
    section: null,
    right: 'edit',
    who: everybody,
    input: z.object({ language: z.enum(['de', 'en']) }),
    rest: { method: 'put', path: '/account/language' },
    async run(ctx, principal, { language }): Promise<void> {
      if (!principal.userId) return
      await ctx.prisma.user.update({ where: { id: principal.userId }, data: { language } })
    },
  }),

  changePassword: defineOperation({
    name: 'account.changePassword',
    summary: 'A new password; every other session ends.',
    section: null,
    right: 'edit',
    who: loggedIn,
    input: z.object({ current: givenPassword, next: passwordField }),
    rest: { method: 'post', path: '/account/password', replay: false },
    limit: { by: (principal) => principal.userId, forgive: true },
    async run(ctx, principal, { current, next }): ReturnType<Operations['account']['changePassword']> {
      const user = await me(ctx, principal)
      if (!(await passwordFits(user.passwordHash, current))) return { kind: 'refused', reason: said('login.wrong-password') }
      const passwordHash = await hashPassword(next)
      await ctx.prisma.$transaction(async (record) => {
        await record.user.update({ where: { id: user.id }, data: { passwordHash } })
        await record.session.deleteMany({ where: { userId: user.id, id: { not: principal.sessionId ?? '' } } })
        await mailPasswordChanged(ctx, record, user)
        await ctx.note({ subject: user.id }, record)
      })
      return { kind: 'changed' }
    },
  }),

  endSession: defineOperation({
    name: 'account.endSession',
    summary: 'Log out another browser of yours.',
    section: null,
    right: 'edit',
    who: loggedIn,
    input: z.object({ sessionId: z.string().regex(/^[0-9a-f]{64}$/) }),
    rest: { method: 'delete', path: '/account/sessions/{sessionId}' },
    audit: true,
    async run(ctx, principal, { sessionId }): Promise<void> {
      const ended = await ctx.prisma.session.deleteMany({ where: { id: sessionId, userId: principal.userId ?? '' } })
      if (ended.count === 0) throw new NotFound()
    },
  }),

  totpBegin: defineOperation({
    name: 'account.totpBegin',
    summary: 'A secret for an authenticator app; it counts once a code of it was confirmed.',
    section: null,
    right: 'edit',
    who: loggedIn,
    input: nothing,
    rest: { method: 'post', path: '/account/totp', replay: false },
    limit: { by: (principal) => principal.userId && `begin ${principal.userId}`, forgive: true },
    async run(ctx, principal): ReturnType<Operations['account']['totpBegin']> {
      const secret = generateSecret()
      const begun = await ctx.prisma.user.updateMany({
        where: { id: principal.userId ?? '', totpConfirmedAt: null },
        data: { totpSecret: secret, totpLastStep: null },
      })
      if (begun.count === 0) throw new Invalid({ '': said('totp.already-on') })
      const uri = generateURI({ issuer, label: principal.email ?? '', secret })
      return { secret, uri, qrSvg: await QRCode.toString(uri, { type: 'svg', margin: 1 }) }
    },
  }),

  totpConfirm: defineOperation({
    name: 'account.totpConfirm',
    summary: 'Turns the second factor on with a first code.',
    section: null,
    right: 'edit',
    who: loggedIn,
    input: z.object({ code: codeText }),
    rest: { method: 'post', path: '/account/totp/confirm' },
    limit: { by: (principal) => principal.userId, forgive: true },
    async run(ctx, principal, { code }): ReturnType<Operations['account']['totpConfirm']> {
      const user = await me(ctx, principal)
      if (user.totpConfirmedAt) return { kind: 'refused', reason: said('totp.already-on') }
      if (!(await takeCode(ctx, user, code))) return wrongCode
      await ctx.prisma.$transaction(async (record) => {
        await record.user.update({ where: { id: user.id }, data: { totpConfirmedAt: ctx.wallNow() } })
        await record.session.deleteMany({ where: { userId: user.id, id: { not: principal.sessionId ?? '' } } })
        await ctx.note({ subject: user.id }, record)
      })
      return { kind: 'on' }
    },
  }),

  totpOff: defineOperation({
    name: 'account.totpOff',
    summary: 'Turns the second factor off; needs password and a code.',
    section: null,
    right: 'edit',
    who: loggedIn,
    input: z.object({ password: givenPassword, code: codeText }),
    rest: { method: 'post', path: '/account/totp/off' },
    limit: { by: (principal) => principal.userId, forgive: true },
    async run(ctx, principal, { password, code }): ReturnType<Operations['account']['totpOff']> {
      const user = await me(ctx, principal)
      if (!(await passwordFits(user.passwordHash, password))) return { kind: 'refused', reason: said('login.wrong-password') }
      if (!user.totpConfirmedAt || !(await takeCode(ctx, user, code))) return wrongCode
      await ctx.prisma.$transaction(async (record) => {
        await record.user.update({
          where: { id: user.id },
          data: { totpSecret: null, totpConfirmedAt: null, totpLastStep: null },
        })
        await ctx.note({ subject: user.id }, record)
      })
      return { kind: 'off' }
    },
  }),
}

/** A browser that logs in anew leaves its old session behind: no id outlives a change of who somebody is. */
const endGivenSession = async (record: RecordAccess, principal: Principal): Promise<void> => {
  if (principal.sessionId) await record.session.deleteMany({ where: { id: principal.sessionId } })
}

const mailPasswordChanged = (ctx: Context, record: RecordAccess, user: MailedUser) =>
  queueDelivery(record, {
    key: `mail.password-changed:${user.id}:${ctx.wallNow().toISOString()}`,
    template: 'mail.password-changed',
    to: user.email,
    language: user.language,
    params: { name: user.displayName, link: `${ctx.publicUrl}/forgot`, at: ctx.wallNow().toISOString() },
    customerId: user.customerId,
  })

const definedOnly = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

interface SessionRow {
  id: string
  lastSeenAt: Date
  userId: string
  email: string
  displayName: string
  verified: boolean
  customerId: string | null
  staffRole: string | null
  language: string
  grants: { section: string; right: string }[]
}

/** The principal behind a cookie, read from the record at each request: a revoked grant, a locked user, an ended session act at once. */
export const principalOf =
  (deps: Pick<Deps, 'prisma' | 'wallNow'>): Operations['account']['principalOf'] =>
  async ({ token, cartId, visit, ip, language }) => {
    const brought = {
      ...(cartId !== undefined && uuid.test(cartId) ? { cartId } : {}),
      ...(visit !== undefined && uuid.test(visit) ? { visit } : {}),
    }
    const visitor: Principal = { kind: 'visitor', rights: {}, language: language ?? 'de', ip, ...brought }
    if (!token || token.length > 200) return visitor
    const now = deps.wallNow()
    const [found] = await deps.prisma.$queryRaw<SessionRow[]>`
      select s.id, s."lastSeenAt", u.id as "userId", u.email, u."displayName", u."emailVerifiedAt" is not null as verified, u."customerId",
             u."staffRole"::text as "staffRole", u.language,
             coalesce((select json_agg(json_build_object('section', g.section, 'right', g."right")) from "Grant" g where g."userId" = u.id), '[]') as grants
        from "Session" s join "User" u on u.id = s."userId"
       where s.id = ${digestOfToken(token)} and s.complete and s."expiresAt" > ${now} and u."lockedAt" is null`
    if (!found) return visitor
    if (now.getTime() - found.lastSeenAt.getTime() > 60_000) {
      await deps.prisma.session.updateMany({ where: { id: found.id }, data: { lastSeenAt: now } })
    }
    const staffRole = found.staffRole ? (found.staffRole.toLowerCase() as StaffRoleName) : undefined
    return {
      kind: staffRole ? 'staff' : 'customer',
      userId: found.userId,
      name: found.displayName,
      email: found.email,
      emailVerified: found.verified,
      ...(found.customerId && !staffRole ? { customerId: found.customerId } : {}),
      ...(staffRole ? { staffRole } : {}),
      rights: rightsOf(staffRole, found.grants),
      language: found.language === 'en' ? 'en' : 'de',
      sessionId: found.id,
      ip,
      ...brought,
    }
  }
