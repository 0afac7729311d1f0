import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { certify, type Certified } from '../../../sandbox/registry/certificates'
import { type House, ordinaryTld } from '../../../sandbox/registry/house'
import { type RegistrySandbox, startRegistrySandbox } from '../../../sandbox/registry/sandbox'
import { writeGreeting, writeReply } from '../../../sandbox/registry/wire'
import { eventually } from '../contract/registry.contract'
import { createEppRegistry, type EppConfig } from './registry'
import { createFrameCutter } from './session'

const house: House = {
  id: 'sessions',
  svId: 'Registry of the session tests',
  repository: 'SESS',
  currency: 'EUR',
  maxSessions: 3,
  maxCheck: 25,
  hosts: [],
  accounts: [
    { clientId: 'kontor', balance: 10_000_000, creditLimit: 0 },
    { clientId: 'other-registrar', balance: 10_000_000, creditLimit: 0 },
  ],
  tlds: { com: { ...ordinaryTld, registrantRequired: false } },
}

const isUnavailable = expect.objectContaining({ type: 'unavailable' })
const dir = mkdtempSync(join(tmpdir(), 'kontor-sessions-'))
const foreign = mkdtempSync(join(tmpdir(), 'kontor-sessions-'))
let sandbox: RegistrySandbox
let certified: Certified
let closing: (() => unknown)[] = []
/** what the adapters logged, and every frame they sent: by the end no log may hold what must stay secret */
const logged: string[] = []

beforeAll(async () => {
  sandbox = await startRegistrySandbox({ dir, houses: [house] })
  certified = await certify(foreign, ['kontor'])
})
afterEach(async () => {
  for (const close of closing) await close()
  closing = []
  const { registry, server } = sandbox.at('sessions')
  registry.calmDown()
  await server.up()
  await eventually(async () => expect(server.sessions()).toEqual([]))
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(dir, { recursive: true })
  rmSync(foreign, { recursive: true })
})

const at = () => {
  const [first] = sandbox.registries
  if (!first) throw new Error('no registry')
  return first
}

const open = (more: Partial<EppConfig> = {}) => {
  const { id, host, port, clientId, password, caFile, certFile, keyFile } = at()
  const port_ = createEppRegistry({
    ...{ id, host, port, clientId, password },
    ca: readFileSync(caFile, 'utf8'),
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    maxSessions: 2,
    timeoutMs: 2_000,
    backoffMs: { first: 1, most: 5 },
    log: (words) => logged.push(words),
    ...more,
  })
  closing.push(() => port_.close())
  return port_
}

const loggedIn = () =>
  sandbox
    .at('sessions')
    .server.sessions()
    .filter(({ clientId }) => clientId !== undefined)

const create = (name: string) => ({
  key: `order/${name}`,
  name,
  years: 1,
  registrant: 'NOBODY-1',
  nameservers: [],
  authInfo: 'Canary-Secret-7',
})

const frame = (xml: string | Buffer) => {
  const body = Buffer.from(xml)
  const header = Buffer.alloc(4)
  header.writeUInt32BE(body.length + 4)
  return Buffer.concat([header, body])
}
const answer = (xml: string, code = 1000) =>
  writeReply({ code }, { clTRID: /<clTRID>([^<]*)</.exec(xml)?.[1], svTRID: 'sv-1', extensions: [] })

/** A registry that greets, lets in, and then does what the test says. */
const scripted = async (act: (socket: TLSSocket, xml: string, connection: number) => void, greet = true) => {
  const files = (name: string) => readFileSync(join(dir, 'tls', name))
  let connections = 0
  const sockets = new Set<TLSSocket>()
  const server = createTlsServer(
    { ca: files('ca.pem'), cert: files('server.pem'), key: files('server-key.pem'), requestCert: true },
    (socket) => {
      const connection = ++connections
      sockets.add(socket)
      socket.on('error', () => undefined)
      const cut = createFrameCutter(1_000_000)
      socket.on('data', (chunk: Buffer) => {
        for (const bytes of cut(chunk)) {
          const xml = bytes.toString('utf8')
          if (xml.includes('<login>')) socket.write(frame(answer(xml)))
          else act(socket, xml, connection)
        }
      })
      if (greet) socket.write(frame(writeGreeting('Scripted', new Date().toISOString(), true)))
    },
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

test('a command that is carried out but answered too late is unavailable, and was done', async () => {
  const port = open({ timeoutMs: 1_000, queueMs: 10_000 })
  await eventually(() => port.check(['warm.com']))
  sandbox.at('sessions').registry.behave({ slowMs: 2_000 })
  await expect(port.delete({ key: 'd-1', name: 'google.com' })).rejects.toEqual(isUnavailable)
  sandbox.at('sessions').registry.calmDown()
  const { journal } = sandbox.at('sessions').registry
  expect(
    journal
      .entries()
      .some(({ command, object, clTRID }) => command === 'domain:delete' && object === 'google.com' && clTRID === 'd-1'),
  ).toBe(true)
})

test('a half-open connection is given up after the time allowed; the next command has a new one', async () => {
  const port = open({ timeoutMs: 1_000, queueMs: 10_000, maxSessions: 1 })
  await eventually(() => port.check(['warm.com']))
  sandbox.at('sessions').registry.behave({ silent: { count: 1, command: 'domain:info' } })
  const began = Date.now()
  await expect(port.find('amazon.com')).rejects.toEqual(isUnavailable)
  expect(Date.now() - began).toBeGreaterThanOrEqual(990)
  expect(await eventually(() => port.find('amazon.com'))).toMatchObject({ ours: false })
})

test('never more sessions than agreed, and who came first is served first', async () => {
  const served: string[] = []
  const port = open({
    maxSessions: 2,
    onFrame: (direction, xml) => {
      const [name] = /name-\d+\.com/.exec(xml) ?? []
      if (direction === 'out' && name) served.push(name)
    },
  })
  let most = 0
  const names = Array.from({ length: 40 }, (_, place) => `name-${place}.com`)
  await Promise.all(
    names.map(async (name) => {
      await port.find(name)
      most = Math.max(most, loggedIn().length)
    }),
  )
  expect(most).toBe(2)
  expect(served).toEqual(names)
})

test('where others hold the registry’s sessions, a pool works with those it has; with none it is unavailable until one is given back', async () => {
  const greedy = open({ maxSessions: 2, keepAliveMs: 16_000 })
  const modest = open({ maxSessions: 3 })
  const late = open({ maxSessions: 1 })
  await Promise.all(['a.com', 'b.com'].map((name) => greedy.find(name)))
  const all = await Promise.all(Array.from({ length: 20 }, (_, place) => modest.find(`name-${place}.com`)))
  expect(all).toHaveLength(20)
  expect(loggedIn()).toHaveLength(3)
  await expect(late.find('a.com')).rejects.toEqual(
    expect.objectContaining({ type: 'unavailable', message: expect.stringContaining('2502') }),
  )
  // what the greedy one has left over from its rush it gives back
  expect(await eventually(() => late.find('google.com'), 25_000)).toBeDefined()
})

test('a question on a connection that has died meanwhile is asked again by itself; a change never is', async () => {
  const seen: string[] = []
  const script = await scripted((socket, xml, connection) => {
    seen.push(`${connection} ${/<(check|create|info|delete)>/.exec(xml)?.[1] ?? ''}`)
    if (connection === 1 && seen.length > 1) socket.destroy()
    else if (connection === 2 && xml.includes('<delete>')) socket.destroy()
    else socket.write(frame(answer(xml, 2303)))
  })
  const port = open({ port: script.port, maxSessions: 1 })
  expect(await port.find('a.com')).toBeUndefined()
  expect(await port.find('b.com')).toBeUndefined()
  await expect(port.delete({ key: 'd-1', name: 'c.com' })).rejects.toEqual(isUnavailable)
  expect(seen).toEqual(['1 info', '1 info', '2 info', '2 delete'])
})

test('an idle session is kept alive with a hello', async () => {
  const sent: string[] = []
  const port = open({ keepAliveMs: 40, onFrame: (direction, xml) => direction === 'out' && sent.push(xml) })
  await port.find('google.com')
  await eventually(async () => {
    if (!sent.some((xml) => xml.includes('<hello'))) throw new Error('not yet')
  })
  expect(await port.find('google.com')).toBeDefined()
})

test('a registry that talks nonsense is unavailable, and the connection is given up', async () => {
  const huge = Buffer.alloc(8)
  huge.writeUInt32BE(0x7fffffff)
  const nonsense: [string, (xml: string) => Buffer][] = [
    ['another command’s answer', () => frame(answer('<clTRID>somebody-else</clTRID>'))],
    ['a DOCTYPE', () => frame('<!DOCTYPE epp [<!ENTITY x "y">]><epp/>')],
    ['no UTF-8', () => frame(Buffer.from([0xff, 0xfe, 0x00]))],
    ['no EPP', () => frame('<html/>')],
    ['no result', () => frame('<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response/></epp>')],
    ['a frame of two gigabytes', () => huge],
    ['a frame of no length', () => Buffer.from([0, 0, 0, 4])],
    ['HTTP', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a greeting instead', () => frame(writeGreeting('Scripted', new Date().toISOString(), true))],
    ['two answers', (xml) => Buffer.concat([frame(answer(xml)), frame(answer(xml)), frame(answer(xml))])],
  ]
  for (const [name, send] of nonsense) {
    const script = await scripted((socket, xml) => socket.write(send(xml)))
    const port = open({ port: script.port, maxSessions: 1, timeoutMs: 10_000 })
    // two answers: the first is the answer, the connection with the others is not used again
    if (name === 'two answers') await port.deleteHost({ key: 'h-1', name: 'a.b.com' })
    else await expect(port.deleteHost({ key: 'h-1', name: 'a.b.com' })).rejects.toEqual(isUnavailable)
    await port.deleteHost({ key: 'h-2', name: 'a.b.com' }).catch(() => undefined)
    expect([name, script.connections()]).toEqual([name, 2])
  }
})

test('a registry that never greets is given up after the time allowed', async () => {
  const script = await scripted(() => undefined, false)
  await expect(open({ port: script.port, timeoutMs: 100 }).find('a.com')).rejects.toEqual(isUnavailable)
})

test('a peer that takes connections and never says a word, not even TLS, is given up', async () => {
  const server: Server = createServer((socket) => socket.on('error', () => undefined))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(() => void server.close())
  await expect(open({ port: (server.address() as AddressInfo).port, timeoutMs: 100 }).find('a.com')).rejects.toEqual(
    isUnavailable,
  )
})

test('a registry that is down keeps nobody from starting; who asks hears it at once and without a new try each time', async () => {
  await sandbox.at('sessions').server.down()
  const port = open({ backoffMs: { first: 60_000, most: 60_000 } })
  await expect(port.find('a.com')).rejects.toEqual(expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }))
  const began = Date.now()
  await expect(port.find('a.com')).rejects.toEqual(isUnavailable)
  expect(Date.now() - began).toBeLessThan(2_000)
})

test('only the registry that its certificate names is spoken to', async () => {
  const otherAuthority = open({ ca: readFileSync(certified.caFile, 'utf8') })
  await expect(otherAuthority.find('a.com')).rejects.toEqual(isUnavailable)
  const otherName = open({ servername: 'epp.registry.example' })
  await expect(otherName.find('a.com')).rejects.toEqual(isUnavailable)
})

test('a wrong password is unavailable, for the operator to mend: no order is refused for it', async () => {
  const port = open({ password: 'Canary-Wrong-Pw' })
  await expect(port.find('a.com')).rejects.toEqual(
    expect.objectContaining({ type: 'unavailable', message: expect.stringContaining('2200') }),
  )
})

test('a closed port logs out and does nothing more', async () => {
  const sent: string[] = []
  const port = open({ onFrame: (direction, xml) => direction === 'out' && sent.push(xml) })
  await port.find('google.com')
  await port.close()
  expect(sent.at(-1)).toContain('<logout')
  await expect(port.find('google.com')).rejects.toEqual(isUnavailable)
})

test('a frame cut anywhere is the same frame', () => {
  const whole = Buffer.concat([frame('<a/>'), frame('<bb/>'), frame('<ccc/>')])
  for (let size = 1; size <= whole.length; size += 1) {
    const cut = createFrameCutter(1_000)
    const frames: string[] = []
    for (let from = 0; from < whole.length; from += size)
      frames.push(...cut(whole.subarray(from, from + size)).map((bytes) => bytes.toString()))
    expect(frames).toEqual(['<a/>', '<bb/>', '<ccc/>'])
  }
})

test('nothing that was logged or thrown holds a password or an authInfo', async () => {
  const port = open()
  const thrown: unknown[] = []
  for (const act of [
    () => port.register(create('nic.com')),
    () => port.register(create('no-holder.com')),
    () => open({ password: 'Canary-Wrong-Pw' }).find('a.com'),
  ]) {
    await act().catch((error: unknown) => thrown.push(error))
  }
  expect(thrown).toHaveLength(3)
  const told = JSON.stringify([
    logged,
    thrown.map((error) => [(error as Error).message, (error as Error).stack, (error as { details?: unknown }).details]),
  ])
  for (const secret of ['Canary-Secret-7', 'Canary-Wrong-Pw', at().password]) expect(told).not.toContain(secret)
})
