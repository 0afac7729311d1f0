import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { generateSync } from 'otplib'
import { aCustomer, openHouse, password, type House } from '../../dev/fixtures/house'
import { allOperations } from './index'
import { ask } from './operation'
import { problemOf } from './problems'
import type { Principal, SignUpInput } from './types'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

let addresses = 0
/** Every test comes from an address of its own, as the tries are counted by address too. */
const from = (given: Partial<Principal> = {}) => house.visitor({ ip: `198.51.100.${(addresses += 1)}`, ...given })

const signUp = (given: Partial<SignUpInput> = {}): SignUpInput => ({
  kind: 'individual',
  firstName: 'Jörg',
  lastName: 'Müller',
  email: `Joerg.${(addresses += 1)}@Example.com`,
  phone: '040 1234567',
  password,
  street: 'Große Straße 1',
  postcode: '20457',
  city: 'Hamburg',
  country: 'de',
  language: 'de',
  ...given,
})

const mailsTo = (email: string) =>
  house.deps.prisma.delivery.findMany({ where: { to: email.toLowerCase() }, orderBy: { createdAt: 'asc' } })
const linkIn = (mail: { params: unknown } | undefined): string =>
  new URL((mail?.params as { link: string }).link).pathname.split('/').at(-1) ?? ''

async function member(given: Partial<SignUpInput> = {}) {
  const input = signUp(given)
  await house.operations.account.signUp(from(), input)
  const user = await house.deps.prisma.user.findUniqueOrThrow({ where: { email: input.email.toLowerCase() } })
  return { ...user, input }
}

async function memberWithTotp() {
  const user = await member()
  const login = await house.operations.account.login(from(), { email: user.email, password })
  if (login.kind !== 'in') throw new Error(login.kind)
  const me = await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })
  const { secret } = await house.operations.account.totpBegin(me)
  const code = () => generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) })
  expect(await house.operations.account.totpConfirm(me, { code: code() })).toEqual({ kind: 'on' })
  house.clock.now = new Date(house.clock.now.getTime() + 60_000) // that code is used up
  return { ...user, me, code }
}

const pendingLogin = async (email: string) => {
  const login = await house.operations.account.login(from(), { email, password })
  if (login.kind !== 'totp') throw new Error(login.kind)
  return login.session.token
}

test('ACC-12 ACC-15 signing up makes customer and login, a verification mail, and after the link a welcome', async () => {
  const user = await member()
  const customer = await house.deps.prisma.customer.findUniqueOrThrow({ where: { id: user.customerId! } })
  expect(customer).toMatchObject({ kind: 'INDIVIDUAL', phone: '+49401234567', country: 'DE', email: user.email })
  expect(customer.number).toMatch(/^C-\d+$/)
  const [verification] = await mailsTo(user.email)
  expect(verification).toMatchObject({ template: 'mail.verify', state: 'QUEUED', language: 'de' })

  const token = linkIn(verification)
  expect(await house.operations.account.verifyEmail(from(), { token })).toEqual({ kind: 'verified' })
  expect((await mailsTo(user.email)).map((mail) => mail.template)).toEqual(['mail.verify', 'mail.welcome'])
  expect(await house.operations.account.verifyEmail(from(), { token })).toMatchObject({ kind: 'refused' })
})

test('the link in a mail leads to our own address, and what is kept of it opens nothing', async () => {
  const user = await member()
  const [mail] = await mailsTo(user.email)
  const { link } = mail!.params as { link: string }
  expect(link).toMatch(/^http:\/\/kontor\.test\/verify\/[\w-]{43}$/)
  const tokens = await house.deps.prisma.oneTimeToken.findMany({ where: { userId: user.id } })
  expect(JSON.stringify(tokens)).not.toContain(linkIn(mail))
})

test('ACC-16 a company without tax ID or billing address is refused at these fields, and nothing is made', async () => {
  const before = await house.deps.prisma.customer.count()
  const problem = await house.operations.account.signUp(from(), signUp({ kind: 'corporate' })).catch(problemOf)
  expect(problem).toMatchObject({ problem: 'invalid', status: 400 })
  const { fields } = problem as { fields: object }
  expect(Object.keys(fields)).toEqual(
    expect.arrayContaining(['organisation', 'vatId', 'taxOffice', 'billingStreet', 'billingCity']),
  )
  expect(await house.deps.prisma.customer.count()).toBe(before)
})

test('S5 known and unknown addresses are answered alike; the owner of the known one is told', async () => {
  const user = await member()
  expect(await house.operations.account.signUp(from(), { ...user.input, password: 'another long password' })).toEqual({
    kind: 'check-your-mail',
  })
  expect((await mailsTo(user.email)).at(-1)).toMatchObject({ template: 'mail.already-registered' })
  expect(await house.operations.account.login(from(), { email: user.email, password })).toMatchObject({ kind: 'in' })
  for (const email of [user.email, 'nobody@example.com']) {
    expect(await house.operations.account.forgotPassword(from(), { email })).toEqual({ kind: 'check-your-mail' })
    expect(await house.operations.account.login(from(), { email, password: 'wrong' })).toEqual({
      kind: 'refused',
      reason: { key: 'login.wrong' },
    })
  }
  expect(await mailsTo('nobody@example.com')).toEqual([])
})

test('five who sign up with one address at once are one account', async () => {
  const input = signUp()
  const answers = await Promise.all(Array.from({ length: 5 }, () => house.operations.account.signUp(from(), input)))
  expect(answers).toEqual(Array(5).fill({ kind: 'check-your-mail' }))
  expect(await house.deps.prisma.user.count({ where: { email: input.email.toLowerCase() } })).toBe(1)
  expect(await house.deps.prisma.customer.count({ where: { email: input.email.toLowerCase() } })).toBe(1)
})

test('ACC-09 a login opens a session that a logout ends; the record holds no token', async () => {
  const user = await member()
  const login = await house.operations.account.login(from(), { email: user.email.toUpperCase(), password })
  if (login.kind !== 'in') throw new Error(login.kind)
  const me = await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })
  expect(me).toMatchObject({ kind: 'customer', customerId: user.customerId, rights: { orders: 'edit' }, emailVerified: false })
  expect(JSON.stringify(await house.deps.prisma.session.findMany())).not.toContain(login.session.token)
  await house.operations.account.logout(me)
  expect(await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })).toMatchObject({
    kind: 'visitor',
  })
})

test('S5 the session changes at login, and the one before is gone', async () => {
  const user = await member()
  const first = await house.operations.account.login(from(), { email: user.email, password })
  if (first.kind !== 'in') throw new Error(first.kind)
  const me = await house.operations.account.principalOf({ token: first.session.token, ip: '192.0.2.1' })
  const second = await house.operations.account.login(me, { email: user.email, password })
  if (second.kind !== 'in') throw new Error(second.kind)
  expect(second.session.token).not.toBe(first.session.token)
  expect(await house.operations.account.principalOf({ token: first.session.token, ip: '192.0.2.1' })).toMatchObject({
    kind: 'visitor',
  })
})

test('S5 a locked login and an expired session are nobody', async () => {
  const customer = await aCustomer(house)
  const person = await house.person({ customer: customer.id })
  await house.deps.prisma.user.update({ where: { id: person.userId! }, data: { lockedAt: house.clock.now } })
  expect(await house.again(person)).toMatchObject({ kind: 'visitor', rights: {} })
  expect(await house.operations.account.login(from(), { email: person.email!, password })).toMatchObject({ kind: 'refused' })
  const other = await house.person({ customer: customer.id })
  await house.deps.prisma.session.update({
    where: { id: other.sessionId! },
    data: { expiresAt: new Date(house.clock.now.getTime() - 1) },
  })
  expect(await house.again(other)).toMatchObject({ kind: 'visitor' })
})

test('S5 five wrong passwords, then back-off, also for the right one and from elsewhere; a success gives the tries back', async () => {
  const user = await member()
  const attempt = (given: string) => house.operations.account.login(from(), { email: user.email, password: given })
  for (let n = 0; n < 4; n++) expect(await attempt('wrong')).toEqual({ kind: 'refused', reason: { key: 'login.wrong' } })
  expect(await attempt(password)).toMatchObject({ kind: 'in' })
  for (let n = 0; n < 5; n++) expect(await attempt('wrong')).toEqual({ kind: 'refused', reason: { key: 'login.wrong' } })
  const late = await attempt(password)
  expect(late).toMatchObject({ kind: 'refused', reason: { key: 'problem.too-many' } })
  expect((late as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThan(600)
})

test('S5 every operation about logins and passwords counts tries by account and by address', async () => {
  const secrets = allOperations.filter(({ name }) =>
    /^account\.(signUp|verifyEmail|resendVerification|login|loginTotp|forgotPassword|resetPassword|changePassword|totp\w+)$/.test(
      name,
    ),
  )
  expect(secrets.length).toBe(11)
  expect(secrets.filter(({ limit }) => !limit).map(({ name }) => name)).toEqual([])
  const strict = await openHouse({ triesPerIp: 6 })
  const customer = await aCustomer(strict)
  const person = await strict.person({ customer: customer.id })
  for (const operation of secrets) {
    const outcomes: string[] = []
    for (let n = 0; n < 8; n++) {
      outcomes.push(
        await ask(strict.deps, operation, person, {}).then(
          (answer) => ((answer as { retryAfterSeconds?: number }).retryAfterSeconds ? 'too-many' : 'answered'),
          (error: unknown) => problemOf(error)?.problem ?? String(error),
        ),
      )
    }
    expect({ name: operation.name, last: outcomes.at(-1) }).toEqual({ name: operation.name, last: 'too-many' })
  }
  await strict.close()
})

test('S5 of fifty who use a verification link at once exactly one gets through', async () => {
  const user = await member()
  const token = linkIn((await mailsTo(user.email))[0])
  // each from an address of its own: the count of tries is not what is proved here
  const answers = await Promise.all(Array.from({ length: 50 }, () => house.operations.account.verifyEmail(from(), { token })))
  expect(answers.filter(({ kind }) => kind === 'verified')).toHaveLength(1)
  expect((await mailsTo(user.email)).filter(({ template }) => template === 'mail.welcome')).toHaveLength(1)
})

test('S5 of fifty who use a reset link at once one sets the password; every session ends; an expired link is refused', async () => {
  const user = await member()
  const login = await house.operations.account.login(from(), { email: user.email, password })
  if (login.kind !== 'in') throw new Error(login.kind)
  await house.operations.account.forgotPassword(from(), { email: user.email })
  await house.operations.account.forgotPassword(from(), { email: user.email })
  const mails = (await mailsTo(user.email)).filter(({ template }) => template === 'mail.reset')
  expect(mails).toHaveLength(2)

  const candidates = Array.from({ length: 50 }, (_, n) => `new password number ${n}`)
  const answers = await Promise.all(
    candidates.map((candidate) =>
      house.operations.account.resetPassword(from(), { token: linkIn(mails[0]), password: candidate }),
    ),
  )
  const won = answers.findIndex(({ kind }) => kind === 'reset')
  expect(answers.filter(({ kind }) => kind === 'reset')).toHaveLength(1)
  expect(await house.operations.account.login(from(), { email: user.email, password: candidates[won]! })).toMatchObject({
    kind: 'in',
  })
  expect(await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })).toMatchObject({
    kind: 'visitor',
  })
  // the other link of the same request round died with it
  const second = await house.operations.account.resetPassword(from(), {
    token: linkIn(mails[1]),
    password: 'yet another password',
  })
  expect(second).toMatchObject({ kind: 'refused', reason: { key: 'link.used-or-expired' } })
  expect((await mailsTo(user.email)).at(-1)).toMatchObject({ template: 'mail.password-changed' })
})

test('S5 a reset link is good for an hour, and a verification link resets nothing', async () => {
  const user = await member()
  const verification = linkIn((await mailsTo(user.email))[0])
  expect(
    await house.operations.account.resetPassword(from(), { token: verification, password: 'a new long password' }),
  ).toMatchObject({
    kind: 'refused',
  })
  await house.operations.account.forgotPassword(from(), { email: user.email })
  const reset = linkIn((await mailsTo(user.email)).at(-1))
  const before = house.clock.now
  house.clock.now = new Date(before.getTime() + 3_600_001)
  expect(await house.operations.account.resetPassword(from(), { token: reset, password: 'a new long password' })).toMatchObject({
    kind: 'refused',
  })
  house.clock.now = before
})

test('ACC-09 with TOTP on, the password alone opens nothing', async () => {
  const user = await memberWithTotp()
  const token = await pendingLogin(user.email)
  expect(await house.operations.account.principalOf({ token, ip: '192.0.2.1' })).toMatchObject({ kind: 'visitor' })
  const login = await house.operations.account.loginTotp(from(), { token, code: user.code() })
  if (login.kind !== 'in') throw new Error(login.kind)
  expect(login.session.token).not.toBe(token)
  expect(await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })).toMatchObject({
    userId: user.id,
  })
})

test('S5 of fifty who use one TOTP code at once exactly one gets in, and afterwards nobody', async () => {
  const user = await memberWithTotp()
  const pending = await Promise.all(Array.from({ length: 4 }, () => pendingLogin(user.email)))
  const code = user.code()
  // the count of tries would stop most of them before the code is looked at: it is forgiven in between
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      await house.deps.limiter.forgive('account.loginTotp', user.id)
      return await house.operations.account.loginTotp(from(), { token: pending[n % 4]!, code })
    }),
  )
  expect(answers.filter(({ kind }) => kind === 'in')).toHaveLength(1)
  await house.deps.limiter.forgive('account.loginTotp', user.id)
  const again = await house.operations.account.loginTotp(from(), { token: await pendingLogin(user.email), code })
  expect(again).toMatchObject({ kind: 'refused', reason: { key: 'login.wrong-code' } })
})

test('S5 five wrong codes end the trying for the user, however many logins are begun', async () => {
  const user = await memberWithTotp()
  const wrong = (Number(user.code()) + 1).toString().padStart(6, '0').slice(-6)
  for (let n = 0; n < 5; n++) {
    const answer = await house.operations.account.loginTotp(from(), { token: await pendingLogin(user.email), code: wrong })
    expect(answer).toMatchObject({ kind: 'refused', reason: { key: 'login.wrong-code' } })
  }
  const answer = await house.operations.account.loginTotp(from(), { token: await pendingLogin(user.email), code: user.code() })
  expect(answer).toMatchObject({ kind: 'refused', reason: { key: 'problem.too-many' } })
})

test('S5 a new password by mail does not get past the second factor', async () => {
  const user = await memberWithTotp()
  await house.operations.account.forgotPassword(from(), { email: user.email })
  const token = linkIn((await mailsTo(user.email)).at(-1))
  await house.operations.account.resetPassword(from(), { token, password: 'a new long password' })
  expect(await house.operations.account.login(from(), { email: user.email, password: 'a new long password' })).toMatchObject({
    kind: 'totp',
  })
})

test('a changed password ends every session but the one that changed it', async () => {
  const customer = await aCustomer(house)
  const here = await house.person({ customer: customer.id })
  const login = await house.operations.account.login(from(), { email: here.email!, password })
  if (login.kind !== 'in') throw new Error(login.kind)
  const next = 'a whole new passphrase'
  expect(await house.operations.account.changePassword(here, { current: 'wrong', next })).toMatchObject({ kind: 'refused' })
  expect(await house.operations.account.changePassword(here, { current: password, next })).toEqual({ kind: 'changed' })
  expect(await house.again(here)).toMatchObject({ kind: 'customer' })
  expect(await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })).toMatchObject({
    kind: 'visitor',
  })
})

test('S5 an unknown address takes as long as a known one: the medians of logins lie close together', async () => {
  const user = await member()
  const took = async (email: string) => {
    const begun = performance.now()
    await house.operations.account.login(from(), { email, password: 'wrong' })
    return performance.now() - begun
  }
  const known: number[] = []
  const unknown: number[] = []
  for (let n = 0; n < 15; n++) {
    await house.deps.limiter.forgive('account.login', user.email)
    await house.deps.limiter.forgive('account.login', 'nobody@example.com')
    known.push(await took(user.email))
    unknown.push(await took('nobody@example.com'))
  }
  const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!
  // a skipped hash would be less than a third of it
  expect(median(unknown)).toBeGreaterThan(median(known) * 0.6)
})

test('hostile text in a sign-up is refused at its field or kept as text, and never runs', async () => {
  const cases: [Partial<SignUpInput>, string | undefined][] = [
    [{ firstName: 'x'.repeat(1_000_000) }, 'firstName'],
    [{ firstName: 'a\r\nBcc: all@example.com' }, 'firstName'],
    [{ email: 'a@b.example\r\nBcc: c@d.example' }, 'email'],
    [{ email: '💥@example.com' }, 'email'],
    [{ phone: '\'; drop table "User"; --' }, 'phone'],
    [{ country: 'XX' }, 'country'],
    [{ password: 'short' }, 'password'],
    [{ language: 'fr' as 'de' }, 'language'],
    [{ kind: 'robot' as 'individual' }, 'kind'],
    [{ firstName: 17 as unknown as string }, 'firstName'],
    [{ lastName: '<script>alert(1)</script>' }, undefined],
    [{ lastName: 'Robert\'); drop table "Customer"; --' }, undefined],
  ]
  for (const [given, field] of cases) {
    const input = signUp(given)
    const problem = await house.operations.account.signUp(from(), input).then(() => undefined, problemOf)
    if (field)
      expect({ given: field, problem }).toMatchObject({
        problem: { status: 400, fields: { [field]: { key: expect.any(String) as unknown } } },
      })
    else {
      expect(problem).toBeUndefined()
      const kept = await house.deps.prisma.customer.findFirst({ where: { email: input.email.toLowerCase() } })
      expect(kept?.lastName).toBe(given.lastName)
    }
  }
})
