import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, expect, test } from '@jest/globals'

import { createSmtpMail } from '../../activities/adapters/smtp/mail'
import { startMailboxSandbox, type KeptMail, type MailboxSandbox, type MailPage } from './index'

let closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.reverse()) await close()
  closing = []
})

const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mailbox-'))
  closing.push(() => rmSync(dir, { recursive: true }))
  return dir
}
const start = async (dir = newDir()): Promise<MailboxSandbox> => {
  const mailbox = await startMailboxSandbox({ dir, smtpPort: 0 })
  closing.push(() => mailbox.close())
  return mailbox
}
const send = async (mailbox: MailboxSandbox, key: string, to: string, content = 'PDF'): Promise<string> => {
  const mail = createSmtpMail({ url: mailbox.smtpUrl, from: 'Kontor <post@kontor.example>' })
  const { reference } = await mail
    .send({
      key,
      to,
      subject: `Rechnung ${key}`,
      text: 'Guten Tag',
      html: '<p>Guten Tag</p>',
      attachments: [{ filename: 'r.html', contentType: 'text/html', content: Buffer.from(content) }],
    })
    .finally(() => mail.close())
  return reference
}
const get = async <T>(mailbox: MailboxSandbox, path: string): Promise<T> =>
  (await (await fetch(`${mailbox.url}${path}`)).json()) as T
const post = (mailbox: MailboxSandbox, path: string, body: unknown, type = 'application/json'): Promise<Response> =>
  fetch(`${mailbox.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) })

test('the mailbox is up in less than 100 ms', async () => {
  const took: number[] = []
  for (let nth = 0; nth < 5; nth += 1) {
    const began = performance.now()
    await start()
    took.push(performance.now() - began)
  }
  expect(Math.min(...took)).toBeLessThan(100)
})

test('mails are listed newest first, by recipient and by page, and read with their attachments', async () => {
  const mailbox = await start()
  for (const key of ['1', '2', '3']) await send(mailbox, key, 'kaethe@example.de')
  await send(mailbox, '4', 'otto@example.de')
  const page = await get<MailPage>(mailbox, '/mails?to=Kaethe@Example.de&limit=2&offset=1')
  expect(page).toMatchObject({ total: 3, mails: [{ subject: 'Rechnung 2', number: 2 }, { subject: 'Rechnung 1' }] })
  const mail = await get<KeptMail>(mailbox, `/mails/${page.mails[0]?.id}`)
  expect(mail).toMatchObject({ text: expect.stringContaining('Guten Tag'), html: expect.stringContaining('<p>') })
  expect(mail.attachments).toEqual([{ index: 0, filename: 'r.html', contentType: 'text/html', size: 3 }])
  const file = await fetch(`${mailbox.url}/mails/${mail.id}/attachments/0`)
  // an attachment is a download, never a page of ours
  expect(file.headers.get('content-type')).toBe('application/octet-stream')
  expect(file.headers.get('content-disposition')).toContain('attachment')
  expect(await file.text()).toBe('PDF')
  expect(await (await fetch(`${mailbox.url}/mails/${mail.id}/source`)).text()).toContain('Message-ID: <2.')
  for (const path of ['/mails/nothing', `/mails/${mail.id}/attachments/7`, '/mails/..%2Findex.jsonl/source'])
    expect((await fetch(`${mailbox.url}${path}`)).status).toBe(404)
  expect((await fetch(`${mailbox.url}/mails?limit=many`)).status).toBe(400)
})

test('mails are there again after a restart, twice told twice; cleared is cleared', async () => {
  const dir = newDir()
  const first = await start(dir)
  const reference = await send(first, 'twice', 'kaethe@example.de')
  await send(first, 'twice', 'kaethe@example.de')
  await first.close()
  const second = await start(dir)
  expect(second.counts()).toEqual({ [reference]: 2 })
  await send(second, 'later', 'kaethe@example.de')
  expect(second.list().mails.map(({ number }) => number)).toEqual([3, 2, 1])
  expect((await post(second, '/clear', {}, 'text/plain')).status).toBe(415)
  await post(second, '/clear', {})
  await second.close()
  expect((await start(dir)).list()).toEqual({ mails: [], total: 0 })
})

test('a mail can be waited for, from now on or from the beginning', async () => {
  const mailbox = await start()
  await send(mailbox, '1', 'kaethe@example.de')
  const coming = mailbox.awaitMail({ to: 'kaethe@example.de' }, { after: 1 })
  await send(mailbox, '2', 'otto@example.de')
  await send(mailbox, '3', 'kaethe@example.de')
  expect((await coming).subject).toBe('Rechnung 3')
  expect((await mailbox.awaitMail({ to: 'kaethe@example.de' })).subject).toBe('Rechnung 1')
  await expect(mailbox.awaitMail({ to: 'nobody@example.de' }, { withinMs: 20 })).rejects.toThrow('No such mail')
})

test('how it misbehaves is told over HTTP, and nonsense is not taken', async () => {
  const mailbox = await start()
  expect(await (await post(mailbox, '/behaviour', { refuse: ['Kaethe@example.de'] })).json()).toMatchObject({
    refuse: ['kaethe@example.de'],
  })
  await expect(send(mailbox, '1', 'KAETHE@example.de')).rejects.toMatchObject({ type: 'refused' })
  expect((await post(mailbox, '/behaviour', { later: -1 })).status).toBe(400)
  expect((await post(mailbox, '/behaviour', { sooner: 1 })).status).toBe(400)
  await post(mailbox, '/calm', {})
  await send(mailbox, '1', 'KAETHE@example.de')
  expect(mailbox.list({ to: 'kaethe@example.de' }).total).toBe(1)
})
