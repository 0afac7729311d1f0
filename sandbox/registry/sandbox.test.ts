import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import type { Command } from './commands'
import type { DomainView, JournalPage, Page, RegistryView } from './control'
import { type House, ordinaryTld } from './house'
import { demoHouses } from './houses'
import { openRegistry, type Registry } from './registry'
import { createRegistrySandbox, type RegistrySandbox, startRegistrySandbox } from './sandbox'
import { yearsLater } from './rules'

const DAY = 86_400_000
const house: House = {
  id: 'memory',
  svId: 'Registry of the memory tests',
  repository: 'MEM',
  currency: 'EUR',
  maxSessions: 2,
  maxCheck: 10,
  hosts: ['ns1.kontor.example'],
  accounts: [
    { clientId: 'kontor', balance: 100_000, creditLimit: 500 },
    { clientId: 'other-registrar', balance: 100_000, creditLimit: 0 },
  ],
  tlds: {
    com: { ...ordinaryTld, taken: ['taken'] },
    late: { ...ordinaryTld, taken: [], pendingCreateMs: 5_000 },
    once: { ...ordinaryTld, taken: [], autoRenew: false },
  },
}

let cleaning: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleaning.reverse()) await clean()
  cleaning = []
})
const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-memory-'))
  cleaning.push(() => rmSync(dir, { recursive: true }))
  return dir
}

const tell = async (registry: Registry, command: Command, clientId = 'kontor') => {
  const outcome = await registry.perform(command, { clientId, clTRID: `key-${command.type}`, svTRID: registry.nextSvTRID() })
  if (outcome.kind !== 'answer') throw new Error(outcome.kind)
  return outcome.reply
}
const contact: Command = {
  type: 'contact:create',
  id: 'ADA-1',
  fields: {
    postal: [{ type: 'loc', name: 'Ada', address: { street: ['Weg 1'], city: 'Wien', pc: '1010', cc: 'AT' } }],
    voice: '+43.123456789',
    email: 'ada@example.at',
    authInfo: 'contact-secret',
  },
}
const create = (name: string): Command => ({
  type: 'domain:create',
  name,
  registrant: 'ADA-1',
  contacts: [],
  nameservers: ['ns1.kontor.example'],
  authInfo: 'name-secret',
})
const balance = (registry: Registry) => registry.rules.state.accounts.get('kontor')?.balance

const clocked = async (journalFile?: string) => {
  let ahead = 0
  const registry = await openRegistry({
    house,
    now: () => Date.now() + ahead,
    ...(journalFile === undefined ? {} : { journalFile }),
  })
  return { registry, ahead: (ms: number) => void (ahead += ms) }
}

test('a registry that is started again knows everything: objects, money, messages, what is pending', async () => {
  const file = join(folder(), 'memory.jsonl')
  const { registry, ahead } = await clocked(file)
  await tell(registry, contact)
  await tell(registry, create('kept.com'))
  await tell(registry, create('gone.com'))
  await tell(registry, { type: 'domain:delete', name: 'gone.com' })
  await tell(registry, create('told.late'))
  ahead(6_000)
  await registry.look()
  await tell(registry, create('waits.late'))
  const tables = (of: Registry) =>
    JSON.stringify(
      Object.values(of.rules.state).map((table) => (table instanceof Map ? [...table].sort(([a], [b]) => (a < b ? -1 : 1)) : 0)),
    )
  const before = tables(registry)
  await registry.close()
  const again = await openRegistry({ house, now: () => Date.now() + 6_000, journalFile: file })
  expect(tables(again)).toBe(before)
  expect(again.journal.entries()).toEqual(registry.journal.entries())
  expect(await tell(again, create('kept.com'))).toMatchObject({ code: 2302 })
  expect(await tell(again, { type: 'contact:delete', id: 'ADA-1' })).toMatchObject({ code: 2305 })
  expect(await tell(again, { type: 'poll', operation: 'req' })).toMatchObject({
    code: 1301,
    queue: { count: 1, data: { name: 'told.late', done: true } },
  })
  await again.close()
})

test('a line cut off by a crash is dropped, one without its end is kept; a journal damaged in its middle is not believed', async () => {
  const file = join(folder(), 'memory.jsonl')
  const { registry } = await clocked(file)
  await tell(registry, contact)
  await tell(registry, create('kept.com'))
  await registry.close()
  const whole = readFileSync(file, 'utf8')

  appendFileSync(file, '{"seq":4,"command":"domain:cre')
  const again = await openRegistry({ house, journalFile: file })
  expect(again.rules.state.domains.has('kept.com')).toBe(true)
  await tell(again, create('after.com'))
  await again.close()
  const third = await openRegistry({ house, journalFile: file })
  expect(third.rules.state.domains.has('after.com')).toBe(true)
  await third.close()

  writeFileSync(file, whole.trimEnd())
  const fourth = await openRegistry({ house, journalFile: file })
  await tell(fourth, create('after.com'))
  await fourth.close()
  const fifth = await openRegistry({ house, journalFile: file })
  expect([...fifth.rules.state.domains.keys()]).toEqual(['taken.com', 'kept.com', 'after.com'])
  await fifth.close()

  writeFileSync(file, whole.replace('"seq":2', '"seq":'))
  await expect(openRegistry({ house, journalFile: file })).rejects.toThrow('damaged')
})

test('nothing is answered before it is on disk', async () => {
  const file = join(folder(), 'memory.jsonl')
  const { registry } = await clocked(file)
  await tell(registry, contact)
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      await tell(registry, create(`name-${at}.com`))
      expect(readFileSync(file, 'utf8')).toContain(`"object":"name-${at}.com"`)
    }),
  )
  await registry.close()
})

test('money: a name costs its fee, a deletion within the grace period gives it back, credit ends where it ends', async () => {
  const { registry, ahead } = await clocked()
  await tell(registry, contact)
  await tell(registry, create('costs.com'))
  expect(balance(registry)).toBe(100_000 - 950)
  expect(await tell(registry, { type: 'domain:delete', name: 'costs.com' })).toMatchObject({
    code: 1000,
    data: { credit: { amount: -950 } },
  })
  expect(balance(registry)).toBe(100_000)
  await tell(registry, create('refused-one.late'))
  expect(balance(registry)).toBe(100_000 - 950)
  ahead(6_000)
  await registry.look()
  expect(balance(registry)).toBe(100_000)
  await registry.setBalance('kontor', 450)
  expect(await tell(registry, create('on-credit.com'))).toMatchObject({ code: 1000 })
  expect(balance(registry)).toBe(-500)
  expect(await tell(registry, create('too-much.com'))).toMatchObject({ code: 2104 })
  const fees = registry.journal.entries().reduce((sum, { fee = 0 }) => sum + fee, 0)
  expect(fees).toBe(950)
  await registry.close()
})

test('where nothing renews by itself, a name that lapses goes through redemption and is lost', async () => {
  const { registry, ahead } = await clocked()
  await tell(registry, contact)
  await tell(registry, create('lapses.once'))
  ahead(366 * DAY)
  expect(await tell(registry, { type: 'domain:info', name: 'lapses.once' })).toMatchObject({
    data: { domain: { statuses: ['pendingDelete'], rgpStatuses: ['redemptionPeriod'] } },
  })
  expect(
    await tell(registry, {
      type: 'domain:update',
      name: 'lapses.once',
      add: links,
      remove: links,
      addDs: [],
      removeDs: [],
      restore: true,
    }),
  ).toMatchObject({ code: 1000, data: { fee: { amount: 4000 } } })
  expect(Date.parse(registry.rules.state.domains.get('lapses.once')?.expiresOn ?? '')).toBeGreaterThan(Date.now() + 700 * DAY)
  ahead(731 * DAY)
  await registry.look()
  ahead(36 * DAY)
  expect(await tell(registry, { type: 'domain:info', name: 'lapses.once' })).toMatchObject({ code: 2303 })
  await registry.close()
})
const links = { nameservers: [], hostAttributes: [], contacts: [], statuses: [] }

test('a year later is the same day; 29 February becomes the 28th', () => {
  expect(yearsLater('2028-02-29T12:00:00.000Z', 1)).toBe('2029-02-28T12:00:00.000Z')
  expect(yearsLater('2028-02-29T12:00:00.000Z', 4)).toBe('2032-02-29T12:00:00.000Z')
  expect(yearsLater('2026-11-22T12:00:00.000Z', 10)).toBe('2036-11-22T12:00:00.000Z')
})

test('the demo registries run at least 28 top-level domains, each one once, some with pending creates, premium and taken names', async () => {
  const { registries } = await createRegistrySandbox()
  const tlds = [...registries.values()].flatMap(({ house: { tlds } }) => Object.keys(tlds))
  expect(new Set(tlds).size).toBe(tlds.length)
  expect(tlds.length).toBeGreaterThanOrEqual(28)
  expect(tlds).toEqual(expect.arrayContaining(['de', 'eu', 'com', 'net', 'org', 'berlin', 'at', 'ch', 'it', 'fr']))
  const all = demoHouses.flatMap(({ tlds: own }) => Object.values(own))
  expect(all.filter(({ pendingCreateMs }) => pendingCreateMs !== undefined).length).toBeGreaterThanOrEqual(2)
  expect(all.some(({ premium }) => Object.keys(premium).length > 0)).toBe(true)
  for (const registry of registries.values()) {
    expect(registry.rules.state.domains.size).toBeGreaterThan(0)
    await registry.close()
  }
})

// ── the sandbox as a whole ──

const started = async (dir: string, more: Partial<Parameters<typeof startRegistrySandbox>[0]> = {}) => {
  const sandbox = await startRegistrySandbox({ dir, houses: [house], controlPort: 0, ...more })
  let stopped = false
  const stop = async () => {
    if (!stopped) await sandbox.stop()
    stopped = true
  }
  cleaning.push(stop)
  return { sandbox, stop }
}

const http = (sandbox: RegistrySandbox) => {
  const call = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(`${sandbox.controlUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': type } }),
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }
  return {
    get: async <T>(path: string) => (await call('GET', path)).body as T,
    call,
  }
}

test('a second start over the same folder has the same ports’ accounts, passwords and certificates; secrets are the owner’s alone', async () => {
  const dir = folder()
  const first = await started(dir)
  const [account] = first.sandbox.registries
  await first.stop()
  const second = await started(dir)
  const [again] = second.sandbox.registries
  expect(again).toMatchObject({ clientId: 'kontor', password: account?.password, tlds: ['com', 'late', 'once'] })
  expect(readFileSync(again?.caFile ?? '', 'utf8')).toContain('BEGIN CERTIFICATE')
  for (const file of ['passwords.json', 'memory.jsonl', 'tls/client-kontor-key.pem', 'tls/server-key.pem']) {
    expect([file, statSync(join(dir, file)).mode & 0o077]).toEqual([file, 0])
  }
})

test('the server’s certificate carries the names that registrars use', async () => {
  const dir = folder()
  const first = await started(dir)
  await first.stop()
  const before = readFileSync(join(dir, 'tls', 'server.pem'), 'utf8')
  await started(dir, { serverNames: ['sandbox', '192.0.2.7'] })
  const certificate = new X509Certificate(readFileSync(join(dir, 'tls', 'server.pem')))
  expect(certificate.toString()).not.toBe(before)
  expect([certificate.checkHost('sandbox'), certificate.checkHost('localhost'), certificate.checkIP('192.0.2.7')]).toEqual([
    'sandbox',
    'localhost',
    '192.0.2.7',
  ])
})

test('a port that is taken is said, and nothing is left open', async () => {
  const first = await started(folder())
  const taken = first.sandbox.registries[0]?.port ?? 0
  const dir = folder()
  await expect(
    startRegistrySandbox({ dir, houses: [{ ...house, id: 'free' }, house], eppPorts: { memory: taken } }),
  ).rejects.toThrow('EADDRINUSE')
  await expect(
    startRegistrySandbox({ dir, houses: [{ ...house, id: 'free' }] }).then((again) => again.stop()),
  ).resolves.toBeUndefined()
})

test('a tester sees what the registries hold, page by page, and no secret', async () => {
  const { sandbox } = await started(folder())
  const { registry } = sandbox.at('memory')
  await tell(registry, contact)
  for (let at = 0; at < 5; at += 1) await tell(registry, create(`name-${at}.com`))
  await tell(registry, create('waits.late'))
  const { get } = http(sandbox)
  expect(await get<RegistryView[]>('/registries')).toMatchObject([
    {
      id: 'memory',
      tlds: ['com', 'late', 'once'],
      pendingTlds: ['late'],
      counts: { domains: 7, contacts: 1, hosts: 1, pending: 1 },
      behaviour: { slowMs: 0, down: false },
    },
  ])
  const page = await get<Page<DomainView>>('/registries/memory/domains?q=name-&limit=2&offset=1')
  expect(page).toMatchObject({ total: 5, offset: 1, items: [{ name: 'name-3.com' }, { name: 'name-2.com' }] })
  expect(await get('/registries/memory/domains?pending=true')).toMatchObject({
    total: 1,
    items: [{ name: 'waits.late', statuses: ['pendingCreate'], pending: true }],
  })
  expect(await get('/registries/memory/contacts')).toMatchObject({
    items: [{ id: 'ADA-1', name: 'Ada', country: 'AT', linked: true }],
  })
  expect(await get('/registries/memory/hosts?q=ns1')).toMatchObject({ items: [{ name: 'ns1.kontor.example', linked: true }] })
  const journal = await get<JournalPage>('/registries/memory/journal?command=domain:create&object=name-1.com')
  expect(journal).toMatchObject({ entries: [{ by: 'kontor', code: 1000, clTRID: 'key-domain:create', fee: 950 }] })
  expect(await get<JournalPage>(`/registries/memory/journal?after=${journal.last}`)).toMatchObject({ entries: [] })
  const everything = JSON.stringify(
    await Promise.all(
      ['', '/domains', '/contacts', '/hosts', '/queue', '/sessions', '/journal'].map((path) => get(`/registries/memory${path}`)),
    ),
  )
  for (const secret of ['name-secret', 'contact-secret', 'ada@example.at', sandbox.registries[0]?.password ?? ''])
    expect(everything).not.toContain(secret)
})

test('a tester makes a registry misbehave and calms it down, decides what is pending, and sets the credit', async () => {
  const { sandbox } = await started(folder())
  const { registry, server } = sandbox.at('memory')
  const { call, get } = http(sandbox)
  const at = '/registries/memory'
  expect(
    await call('PATCH', `${at}/behaviour`, { slowMs: 5, drop: { count: 2, command: 'domain:create' }, answer: { code: 2400 } }),
  ).toMatchObject({
    status: 200,
    body: { slowMs: 5, drop: { count: 2, command: 'domain:create' }, answer: { code: 2400 }, down: false },
  })
  expect((await call('PATCH', `${at}/behaviour`, { answer: null })).body).toEqual({
    slowMs: 5,
    drop: { count: 2, command: 'domain:create' },
    down: false,
  })
  await tell(registry, contact)
  await expect(tell(registry, create('a.com'))).rejects.toThrow('drop')
  expect(registry.behaviour().drop?.count).toBe(1)
  expect((await call('PATCH', `${at}/behaviour`, { down: true })).body).toMatchObject({ down: true })
  expect(server.sessions()).toEqual([])
  expect((await call('POST', `${at}/calm`, {})).body).toEqual({ slowMs: 0, down: false })

  await tell(registry, create('wanted.late'))
  expect((await call('POST', `${at}/pending/wanted.late`, { decision: 'refuse', reason: 'no <b>' })).status).toBe(200)
  expect(await get(`${at}/queue`)).toMatchObject([
    { text: 'Pending create refused: no <b>', data: { name: 'wanted.late', done: false } },
  ])
  expect((await call('POST', `${at}/pending/wanted.late`, { decision: 'approve' })).status).toBe(409)
  expect((await call('POST', `${at}/balance`, { balance: 5 })).status).toBe(200)
  expect(balance(registry)).toBe(5)

  for (const [method, path, body, type, status] of [
    ['GET', '/registries/nowhere', undefined, '', 404],
    ['PATCH', `${at}/behaviour`, { slowMs: -1 }, undefined, 400],
    ['PATCH', `${at}/behaviour`, { drop: { count: 'many' } }, undefined, 400],
    ['PATCH', `${at}/behaviour`, { answer: { code: 1000 } }, undefined, 400],
    ['PATCH', `${at}/behaviour`, '{', undefined, 400],
    ['PATCH', `${at}/behaviour`, 'down=true', 'application/x-www-form-urlencoded', 415],
    ['POST', `${at}/calm`, 'x', 'text/plain', 415],
    ['POST', `${at}/balance`, { balance: 'all' }, undefined, 400],
  ] as const) {
    expect([path, body, (await call(method, path, body, type || undefined)).status]).toEqual([path, body, status])
  }
})
