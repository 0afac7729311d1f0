import { createConnection } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type House, ordinaryTld } from './house'
import { type RegistrySandbox, type SandboxAccount, startRegistrySandbox } from './sandbox'
import { schemaError } from './schema'
import { namespaces } from './wire'

const house: House = {
  id: 'door',
  svId: 'Registry of the door tests',
  repository: 'DOOR',
  currency: 'EUR',
  maxSessions: 2,
  maxCheck: 10,
  hosts: [],
  accounts: [
    { clientId: 'kontor', balance: 10_000_000, creditLimit: 0 },
    { clientId: 'other-registrar', balance: 10_000_000, creditLimit: 0 },
  ],
  tlds: { com: { ...ordinaryTld, registrantRequired: false } },
}

const dir = mkdtempSync(join(tmpdir(), 'kontor-door-'))
let sandbox: RegistrySandbox
const wrong: string[] = []
const sockets = new Set<TLSSocket>()

beforeAll(async () => {
  sandbox = await startRegistrySandbox({
    dir,
    houses: [house],
    onFrame: (_id, direction, xml) => {
      const error = direction === 'out' ? schemaError(xml) : undefined
      if (error !== undefined) wrong.push(`${error}\n${xml}`)
    },
  })
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await sandbox.stop()
  rmSync(dir, { recursive: true })
})

const account = (index: number): SandboxAccount => {
  const found = sandbox.registries[0]?.accounts[index]
  if (!found) throw new Error('no account')
  return found
}

const framed = (body: Buffer | string) => {
  const bytes = Buffer.from(body)
  const header = Buffer.alloc(4)
  header.writeUInt32BE(bytes.length + 4)
  return Buffer.concat([header, bytes])
}

/** A client that knows nothing but frames. `next` is the next frame, or 'closed'. */
const dial = async ({ certFile, keyFile }: { certFile: string; keyFile: string } = account(0)) => {
  const at = sandbox.registries[0]
  if (!at) throw new Error('no registry')
  const socket = connect({
    host: at.host,
    port: at.port,
    ca: readFileSync(at.caFile),
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
  })
  sockets.add(socket)
  let bytes = Buffer.alloc(0)
  let closed = false
  const frames: string[] = []
  let wake = () => {}
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 4 && bytes.length >= bytes.readUInt32BE(0)) {
      frames.push(bytes.subarray(4, bytes.readUInt32BE(0)).toString('utf8'))
      bytes = bytes.subarray(bytes.readUInt32BE(0))
    }
    wake()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    closed = true
    sockets.delete(socket)
    wake()
  })
  const next = async (): Promise<string> => {
    while (frames.length === 0 && !closed) await new Promise<void>((woken) => (wake = woken))
    return frames.shift() ?? 'closed'
  }
  const client = {
    socket,
    next,
    greeting: await next(),
    async ask(xml: Buffer | string) {
      socket.write(framed(xml))
      return next()
    },
    async code(xml: Buffer | string) {
      const answer = await client.ask(xml)
      return answer === 'closed' ? answer : Number(/<result code="(\d+)"/.exec(answer)?.[1])
    },
    /** resolves when the registry has noticed too */
    async hangUp() {
      if (!closed) await new Promise((done) => void socket.once('close', done).destroy())
      while (sandbox.at('door').server.sessions().length > sockets.size) await new Promise((later) => setImmediate(later))
    },
  }
  return client
}

const command = (inner: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="${namespaces['']}"><command>${inner}<clTRID>T-12345</clTRID></command></epp>`
const login = (
  { clientId, password }: { clientId: string; password: string },
  { objects = [namespaces.domain], extensions = [] as string[], newPassword = '', version = '1.0', lang = 'en' } = {},
) =>
  command(
    `<login><clID>${clientId}</clID><pw>${password}</pw>${newPassword && `<newPW>${newPassword}</newPW>`}<options><version>${version}</version><lang>${lang}</lang></options>` +
      `<svcs>${objects.map((uri) => `<objURI>${uri}</objURI>`).join('')}${
        extensions.length > 0 ? `<svcExtension>${extensions.map((uri) => `<extURI>${uri}</extURI>`).join('')}</svcExtension>` : ''
      }</svcs></login>`,
  )
const info = (name: string) =>
  command(`<info><domain:info xmlns:domain="${namespaces.domain}"><domain:name>${name}</domain:name></domain:info></info>`)
const hello = `<epp xmlns="${namespaces['']}"><hello/></epp>`

test('it greets, answers a hello with the greeting, and lists what it can do', async () => {
  const client = await dial()
  expect(client.greeting).toContain(`<svID>${house.svId}</svID>`)
  for (const uri of [
    namespaces.domain,
    namespaces.contact,
    namespaces.host,
    namespaces.secDNS,
    namespaces.rgp,
    namespaces.launch,
    namespaces.fee,
  ]) {
    expect(client.greeting).toContain(uri)
  }
  expect(await client.ask(hello)).toContain('<greeting>')
  await client.hangUp()
})

test('nobody without a certificate of the sandbox comes in, and no registrar with another’s', async () => {
  const at = sandbox.registries[0]
  const bare = connect({ host: at?.host ?? '', port: at?.port ?? 0, ca: readFileSync(at?.caFile ?? '') })
  const heard: Buffer[] = []
  bare.on('data', (chunk: Buffer) => heard.push(chunk))
  await new Promise<void>((closed) => bare.on('error', () => undefined).on('close', () => closed()))
  expect(heard).toEqual([])
  const client = await dial(account(1))
  expect(await client.code(login(account(0)))).toBe(2200)
  await client.hangUp()
})

test('a login: before it nothing, after it no second, and only with what the registry knows', async () => {
  const client = await dial()
  expect(await client.code(info('google.com'))).toBe(2002)
  expect(await client.code(login(account(0), { version: '1.0', lang: 'de' }))).toBe(2102)
  expect(await client.code(login(account(0), { objects: ['urn:ietf:params:xml:ns:nothing-1.0'] }))).toBe(2307)
  expect(await client.code(login(account(0), { extensions: ['urn:ietf:params:xml:ns:nothing-1.0'] }))).toBe(2103)
  expect(await client.code(login(account(0)))).toBe(1000)
  expect(await client.code(login(account(0)))).toBe(2002)
  expect(await client.code(command('<logout/>'))).toBe(1500)
  expect(await client.next()).toBe('closed')
})

test('three wrong passwords and the connection is closed', async () => {
  const client = await dial()
  const guess = login({ clientId: 'kontor', password: 'wrong-guess' })
  expect([await client.code(guess), await client.code(guess), await client.code(guess), await client.next()]).toEqual([
    2200,
    2200,
    2501,
    'closed',
  ])
})

test('more sessions than allowed are refused, and a session that ends makes room', async () => {
  const clients = await Promise.all([dial(), dial(), dial()])
  const [first, second, third] = clients
  expect(await first.code(login(account(0)))).toBe(1000)
  expect(await second.code(login(account(0)))).toBe(1000)
  expect(await third.code(login(account(0)))).toBe(2502)
  expect(await third.next()).toBe('closed')
  expect(await first.code(command('<logout/>'))).toBe(1500)
  const fourth = await dial()
  expect(await fourth.code(login(account(0)))).toBe(1000)
  await Promise.all(clients.concat(fourth).map((client) => client.hangUp()))
})

test('a new password holds from the next login on, also a long one by RFC 8807', async () => {
  const other = account(1)
  const client = await dial(other)
  expect(await client.code(login(other, { newPassword: 'brand-new-pw' }))).toBe(1000)
  await client.hangUp()
  const again = await dial(other)
  expect(await again.code(login(other))).toBe(2200)
  expect(await again.code(login({ ...other, password: 'brand-new-pw' }))).toBe(1000)
  await again.hangUp()
})

test('what it does not know it says', async () => {
  const client = await dial()
  await client.code(login(account(0)))
  const unknownObject = command(`<info><obj:info xmlns:obj="urn:ietf:params:xml:ns:obj"><obj:name>a</obj:name></obj:info></info>`)
  const unknownExtension = info('google.com').replace('<clTRID>', '<extension><x:y xmlns:x="urn:x"/></extension><clTRID>')
  const noVerb = command('<frobnicate/>')
  const unfit = info('x'.repeat(300))
  const transferContact = command(
    `<transfer op="query"><contact:transfer xmlns:contact="${namespaces.contact}"><contact:id>AAA</contact:id></contact:transfer></transfer>`,
  )
  const response = `<epp xmlns="${namespaces['']}"><response><result code="1000"><msg>no</msg></result><trID><svTRID>abc</svTRID></trID></response></epp>`
  const codes: unknown[] = []
  for (const xml of [unknownObject, unknownExtension, noVerb, unfit, transferContact, response])
    codes.push(await client.code(xml))
  expect(codes).toEqual([2307, 2103, 2001, 2001, 2101, 2000])
  await client.hangUp()
})

test('commands sent without waiting are answered in their order', async () => {
  const client = await dial()
  await client.code(login(account(0)))
  const ids = Array.from({ length: 30 }, (_, at) => `T-${at + 100}`)
  client.socket.write(Buffer.concat(ids.map((id) => framed(info('google.com').replace('T-12345', id)))))
  const answered: (string | undefined)[] = []
  for (const _ of ids) answered.push(/<clTRID>([^<]*)</.exec(await client.next())?.[1])
  expect(answered).toEqual(ids)
  await client.hangUp()
})

test('hostile frames are refused, quickly, and the session goes on', async () => {
  const client = await dial()
  await client.code(login(account(0)))
  const bomb = `<?xml version="1.0"?><!DOCTYPE epp [${'abcdefghij'
    .split('')
    .map((name, at, names) => `<!ENTITY ${name} "${at === 0 ? 'ha' : `&${names[at - 1]};`.repeat(10)}">`)
    .join('')}]><epp xmlns="${namespaces['']}"><command>&j;</command></epp>`
  const hostile: Record<string, Buffer | string> = {
    bomb,
    'external entity': `<!DOCTYPE epp [<!ENTITY x SYSTEM "file:///etc/passwd">]>${info('&x;')}`,
    'external DTD': `<!DOCTYPE epp SYSTEM "http://127.0.0.1:1/x.dtd">${info('google.com')}`,
    'entity without DTD': info('&x;'),
    'not UTF-8': Buffer.concat([Buffer.from(info('a')), Buffer.from([0xc3, 0x28])]),
    'UTF-16': Buffer.from(`\ufeff${info('google.com').replace('UTF-8', 'UTF-16')}`, 'utf16le'),
    'another encoding declared': info('google.com').replace('UTF-8', 'ISO-8859-1'),
    'no XML': 'GET / HTTP/1.1\r\n\r\n',
    'half XML': info('google.com').slice(0, 100),
    'two roots': `${info('google.com')}<epp/>`,
    deep: `<epp xmlns="${namespaces['']}"><command>${'<a>'.repeat(30_000)}`,
    'deep and closed': `<epp xmlns="${namespaces['']}"><command>${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}<clTRID>T-1</clTRID></command></epp>`,
    'many attributes': `<epp ${Array.from({ length: 9_000 }, (_, at) => `a${at}="x"`).join(' ')}/>`,
    'a null character': info('goo\u0000gle.com'),
  }
  for (const [name, frame] of Object.entries(hostile)) {
    const began = Date.now()
    const answer = await client.ask(frame)
    expect([name, /<result code="(\d+)"/.exec(answer)?.[1]]).toEqual([name, name === 'deep and closed' ? '2307' : '2001'])
    expect(answer).not.toContain('root:')
    expect(Date.now() - began).toBeLessThan(10_000)
  }
  expect(await client.code(info('google.com'))).toBe(1000)
  await client.hangUp()
})

test('a frame of five megabytes, or of no length, ends the connection before it is read', async () => {
  for (const header of [5 * 1024 * 1024, 0xffffffff, 4, 0]) {
    const client = await dial()
    const bytes = Buffer.alloc(64 * 1024)
    bytes.writeUInt32BE(header)
    client.socket.write(bytes)
    expect(await client.next()).toContain('<result code="2001">')
    expect(await client.next()).toBe('closed')
  }
})

test('who hangs up in the middle, or speaks no TLS, or says half a frame, disturbs nobody', async () => {
  const at = sandbox.registries[0]
  const raw = createConnection(at?.port ?? 0, at?.host ?? '')
  raw.on('error', () => undefined)
  raw.write('GET / HTTP/1.1\r\n\r\n')
  await new Promise<void>((closed) => raw.on('close', () => closed()).resume())
  const half = await dial()
  half.socket.write(framed(info('google.com')).subarray(0, 50))
  const gone = await dial()
  await gone.code(login(account(0)))
  gone.socket.write(framed(info('google.com')))
  await gone.hangUp()
  const client = await dial()
  expect(await client.code(login(account(0)))).toBe(1000)
  expect(await client.code(info('google.com'))).toBe(1000)
  await Promise.all([client.hangUp(), half.hangUp()])
})

test('every frame that the registry sent here, also to the hostile, is valid', () => {
  expect(wrong).toEqual([])
})
