/** A mail server that keeps every mail it gets, twice told twice: it is the judge. Mails and their order survive restarts. */
import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'

import express, { type Router } from 'express'
import { simpleParser, type Attachment, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import { z } from 'zod'

import { notDelivered } from './report'
import { calmMailbox, MailboxBehaviour, type KeptMail, type MailFilter, type MailPage, type MailSummary } from './control'

export type * from './control'

export interface MailboxSandboxOptions {
  dir: string
  /** 0: any free port */
  smtpPort: number
  /** of the JSON controls; 0 or absent: any free port */
  httpPort?: number
  host?: string
  /** where it tells of mails that it took and could not deliver: those to an address whose local part begins with `bounce` */
  reports?: { url: string; token: string }
}

export interface MailboxSandbox {
  /** smtp://127.0.0.1:… */
  readonly smtpUrl: string
  /** of the JSON controls */
  readonly url: string
  list(filter?: MailFilter, page?: { offset?: number; limit?: number }): MailPage
  mail(id: string): Promise<KeptMail | undefined>
  attachment(id: string, index: number): Promise<{ filename: string; contentType: string; content: Buffer } | undefined>
  source(id: string): Buffer | undefined
  /** How often each Message-ID came: more than once is a mail sent twice. */
  counts(): Record<string, number>
  /** Resolves with the oldest mail that fits and came after `after` (a number, 0 for all); rejects after so many milliseconds. */
  awaitMail(filter: MailFilter, options?: { after?: number; withinMs?: number }): Promise<KeptMail>
  clear(): void
  behaviour(): MailboxBehaviour
  behave(change: Partial<MailboxBehaviour>): MailboxBehaviour
  calm(): void
  close(): Promise<void>
}

type IndexLine = { kept: MailSummary } | { cleared: string }

/** @see MailboxSandbox. Up in a few milliseconds. */
export const startMailboxSandbox = async ({
  dir,
  smtpPort,
  httpPort = 0,
  host = '127.0.0.1',
  reports,
}: MailboxSandboxOptions): Promise<MailboxSandbox> => {
  mkdirSync(join(dir, 'mails'), { recursive: true })
  const indexPath = join(dir, 'index.jsonl')
  let mails: MailSummary[] = []
  let number = 0
  let behaviour = calmMailbox()
  let arrivals: (() => void)[] = []
  let closed = false

  if (existsSync(indexPath)) {
    const bytes = readFileSync(indexPath)
    const end = bytes.lastIndexOf(10) + 1
    if (end < bytes.length) truncateSync(indexPath, end)
    for (const text of bytes.toString('utf8', 0, end).split('\n')) {
      if (text === '') continue
      const line = JSON.parse(text) as IndexLine
      if ('cleared' in line) {
        mails = []
      } else {
        mails.push(line.kept)
        number = line.kept.number
      }
    }
  }
  const index = openSync(indexPath, 'a')
  const remember = (line: IndexLine): void => {
    appendFileSync(index, `${JSON.stringify(line)}\n`)
    fsyncSync(index)
  }
  const path = (id: string): string => join(dir, 'mails', `${id}.eml`)
  const plain = (filter: MailFilter): ((mail: MailSummary) => boolean) => {
    const to = filter.to?.trim().toLowerCase()
    return (mail) =>
      (to === undefined || mail.to.some((address) => address.toLowerCase() === to)) &&
      (filter.messageId === undefined || mail.messageId === filter.messageId) &&
      (filter.subject === undefined || mail.subject.includes(filter.subject))
  }

  const keep = async (source: Buffer, session: SMTPServerSession): Promise<void> => {
    const parsed = await simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true })
    const id = randomUUID()
    const file = openSync(path(id), 'wx')
    writeFileSync(file, source)
    fsyncSync(file)
    closeSync(file)
    const { mailFrom, rcptTo } = session.envelope
    number += 1
    const kept: MailSummary = {
      id,
      number,
      at: new Date().toISOString(),
      messageId: parsed.messageId ?? '',
      from: mailFrom ? mailFrom.address : '',
      to: rcptTo.map(({ address }) => address),
      subject: parsed.subject ?? '',
      attachments: parsed.attachments.length,
    }
    remember({ kept })
    mails.push(kept)
    const waiting = arrivals
    arrivals = []
    for (const look of waiting) look()
    for (const to of kept.to) if (reports && /^bounce/i.test(to)) void report(reports, kept, source, to)
  }

  /** The sender may be away: it is told again, for a quarter of an hour. */
  const report = async (
    door: { url: string; token: string },
    { id, from }: MailSummary,
    source: Buffer,
    to: string,
  ): Promise<void> => {
    const body = notDelivered({ source, from, to, id, at: new Date() })
    const headers = { 'content-type': 'message/rfc822', authorization: `Bearer ${door.token}` }
    for (let tries = 0; tries < 34 && !closed; tries += 1) {
      const answer = await fetch(door.url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      )
      if (answer && answer.status < 500) return
      await new Promise<void>((go) => setTimeout(go, Math.min(1_000 * 2 ** tries, 30_000)).unref())
    }
  }

  const parsedMail = (id: string): Promise<ParsedMail> | undefined => {
    const source = sandbox.source(id)
    return source && simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true })
  }
  const nameOf = (attachment: Attachment, at: number): string => attachment.filename ?? `attachment-${at + 1}`

  const trouble = (code: number, message: string): Error => Object.assign(new Error(message), { responseCode: code })
  const sockets = new Set<Socket>()
  const smtp = new SMTPServer({
    name: 'mailbox.sandbox.example',
    banner: 'sandbox mailbox',
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: 30_000_000,
    hideSize: false,
    logger: false,
    onRcptTo: ({ address }, _session, done) => {
      if (behaviour.refuse.includes(address.toLowerCase())) return done(trouble(550, '5.1.1 No such mailbox here'))
      if (behaviour.later > 0) {
        behaviour.later -= 1
        return done(trouble(451, '4.3.0 Try again later'))
      }
      done()
    },
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const work = async (): Promise<void> => {
          if (stream.sizeExceeded) throw trouble(552, '5.3.4 Too large')
          if (behaviour.slowMs > 0) await new Promise((go) => setTimeout(go, behaviour.slowMs))
          await keep(Buffer.concat(parts), session)
        }
        work().then(() => {
          if (behaviour.dropAfterActing === 0) return done()
          behaviour.dropAfterActing -= 1
          for (const socket of sockets)
            if (socket.remotePort === session.remotePort && socket.remoteAddress === session.remoteAddress) socket.destroy()
        }, done)
      })
    },
  })
  smtp.on('error', () => undefined)
  smtp.server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    if (behaviour.down) socket.destroy()
  })

  const sandbox: MailboxSandbox = {
    smtpUrl: '',
    url: '',
    list(filter = {}, { offset = 0, limit = 50 } = {}) {
      const fitting = mails.filter(plain(filter)).reverse()
      return { mails: fitting.slice(offset, offset + limit), total: fitting.length }
    },
    async mail(id) {
      const summary = mails.find((mail) => mail.id === id)
      const parsed = await parsedMail(id)
      return (
        summary &&
        parsed && {
          ...summary,
          text: parsed.text ?? '',
          html: parsed.html || '',
          headers: parsed.headerLines.map(({ line }) => {
            const colon = line.indexOf(':')
            return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() }
          }),
          attachments: parsed.attachments.map((attachment, at) => ({
            index: at,
            filename: nameOf(attachment, at),
            contentType: attachment.contentType,
            size: attachment.size,
          })),
        }
      )
    },
    async attachment(id, at) {
      const found = (await parsedMail(id))?.attachments[at]
      return found && { filename: nameOf(found, at), contentType: found.contentType, content: found.content }
    },
    source: (id) => (mails.some((mail) => mail.id === id) ? readFileSync(path(id)) : undefined),
    counts() {
      const counts: Record<string, number> = {}
      for (const { messageId } of mails) counts[messageId] = (counts[messageId] ?? 0) + 1
      return counts
    },
    awaitMail: (filter, { after = 0, withinMs = 10_000 } = {}) =>
      new Promise((resolve, reject) => {
        const fits = plain(filter)
        const late = setTimeout(() => {
          arrivals = arrivals.filter((waiting) => waiting !== look)
          reject(new Error(`No such mail within ${withinMs} ms`))
        }, withinMs)
        const look = (): void => {
          const found = mails.find((mail) => mail.number > after && fits(mail))
          if (!found) return void arrivals.push(look)
          clearTimeout(late)
          sandbox.mail(found.id).then((mail) => resolve(mail as KeptMail), reject)
        }
        look()
      }),
    clear() {
      remember({ cleared: new Date().toISOString() })
      for (const { id } of mails) rmSync(path(id), { force: true })
      mails = []
    },
    behaviour: () => behaviour,
    behave(change) {
      behaviour = MailboxBehaviour.parse({ ...behaviour, ...change })
      if (behaviour.down) for (const socket of sockets) socket.destroy()
      return behaviour
    },
    calm() {
      behaviour = calmMailbox()
    },
    async close() {
      if (closed) return
      closed = true
      for (const socket of sockets) socket.destroy()
      http.closeAllConnections()
      await Promise.all([new Promise<void>((done) => smtp.close(done)), new Promise((done) => http.close(done))])
      closeSync(index)
    },
  }

  const http = createServer(express().disable('x-powered-by').use(mailboxControlRouter(sandbox)))
  await new Promise<void>((done, failed) => {
    smtp.server.once('error', failed)
    smtp.listen(smtpPort, host, done)
  })
  await new Promise<void>((done, failed) => {
    http.once('error', failed)
    http.listen(httpPort, host, done)
  })
  const at = host.includes(':') ? `[${host}]` : host
  return Object.assign(sandbox, {
    smtpUrl: `smtp://${at}:${(smtp.server.address() as AddressInfo).port}`,
    url: `http://${at}:${(http.address() as AddressInfo).port}`,
  })
}

const ListQuery = z.object({
  to: z.string().max(320).optional(),
  messageId: z.string().max(1000).optional(),
  subject: z.string().max(1000).optional(),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** The same controls over HTTP JSON, for a page to read mails on or a test in another process. Loopback only: there is no login. */
export const mailboxControlRouter = (sandbox: MailboxSandbox): Router => {
  const router = express.Router()
  router.use(express.json({ limit: '64kb' }))
  router.use((request, response, next) => {
    response.set({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    // a page of another site can send a form, but not JSON, without asking first
    if (request.method === 'POST' && !request.is('application/json'))
      return void response.status(415).json({ error: 'Send JSON' })
    next()
  })
  router.get('/mails', (request, response) => {
    const query = ListQuery.safeParse(request.query)
    if (!query.success) return void response.status(400).json({ error: z.prettifyError(query.error) })
    const { offset, limit, to, messageId, subject } = query.data
    const filter = { ...(to ? { to } : {}), ...(messageId ? { messageId } : {}), ...(subject ? { subject } : {}) }
    response.json(sandbox.list(filter, { offset, limit }))
  })
  router.get('/mails/:id', (request, response, next) => {
    sandbox.mail(request.params.id).then((mail) => {
      if (mail) response.json(mail)
      else response.status(404).json({ error: 'No such mail' })
    }, next)
  })
  router.get('/mails/:id/source', (request, response) => {
    const source = sandbox.source(request.params.id)
    if (source) response.type('text/plain').send(source)
    else response.status(404).json({ error: 'No such mail' })
  })
  router.get('/mails/:id/attachments/:index', (request, response, next) => {
    sandbox.attachment(request.params.id, Number(request.params.index)).then((found) => {
      if (!found) return void response.status(404).json({ error: 'No such attachment' })
      response.attachment(found.filename)
      // never what the sender says could be a page: a download, whatever it is
      response.set('content-type', found.contentType === 'application/pdf' ? 'application/pdf' : 'application/octet-stream')
      response.send(found.content)
    }, next)
  })
  router.get('/counts', (_request, response) => void response.json(sandbox.counts()))
  router.post('/clear', (_request, response) => {
    sandbox.clear()
    response.json({ done: true })
  })
  router.get('/behaviour', (_request, response) => void response.json(sandbox.behaviour()))
  router.post('/behaviour', (request, response) => {
    const change = MailboxBehaviour.partial().safeParse(request.body)
    if (!change.success) return void response.status(400).json({ error: z.prettifyError(change.error) })
    response.json(sandbox.behave(change.data as Partial<MailboxBehaviour>))
  })
  router.post('/calm', (_request, response) => {
    sandbox.calm()
    response.json(sandbox.behaviour())
  })
  return router
}
