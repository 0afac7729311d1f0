/** What every MailPort must do, whoever stands behind it. A suite, called by the test of each adapter. */
import { expect, test } from '@jest/globals'

import { isRefused, isUnavailable } from '../../failures'
import type { Mail, MailPort } from '../../world'

/** A mail as it arrived, read from the mailbox and not from the port. */
export interface ArrivedMail {
  messageId: string
  to: string[]
  subject: string
  text: string
  html: string
  headers: { name: string; value: string }[]
  attachments: { filename: string; contentType: string; content: Uint8Array }[]
}

export interface MailBench {
  port: () => MailPort
  arrived: (to: string) => Promise<ArrivedMail[]>
  refuse: (to: string) => void
  later: () => void
  down: () => void
  calm: () => void
}

let count = 0
export const aMail = (change: Partial<Mail> = {}): Mail => {
  count += 1
  return {
    key: `order:K-2026-${String(count).padStart(6, '0')}/invoice`,
    to: `kunde${count}@example.de`,
    subject: 'Ihre Rechnung R-2026-000001 für bücher.example',
    text: 'Guten Tag,\nanbei Ihre Rechnung über 34,51 €.',
    html: '<p>Guten Tag,<br>anbei Ihre Rechnung über <b>34,51&nbsp;€</b>.</p>',
    attachments: [],
    ...change,
  }
}

/** 'sent', the code of the refusal, or 'unavailable'. */
export const ending = (sending: Promise<unknown>): Promise<unknown> =>
  sending.then(
    () => 'sent',
    (error: unknown) => {
      if (isRefused(error)) return (error.details?.[0] as { code: string }).code
      if (isUnavailable(error)) return 'unavailable'
      throw error
    },
  )

export const mailPortFacts = (who: string, { port, arrived, refuse, later, down, calm }: MailBench): void => {
  test(`${who}: INV-02 a mail arrives with its words, both parts and its attachment, byte for byte`, async () => {
    const content = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256)
    const mail = aMail({
      attachments: [{ filename: 'Rechnung R-2026-000001 für Käthe.pdf', contentType: 'application/pdf', content }],
    })
    const { reference } = await port().send(mail)
    const [got, ...more] = await arrived(mail.to)
    expect(more).toEqual([])
    expect(got).toMatchObject({ messageId: reference, to: [mail.to], subject: mail.subject })
    expect(got?.text.trim()).toBe(mail.text)
    expect(got?.html.trim()).toBe(mail.html)
    expect(got?.attachments.map(({ filename, contentType }) => ({ filename, contentType }))).toEqual([
      { filename: 'Rechnung R-2026-000001 für Käthe.pdf', contentType: 'application/pdf' },
    ])
    expect(Buffer.compare(got?.attachments[0]?.content ?? new Uint8Array(), content)).toBe(0)
  })

  test(`${who}: one key has one Message-ID, so that a mail told twice is known as one`, async () => {
    const mail = aMail()
    const [once, again] = [await port().send(mail), await port().send(mail)]
    expect(again).toEqual(once)
    expect(new Set((await arrived(mail.to)).map(({ messageId }) => messageId))).toEqual(new Set([once.reference]))
    expect(await port().send({ ...mail, key: `${mail.key}.` })).not.toEqual(once)
  })

  test(`${who}: a subject that carries header lines stays a subject`, async () => {
    const mail = aMail({ subject: 'Hallo\r\nBcc: opfer@example.com\r\n\r\n<script>' })
    await port().send(mail)
    const [got] = await arrived(mail.to)
    expect(got?.subject).toBe('Hallo Bcc: opfer@example.com <script>')
    expect(got?.headers.map(({ name }) => name.toLowerCase())).not.toContain('bcc')
    expect(got?.to).toEqual([mail.to])
    expect(await arrived('opfer@example.com')).toEqual([])
  })

  test(`${who}: what is not exactly one address is refused and nobody gets anything`, async () => {
    const hostile = [
      'a@example.de, opfer@example.com',
      'a@example.de\r\nBcc: opfer@example.com',
      'a@example.de>\r\nRCPT TO:<opfer@example.com',
      'Name <opfer@example.com>',
      '"a b"@example.de',
      'no-address',
      '',
    ]
    for (const to of hostile) expect([to, await ending(port().send(aMail({ to })))]).toEqual([to, 'mail-refused'])
    expect(await arrived('opfer@example.com')).toEqual([])
  })

  test(`${who}: a file name can't leave its header or its folder`, async () => {
    const mail = aMail({
      attachments: [{ filename: '../../x"\r\nBcc: opfer@example.com', contentType: 'text/plain', content: Buffer.from('x') }],
    })
    await port().send(mail)
    const [got] = await arrived(mail.to)
    expect(got?.attachments[0]?.filename).not.toMatch(/[/\\\r\n]/)
    expect(got?.headers.map(({ name }) => name.toLowerCase())).not.toContain('bcc')
  })

  test(`${who}: an address that does not exist is refused; trouble that passes is unavailable; then it goes through`, async () => {
    const mail = aMail()
    refuse(mail.to)
    expect(await ending(port().send(mail))).toBe('mail-refused')
    calm()
    later()
    expect(await ending(port().send(mail))).toBe('unavailable')
    expect(await ending(port().send(mail))).toBe('sent')
    expect(await arrived(mail.to)).toHaveLength(1)
  })

  test(`${who}: no mail server is unavailable, not refused`, async () => {
    const mail = aMail()
    down()
    expect(await ending(port().send(mail))).toBe('unavailable')
    calm()
    expect(await ending(port().send(mail))).toBe('sent')
  })
}
