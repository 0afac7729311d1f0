/** Reads a report of a mail server (RFC 3464). It comes from the internet through a machine that we let in: nothing in it is trusted but that it was said. */
import { simpleParser } from 'mailparser'

interface DeliveryReport {
  /** of the mail that it is about, with its brackets */
  messageId: string
  /** 5.1.1 */
  status: string
  /** in the server's words */
  diagnostic: string
}

const field = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*(.*(?:\\r?\\n[ \\t].*)*)`, 'imu').exec(text)?.[1]?.replace(/\s+/g, ' ').trim()

/** undefined: it is no report of a mail that failed for good (one that is only late may still arrive). */
export async function readDeliveryReport(source: Buffer): Promise<DeliveryReport | undefined> {
  const mail = await simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true }).catch(
    () => undefined,
  )
  if (!mail) return undefined
  const part = (...types: string[]): string | undefined =>
    mail.attachments
      .find(({ contentType }) => types.includes(contentType))
      ?.content.toString('utf8')
      .slice(0, 100_000)
  // the parser reads it as text, unless it is declared as an attachment
  const status = part('message/delivery-status') ?? mail.text
  const original = part('text/rfc822-headers', 'message/rfc822', 'message/global', 'message/global-headers')
  if (status === undefined || original === undefined || field(status, 'Action')?.toLowerCase() !== 'failed') return undefined
  const messageId = /^<[^<>\s]{3,250}>$/.exec(field(original.split(/\r?\n\r?\n/)[0] ?? '', 'Message-ID') ?? '')?.[0]
  if (messageId === undefined) return undefined
  return {
    messageId,
    status: (field(status, 'Status') ?? '').slice(0, 20),
    diagnostic: (field(status, 'Diagnostic-Code') ?? '').replace(/^smtp;\s*/i, '').slice(0, 250),
  }
}
