import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'

import { startMailboxSandbox, type MailboxSandbox } from '../../../sandbox/mailbox/index'
import type { MailPort } from '../../world'
import { aMail, ending, mailPortFacts, type ArrivedMail } from '../contract/mail'
import { createSmtpMail, messageIdOf } from './mail'

const dir = mkdtempSync(join(tmpdir(), 'mailbox-'))
let mailbox: MailboxSandbox
let mail: MailPort & { close(): void }

beforeAll(async () => {
  mailbox = await startMailboxSandbox({ dir, smtpPort: 0 })
  mail = createSmtpMail({ url: mailbox.smtpUrl, from: 'Kontor <post@kontor.example>' })
})
afterEach(() => mailbox.calm())
afterAll(async () => {
  mail.close()
  await mailbox.close()
  rmSync(dir, { recursive: true })
})

const arrived = async (to: string): Promise<ArrivedMail[]> =>
  Promise.all(
    mailbox.list({ to }).mails.map(async ({ id }) => {
      const kept = await mailbox.mail(id)
      if (!kept) throw new Error(`${id} is listed but not there`)
      const attachments = await Promise.all(
        kept.attachments.map(async ({ index, filename, contentType }) => ({
          filename,
          contentType,
          content: (await mailbox.attachment(id, index))?.content ?? new Uint8Array(),
        })),
      )
      return { ...kept, attachments }
    }),
  )

mailPortFacts('smtp', {
  port: () => mail,
  arrived,
  refuse: (to) => void mailbox.behave({ refuse: [to] }),
  later: () => void mailbox.behave({ later: 1 }),
  down: () => void mailbox.behave({ down: true }),
  calm: () => mailbox.calm(),
})

test('a connection lost after the server took the mail is unavailable: told again it is there twice under one Message-ID', async () => {
  const twice = aMail()
  mailbox.behave({ dropAfterActing: 1 })
  expect(await ending(mail.send(twice))).toBe('unavailable')
  const { reference } = await mail.send(twice)
  expect(mailbox.counts()[reference]).toBe(2)
})

test('a Message-ID is one line of plain letters whatever the key was', () => {
  expect(messageIdOf('order:K-2026-000001/<x>\r\nBcc: ü', 'kontor.example')).toMatch(/^<[A-Za-z0-9.-]+@kontor\.example>$/)
  expect(messageIdOf('', 'kontor.example')).toMatch(/^<[0-9a-f]{16}@kontor\.example>$/)
})

test('a sender that is no address is found at the start, not at the first mail', () => {
  expect(() => createSmtpMail({ url: 'smtp://127.0.0.1:1', from: 'Kontor' })).toThrow(/No sender address/)
})
