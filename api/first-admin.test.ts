import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openHouse, type House } from '../dev/fixtures/house'
import { root } from '../dev/paths'
import { firstAdmin } from './first-admin'

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const baseUrl = 'https://shop.example'
const ada = { email: 'ada@example.com', name: 'Ada Adler', language: 'en' as const, again: false, baseUrl }
const make = (given: Partial<typeof ada> = {}) => firstAdmin(house.deps.prisma, { ...ada, ...given })
const setPassword = (link: string, password: string) =>
  house.operations.account.resetPassword(house.visitor(), { token: link.split('/').at(-1) ?? '', password })
const linkOf = (answer: Awaited<ReturnType<typeof make>>) => {
  if (answer.kind !== 'made') throw new Error(answer.why)
  return answer.link
}

test('of two first admins at once a new house gets one; the link opens the door to everything, once', async () => {
  const answers = await Promise.all([make(), make({ email: 'bert@example.com' })])
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['made', 'refused'])
  const link = linkOf(answers.find(({ kind }) => kind === 'made')!)
  expect(link).toMatch(/^https:\/\/shop\.example\/reset\/[\w-]{43}$/u)
  expect(await setPassword(link, 'a sentence of Ada’s own')).toEqual({ kind: 'reset' })
  expect(await setPassword(link, 'a sentence of Eve’s own')).toMatchObject({ kind: 'refused' })

  const [admin, ...others] = await house.deps.prisma.user.findMany({ where: { staffRole: 'ADMIN' } })
  expect(others).toEqual([])
  const login = await house.operations.account.login(house.visitor(), {
    ...{ email: admin!.email, password: 'a sentence of Ada’s own' },
  })
  if (login.kind !== 'in') throw new Error(login.kind)
  const me = await house.operations.account.principalOf({ token: login.session.token, ip: '192.0.2.1' })
  expect(me).toMatchObject({ kind: 'staff', userId: admin!.id })
  await expect(house.operations.customers.list(me, {})).resolves.toMatchObject({ rows: expect.any(Array) })
  expect(await house.deps.prisma.auditEntry.count({ where: { operation: 'firstAdmin', subject: admin!.id } })).toBe(1)
})

test('where an admin is, another one or a new link must be asked for; a customer’s login stays what it is', async () => {
  expect(await make({ email: 'cleo@example.com' })).toMatchObject({ kind: 'refused', why: expect.stringContaining('--again') })
  expect(await house.deps.prisma.user.count({ where: { email: 'cleo@example.com' } })).toBe(0)
  const first = linkOf(await make({ email: 'cleo@example.com', again: true }))
  const second = linkOf(await make({ email: 'cleo@example.com', again: true }))
  expect(second).not.toBe(first)
  expect(await setPassword(second, 'a sentence of Cleo’s own')).toEqual({ kind: 'reset' })

  await house.deps.prisma.user.create({ data: { email: 'erika@example.com', displayName: 'Erika', passwordHash: '-' } })
  expect(await make({ email: 'erika@example.com', again: true })).toMatchObject({ kind: 'refused' })
  const erika = await house.deps.prisma.user.findUniqueOrThrow({ where: { email: 'erika@example.com' } })
  expect(erika.staffRole).toBeNull()
})

test('a locked admin is none: a house whose only one is locked gets another, and the locked one no link that would not let it in', async () => {
  const { prisma } = house.deps
  await prisma.user.updateMany({ where: { staffRole: 'ADMIN' }, data: { lockedAt: new Date() } })
  try {
    const [locked] = await prisma.user.findMany({ where: { staffRole: 'ADMIN' } })
    const links = await prisma.oneTimeToken.count()
    for (const again of [false, true])
      expect(await make({ email: locked!.email, again })).toEqual({ kind: 'refused', why: expect.stringContaining('is locked') })
    expect(await prisma.oneTimeToken.count()).toBe(links)
    expect(await make({ email: 'hugo@example.com' })).toMatchObject({ kind: 'made' })
  } finally {
    await prisma.user.updateMany({ where: { staffRole: 'ADMIN' }, data: { lockedAt: null } })
  }
})

test('the link is good for a day', async () => {
  const early = new Date(Date.now() - 25 * 3_600_000)
  const answer = await firstAdmin(house.deps.prisma, { ...ada, email: 'dora@example.com', again: true }, early)
  expect(await setPassword(linkOf(answer), 'a sentence of Dora’s own')).toMatchObject({ kind: 'refused' })
})

test('npm run first-admin prints the link, and says what is missing', () => {
  const run = (...args: string[]) => {
    const { PATH } = process.env
    const env = { NODE_ENV: 'production' as const, PATH, DATABASE_URL: house.databaseUrl, BASE_URL: `${baseUrl}/` }
    return spawnSync(process.execPath, ['--import', 'tsx', 'api/first-admin.ts', ...args], { cwd: root, env, encoding: 'utf8' })
  }
  const made = run('--email', 'Fritz@Example.com', '--again')
  expect([made.status, made.stdout]).toEqual([
    0,
    expect.stringMatching(/^fritz@example\.com sets .*\nhttps:\/\/shop\.example\/reset\/\S{43}\n$/u),
  ])
  const refused = run('--email', 'gerda@example.com')
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('--again')])
  for (const wrong of [[], ['--mail', 'fritz@example.com'], ['--email']]) {
    const { status, stderr } = run(...wrong)
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^npm run first-admin -- --email/u)])
    expect(stderr).not.toMatch(/^\s+at /mu)
  }
})
