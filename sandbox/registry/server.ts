/** A registry's front door: EPP over TLS with client certificates (RFC 5734), sessions, and the tester's orders carried out. */
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { scryptSync, timingSafeEqual } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import type { Reply } from './commands'
import type { Registry } from './registry'
import { extensionUris, type Login, namespaces, readRequest, type Request, Unreadable, writeGreeting, writeReply } from './wire'

/** No command of a registrar is longer; anything that says it is gets no hearing. */
export const maxFrameBytes = 256 * 1024
const idleMs = 10 * 60_000
const strangerMs = 60_000

export interface SessionInfo {
  id: number
  clientId?: string
  since: string
  address: string
  commands: number
}

export interface Passwords {
  /** scrypt of the account's password, salted with its client id */
  get(clientId: string): Uint8Array | undefined
  change(clientId: string, password: string): Promise<void>
}

export const hashPassword = (clientId: string, password: string): Uint8Array =>
  scryptSync(password, `epp ${clientId}`, 32, { N: 1024 })

export interface ServerOptions {
  registry: Registry
  passwords: Passwords
  ca: string
  cert: string
  key: string
  host?: string
  /** 0: any free port */
  port?: number
  /** tests listen here */
  onFrame?: (direction: 'in' | 'out', xml: string) => void
}

const framed = (xml: string): Buffer => {
  const body = Buffer.from(xml, 'utf8')
  const frame = Buffer.allocUnsafe(body.length + 4)
  frame.writeUInt32BE(body.length + 4, 0)
  body.copy(frame, 4)
  return frame
}

export const serveRegistry = async ({
  registry,
  passwords,
  ca,
  cert,
  key,
  host = '127.0.0.1',
  port = 0,
  onFrame,
}: ServerOptions) => {
  const { house, rules } = registry
  const sessions = new Map<TLSSocket, SessionInfo>()
  /** also those that have not finished their handshake */
  const connections = new Set<Socket>()
  let counter = 0

  const receive = (socket: TLSSocket) => {
    const session: SessionInfo = {
      id: ++counter,
      since: new Date().toISOString(),
      address: socket.remoteAddress ?? '',
      commands: 0,
    }
    sessions.set(socket, session)
    let extensions: string[] = []
    let failures = 0
    let ended = false

    const send = (xml: string) => {
      onFrame?.('out', xml)
      if (!socket.destroyed) socket.write(framed(xml))
    }
    const answer = (reply: Reply, clTRID: string | undefined, svTRID = registry.nextSvTRID()) => {
      send(writeReply(reply, { clTRID, svTRID, extensions }))
      // 1500, and the three that say so, are the session's last words
      if ([1500, 2500, 2501, 2502].includes(reply.code)) {
        ended = true
        sessions.delete(socket)
        socket.end()
      }
    }

    const logIn = async (login: Login): Promise<Reply> => {
      if (session.clientId !== undefined) return { code: 2002, reason: 'Logged in already' }
      if (login.version !== '1.0') return { code: 2100 }
      if (login.language !== 'en') return { code: 2102, reason: 'Only English' }
      const offered = [namespaces.domain, namespaces.contact, ...(rules.offersHosts ? [namespaces.host] : [])]
      const unknown = login.objects.find((uri) => !offered.includes(uri))
      if (unknown !== undefined) return { code: 2307, reason: `No objects ${unknown}` }
      const unknownExtension = login.extensions.find((uri) => !extensionUris.includes(uri))
      if (unknownExtension !== undefined) return { code: 2103, reason: `No extension ${unknownExtension}` }
      const known = passwords.get(login.clientId)
      const given = hashPassword(login.clientId, login.password)
      // the certificate must be the account's own
      if (!known || !timingSafeEqual(known, given) || socket.getPeerCertificate().subject?.CN !== login.clientId) {
        failures += 1
        return { code: failures >= 3 ? 2501 : 2200 }
      }
      if ([...sessions.values()].filter(({ clientId }) => clientId === login.clientId).length >= house.maxSessions) {
        return { code: 2502, reason: `At most ${house.maxSessions} sessions` }
      }
      session.clientId = login.clientId
      extensions = login.extensions
      if (login.newPassword !== undefined) await passwords.change(login.clientId, login.newPassword)
      socket.setTimeout(idleMs)
      return { code: 1000 }
    }

    const handle = async (bytes: Buffer) => {
      if (ended) return
      onFrame?.('in', bytes.toString('utf8'))
      let request: Request
      try {
        request = readRequest(bytes)
      } catch (refusal) {
        if (!(refusal instanceof Unreadable)) throw refusal
        return answer({ code: refusal.code, reason: refusal.reason }, refusal.clTRID)
      }
      session.commands += 1
      if (request.kind === 'hello') return send(writeGreeting(house.svId, new Date().toISOString(), rules.offersHosts))
      if (request.kind === 'login') return answer(await logIn(request.login), request.clTRID)
      if (session.clientId === undefined) return answer({ code: 2002, reason: 'Log in first' }, request.clTRID)
      if (request.kind === 'logout') return answer({ code: 1500 }, request.clTRID)
      const svTRID = registry.nextSvTRID()
      const { clTRID } = request
      const outcome = await registry.perform(request.command, {
        clientId: session.clientId,
        svTRID,
        ...(clTRID === undefined ? {} : { clTRID }),
      })
      if (outcome.kind === 'drop') socket.destroy()
      if (outcome.kind === 'answer') answer(outcome.reply, clTRID, svTRID)
    }

    // Frames are taken one after the other; a client that talks on meanwhile is not read.
    let waiting: Buffer[] = []
    let working = false
    const work = async () => {
      working = true
      for (;;) {
        const bytes = Buffer.concat(waiting)
        waiting = [bytes]
        if (ended || bytes.length < 4) break
        const length = bytes.readUInt32BE(0)
        if (length < 5 || length > maxFrameBytes) {
          answer(
            { code: 2001, reason: length < 5 ? 'A frame of no length' : `Frames have at most ${maxFrameBytes} bytes` },
            undefined,
          )
          ended = true
          socket.end()
          break
        }
        if (bytes.length < length) break
        waiting = [bytes.subarray(length)]
        socket.pause()
        try {
          await handle(bytes.subarray(4, length))
        } catch (error) {
          process.stderr.write(`registry ${house.id}: ${error instanceof Error ? error.stack : String(error)}\n`)
          answer({ code: 2500 }, undefined)
        }
        socket.resume()
      }
      working = false
    }
    socket.on('data', (chunk: Buffer) => {
      if (ended) return
      waiting.push(chunk)
      if (!working) void work()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      ended = true
      sessions.delete(socket)
    })
    socket.setTimeout(strangerMs, () => socket.destroy())
    socket.setNoDelay(true)
    send(writeGreeting(house.svId, new Date().toISOString(), rules.offersHosts))
  }

  const build = (): Server => {
    const made = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' }, receive)
    made.on('tlsClientError', (_error, socket) => socket.destroy())
    made.on('connection', (socket: Socket) => {
      connections.add(socket)
      socket.on('close', () => connections.delete(socket))
    })
    return made
  }
  const listen = async (made: Server, at: number) =>
    new Promise<void>((listening, failed) => {
      made.once('error', failed)
      made.listen(at, host, () => {
        made.off('error', failed)
        listening()
      })
    })
  const hush = async (made: Server) => {
    const closed = new Promise<void>((done) => made.close(() => done()))
    for (const socket of connections) socket.destroy()
    await closed
  }

  let server: Server | undefined = build()
  await listen(server, port)
  const bound = (server.address() as AddressInfo).port

  return {
    host,
    port: bound,
    sessions: (): SessionInfo[] => [...sessions.values()],
    /** Sessions are closed, connections refused. */
    async down() {
      registry.behave({ down: true })
      const closing = server
      server = undefined
      if (closing) await hush(closing)
    },
    async up() {
      registry.behave({ down: false })
      if (server) return
      server = build()
      await listen(server, bound)
    },
    async stop() {
      const closing = server
      server = undefined
      if (closing) await hush(closing)
    },
  }
}

export type RegistryServer = Awaited<ReturnType<typeof serveRegistry>>
