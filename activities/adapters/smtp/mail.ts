/** Outgoing mail over SMTP (RFC 5321). What people wrote reaches headers only through nodemailer's encoding, an address never as a list. */
import { createHash } from 'node:crypto'

import { createTransport } from 'nodemailer'
import addressparser from 'nodemailer/lib/addressparser'

import { refused, unavailable } from '../../failures'
import type { MailPort } from '../../world'

/** One mailbox (RFC 5321 §4.1.2, UTF-8 as RFC 6531): no list, no name, no quoting, nothing that could end a line. */
const oneAddress = /^[^\s\p{Cc}"(),:;<>@[\\\]]{1,64}@[^\s\p{Cc}"(),:;<>@[\\\]]{1,253}$/u

/** The same key has the same Message-ID, so a mail that went out twice is known as one by who receives it (RFC 5322 §3.6.4). */
export const messageIdOf = (key: string, domain: string): string => {
  const readable = key
    .replace(/[^A-Za-z0-9-]+/g, '.')
    .replace(/^\.+|\.+$/g, '')
    .slice(0, 60)
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 16)
  return `<${readable === '' ? '' : `${readable}.`}${digest}@${domain}>`
}

const fileNameOf = (name: string): string => name.replace(/[\p{Cc}/\\]+/gu, '-').slice(0, 120) || 'attachment'

interface SmtpError extends Error {
  code?: string
  responseCode?: number
}

const asFailure = (error: unknown): Error => {
  const { code, responseCode, message } = error as SmtpError
  const says = responseCode === undefined ? (code ?? message) : `${code ?? 'SMTP'} ${responseCode}`
  // a login that is not accepted is ours to put right, not the address's fault
  if (code === 'EAUTH') return unavailable('mail', `The mail server does not accept our login (${says})`)
  if (code === 'EENVELOPE' && responseCode === undefined)
    return refused('mail-refused', 'The mail server can not take this address')
  if (responseCode !== undefined && responseCode >= 500)
    return refused('mail-refused', `The mail server refuses this mail: ${says}`)
  return unavailable('mail', says)
}

/**
 * `url` is smtp://[user:password@]host:port or smtps://…, `from` the sender as in a header: Kontor <post@kontor.example>.
 * Close it when the worker stops: it keeps connections open between mails.
 */
export const createSmtpMail = ({ url, from }: { url: string; from: string }): MailPort & { close(): void } => {
  const [sender] = addressparser(from, { flatten: true })
  if (!sender || !oneAddress.test(sender.address)) throw new Error(`No sender address in ${JSON.stringify(from)}`)
  const domain = sender.address.slice(sender.address.lastIndexOf('@') + 1)
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
    pool: true,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    maxConnections: 4,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  })

  return {
    async send({ key, to, subject, text, html, attachments }) {
      if (!oneAddress.test(to)) throw refused('mail-refused', 'This is not one mail address')
      const messageId = messageIdOf(key, domain)
      try {
        await transport.sendMail({
          messageId,
          from: { name: sender.name, address: sender.address },
          to: { name: '', address: to },
          envelope: { from: sender.address, to: [to] },
          subject: subject.replace(/\p{Cc}+/gu, ' '),
          text,
          html,
          // no out-of-office answers to a machine (RFC 3834)
          headers: { 'Auto-Submitted': 'auto-generated' },
          attachments: attachments.map(({ filename, contentType, content }) => ({
            filename: fileNameOf(filename),
            contentType,
            content: Buffer.from(content),
          })),
        })
      } catch (error) {
        throw asFailure(error)
      }
      return { reference: messageId }
    },
    close: () => transport.close(),
  }
}
