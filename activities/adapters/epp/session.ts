/**
 * Sessions with one registry (RFC 5734): TLS with a client certificate, frames behind their length, login, keep-alive, and a pool
 * that never opens more than the registry allows and serves who waits in the order in which they came.
 *
 * A command that was sent and not answered may have been carried out: `unavailable`, its effect is unknown. The pool repeats
 * questions (check, info, poll) once by itself, never a change.
 */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { randomUUID } from 'node:crypto'
import { unavailable } from '../../failures'
import {
  build,
  type EppReply,
  type Extension,
  type Greeting,
  namespaces,
  type Negotiated,
  read,
  readFrame,
  type ReadFrame,
} from './frames'

export interface EppConfig {
  /** the registry's id in the product */
  id: string
  host: string
  port: number
  clientId: string
  password: string
  /** PEM */
  ca: string
  cert: string
  key: string
  /** the name in the registry's certificate, where it differs from `host` */
  servername?: string
  /** what the registry allows this client; shared fairly if several workers each take their part */
  maxSessions: number
  /** used where the registry's greeting offers them; default: all that are known */
  extensions?: Extension[]
  /** how long an answer may take, from the moment the command is sent (ms) */
  timeoutMs: number
  /** how long a command may wait for a free session (ms); default twice timeoutMs */
  queueMs?: number
  /** a session idle for so long is kept alive with a hello (ms); default 4 minutes */
  keepAliveMs?: number
  /** the wait after the first and after many failed connections (ms) */
  backoffMs?: { first: number; most: number }
  /** the longest frame taken from the registry, in bytes */
  maxFrameBytes?: number
  /** contact addresses in the local or in the ASCII form (RFC 5733 §2.3.1) */
  postalType?: 'loc' | 'int'
  /** names per check command */
  checkBatch?: number
  /** words for the log: never frames, which hold secrets and people's data */
  log?: (words: string) => void
  /** tests listen here */
  onFrame?: (direction: 'in' | 'out', xml: string) => void
}

/** The registry closed, said nothing in time, or talked nonsense. */
class Lost extends Error {
  constructor(
    words: string,
    /** the connection ended, rather than the registry saying nothing or nonsense */
    readonly closed = false,
  ) {
    super(words)
  }
}
/** The registry would not let us in; `limit`: too many sessions (2502). */
class NotLetIn extends Error {
  constructor(
    words: string,
    readonly limit: boolean,
  ) {
    super(words)
  }
}

const framed = (xml: string): Buffer => {
  const body = Buffer.from(xml, 'utf8')
  const frame = Buffer.allocUnsafe(body.length + 4)
  frame.writeUInt32BE(body.length + 4, 0)
  body.copy(frame, 4)
  return frame
}

/** Cuts a stream into frames by RFC 5734's four-byte total length. Throws on a length that no frame has. */
export const createFrameCutter = (maxBytes: number) => {
  let chunks: Buffer[] = []
  let held = 0
  return (chunk: Buffer): Buffer[] => {
    chunks.push(chunk)
    held += chunk.length
    const frames: Buffer[] = []
    while (held >= 4) {
      const first = chunks[0]
      if (!first || first.length < 4) chunks = [Buffer.concat(chunks)]
      const length = chunks[0]?.readUInt32BE(0) ?? 0
      if (length < 5 || length > maxBytes) throw new Lost(`a frame of ${length} bytes`)
      if (held < length) break
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      frames.push(bytes.subarray(4, length))
      held -= length
      chunks = held > 0 ? [bytes.subarray(length)] : []
    }
    return frames
  }
}

interface Session {
  readonly negotiated: Negotiated
  exchange(xml: string): Promise<ReadFrame>
  readonly alive: boolean
  destroy(): void
  /** ms since the epoch */
  lastUsed: number
  commands: number
}

/** One connection, greeted and logged in. `onGone` is told once when it ends. */
const openSession = async (config: EppConfig, onGone: (session: Session) => void): Promise<Session> => {
  const { timeoutMs, onFrame } = config
  const socket: TLSSocket = connect({
    host: config.host,
    port: config.port,
    // an IP address is no server name (RFC 6066)
    ...(config.servername ? { servername: config.servername } : isIP(config.host) === 0 ? { servername: config.host } : {}),
    ca: config.ca,
    cert: config.cert,
    key: config.key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: [],
  })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000)

  let gone: Lost | undefined
  let expecting: { resolve: (frame: ReadFrame) => void; reject: (error: Error) => void } | undefined
  const early: ReadFrame[] = []
  const end = (why: string, byThem = false) => {
    if (gone) return
    gone = new Lost(why, byThem)
    socket.destroy()
    expecting?.reject(gone)
    expecting = undefined
    onGone(session)
  }
  const cut = createFrameCutter(config.maxFrameBytes ?? 4 * 1024 * 1024)
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const bytes of cut(chunk)) {
        onFrame?.('in', bytes.toString('utf8'))
        const frame = readFrame(bytes)
        if (expecting) {
          expecting.resolve(frame)
          expecting = undefined
        } else if (early.length === 0) early.push(frame)
        else throw new Lost('an answer that nobody asked for')
      }
    } catch (error) {
      end(`it sent ${(error as Error).message}`)
    }
  })
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message, true))
  socket.on('close', () => end('it closed the connection', true))
  socket.on('end', () => end('it closed the connection', true))

  const next = async (): Promise<ReadFrame> => {
    const waiting = early.shift()
    if (waiting) return waiting
    if (gone) throw gone
    const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs)
    try {
      return await new Promise<ReadFrame>((resolve, reject) => {
        expecting = { resolve, reject }
      })
    } finally {
      clearTimeout(timer)
    }
  }

  const negotiated: Negotiated = { objects: [], extensions: new Set() }
  const session: Session = {
    negotiated,
    lastUsed: Date.now(),
    commands: 0,
    get alive() {
      return gone === undefined
    },
    destroy: () => end('closed by us'),
    async exchange(xml) {
      if (gone) throw gone
      if (early.length > 0) {
        end('it sent an answer that nobody asked for')
        throw gone ?? new Lost('closed')
      }
      onFrame?.('out', xml)
      session.lastUsed = Date.now()
      session.commands += 1
      socket.write(framed(xml))
      const frame = await next()
      session.lastUsed = Date.now()
      return frame
    },
  }

  const greeted = await next()
  if (greeted.kind !== 'greeting') {
    end('it did not greet')
    throw new Lost('it did not greet')
  }
  Object.assign(negotiated, negotiate(greeted.greeting, config.extensions))
  const clTRID = `login-${randomUUID()}`
  const answer = await session.exchange(build.login(clTRID, config, negotiated))
  if (answer.kind !== 'reply' || answer.reply.code !== 1000) {
    const said = answer.kind === 'reply' ? `${answer.reply.code} ${answer.reply.message}` : 'no answer to the login'
    end('login refused')
    throw new NotLetIn(`the login was refused: ${said}`, answer.kind === 'reply' && answer.reply.code === 2502)
  }
  for (const event of read.loginEvents(answer.reply)) config.log?.(`${config.id}: ${event}`)
  session.commands = 0
  return session
}

/** Of what the registry offers, what we can speak (RFC 5730 §2.4). */
export const negotiate = (
  greeting: Greeting,
  wanted: Extension[] = ['secDNS', 'rgp', 'launch', 'fee', 'loginSec'],
): Negotiated => ({
  objects: [namespaces.domain, namespaces.contact, namespaces.host].filter((uri) => greeting.objects.includes(uri)),
  extensions: new Set(wanted.filter((extension) => greeting.extensions.includes(namespaces[extension]))),
})

export interface SessionPool {
  /**
   * Sends what `frame` builds and resolves with the registry's answer, whatever its code but 24xx and 25xx.
   * `question`: has no effect at the registry, so that it may be repeated.
   */
  send(command: { clTRID: string; question: boolean; frame: (negotiated: Negotiated) => string }): Promise<EppReply>
  /** open sessions, for metrics and tests */
  size(): number
  close(): Promise<void>
}

export const createSessionPool = (config: EppConfig): SessionPool => {
  // an operator who tries again tries for three seconds: a registry that is back must be found by then
  const { first: firstBackoff, most: mostBackoff } = config.backoffMs ?? { first: 200, most: 2_000 }
  const queueMs = config.queueMs ?? 2 * config.timeoutMs
  const sessions = new Set<Session>()
  const idle: Session[] = []
  let opening = 0
  let waiting: { resolve: (session: Session) => void; reject: (error: Error) => void }[] = []
  let failures = 0
  let blockedUntil = 0
  let lastFailure = ''
  let closed = false

  const unreachable = (words: string) => unavailable(config.id, `${config.id} can't be reached: ${words}`)

  const gone = (session: Session) => {
    sessions.delete(session)
    const at = idle.indexOf(session)
    if (at >= 0) idle.splice(at, 1)
    pump()
  }

  /** Hands idle sessions to who waits longest and opens new ones where the limit allows. */
  const pump = () => {
    while (waiting.length > 0) {
      const session = idle.pop()
      if (session) {
        if (session.alive) waiting.shift()?.resolve(session)
        continue
      }
      if (closed || Date.now() < blockedUntil || sessions.size + opening >= config.maxSessions || opening >= waiting.length) break
      opening += 1
      openSession(config, gone).then(
        (made) => {
          opening -= 1
          failures = 0
          if (closed) made.destroy()
          else {
            sessions.add(made)
            idle.push(made)
          }
          pump()
        },
        (error: Error) => {
          opening -= 1
          failures += 1
          // others hold the rest of the registry's sessions: no hurry while we have some of our own
          const full = error instanceof NotLetIn && error.limit && sessions.size > 0
          const wait = full ? mostBackoff : Math.min(mostBackoff, firstBackoff * 2 ** Math.min(failures - 1, 16))
          blockedUntil = Date.now() + wait * (0.75 + Math.random() / 2)
          lastFailure = error.message
          config.log?.(`${config.id}: ${error.message}`)
          pump()
        },
      )
    }
    // nobody will come for them: better to hear it now and try again than to wait
    if (waiting.length > 0 && sessions.size + opening === 0) {
      const left = waiting
      waiting = []
      for (const { reject } of left) reject(unreachable(closed ? 'closed' : lastFailure))
    }
  }

  const acquire = () =>
    new Promise<Session>((resolve, reject) => {
      if (closed) return reject(unreachable('closed'))
      const timer = setTimeout(() => {
        waiting = waiting.filter((other) => other !== place)
        reject(unreachable(`${sessions.size === 0 ? 'no session came about' : 'all sessions were busy'} within ${queueMs} ms`))
      }, queueMs)
      const place = {
        resolve: (session: Session) => {
          clearTimeout(timer)
          resolve(session)
        },
        reject: (error: Error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      waiting.push(place)
      pump()
    })

  const release = (session: Session) => {
    if (!session.alive) return
    if (closed) return session.destroy()
    idle.push(session)
    pump()
  }

  const keepAliveMs = config.keepAliveMs ?? 4 * 60_000
  const goodbye = async (session: Session) => {
    const patience = setTimeout(() => session.destroy(), 1000)
    await session.exchange(build.logout(`logout-${randomUUID()}`)).catch(() => undefined)
    clearTimeout(patience)
    session.destroy()
  }
  const keeper = setInterval(
    () => {
      // sessions that a rush has left behind are given back: other processes share the registry's limit
      const spare = idle.slice(0, -1).filter(({ lastUsed }) => Date.now() - lastUsed >= keepAliveMs / 4)
      for (const session of spare) {
        idle.splice(idle.indexOf(session), 1)
        void goodbye(session)
      }
      for (const session of idle.filter(({ lastUsed }) => Date.now() - lastUsed >= keepAliveMs)) {
        idle.splice(idle.indexOf(session), 1)
        session.exchange(build.hello()).then(
          (frame) => (frame.kind === 'greeting' ? release(session) : session.destroy()),
          () => session.destroy(),
        )
      }
    },
    Math.max(10, keepAliveMs / 4),
  )
  keeper.unref()

  const sendOnce = async ({ clTRID, frame }: Parameters<SessionPool['send']>[0], session: Session): Promise<EppReply> => {
    let xml: string
    try {
      xml = frame(session.negotiated)
    } catch (refusal) {
      release(session)
      throw refusal
    }
    const answer = await session.exchange(xml)
    if (answer.kind !== 'reply' || (answer.reply.clTRID !== undefined && answer.reply.clTRID !== clTRID)) {
      session.destroy()
      throw new Lost('it answered something else')
    }
    const { code, message, reasons } = answer.reply
    if (code >= 2500) {
      session.destroy()
      if (code === 2502) blockedUntil = Math.max(blockedUntil, Date.now() + firstBackoff)
    } else release(session)
    if (code >= 2400) throw unavailable(config.id, [`${code} ${message}`, reasons[0]?.reason].filter(Boolean).join(': '))
    return answer.reply
  }

  return {
    async send(command) {
      for (let attempt = 1; ; attempt += 1) {
        const session = await acquire()
        const used = session.commands > 0
        try {
          return await sendOnce(command, session)
        } catch (error) {
          if (!(error instanceof Lost)) throw error
          // a session that had grown stale says nothing about the registry
          if (command.question && error.closed && used && attempt === 1) continue
          throw unavailable(config.id, `${config.id} did not answer: ${error.message}`)
        }
      }
    },
    size: () => sessions.size,
    async close() {
      closed = true
      clearInterval(keeper)
      pump()
      await Promise.all(idle.splice(0).map(goodbye))
      for (const session of sessions) session.destroy()
    },
  }
}
