import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createDeliveries } from './deliveries'
import { createDocuments } from './documents'
import { anOrder, openShop, placedAt, type Shop } from '../../../dev/fixtures/shop'

let shop: Shop
beforeAll(async () => void (shop = await openShop()))
afterAll(() => shop.close())

const deliveries = () => createDeliveries(shop.prisma, { publicUrl: 'https://kontor.example' })

test('INV-02 the invoice goes out in the customer language with its PDF, one row per mail however often it is queued', async () => {
  const { caseId, orderId, itemIds, order, customer } = await anOrder(shop, ['mail.de'], { customer: { language: 'en' } })
  const documents = createDocuments(shop.prisma, () => Promise.resolve({ pdf: new Uint8Array([37, 80]), xml: '<x/>' }))
  const { documentId, number } = await documents.issueInvoice({
    key: `${caseId}/invoice`,
    caseId,
    orderId,
    itemIds,
    captured: order.gross,
    at: placedAt,
  })
  const mail = {
    key: `${caseId}/mail/invoice`,
    template: 'order-delivered',
    caseId,
    orderId,
    to: 'customer',
    documentId,
    params: { number, ...order.gross },
  } as const
  const [id] = await deliveries().queue([mail])
  expect(await deliveries().queue([mail])).toEqual([id])
  await expect(deliveries().renderMail({ deliveryId: id! })).rejects.toThrow('not made yet')
  await documents.render({ documentId })
  const rendered = await deliveries().renderMail({ deliveryId: id! })
  expect(rendered).toMatchObject({
    key: mail.key,
    to: customer.email,
    attachments: [{ filename: `Invoice-${number}.pdf`, contentType: 'application/pdf' }],
  })
  expect(Array.from(rendered.attachments[0]!.content)).toEqual([37, 80])
  expect(rendered.text).toContain('Jörg Müller & Söhne <b>')
  expect(rendered.html).not.toContain('<b>')
  expect(rendered.text).toContain(number)
  await deliveries().claim({ deliveryId: id!, at: placedAt })
  await deliveries().sent({ deliveryId: id!, at: placedAt })
  expect(await deliveries().queue([mail])).toEqual([])
})

test('mail to the clearing centre goes to each of its people who may log in; without any, to the admins', async () => {
  const { caseId, orderId } = await anOrder(shop, ['staff.de'])
  const user = (email: string, staffRole: 'CLEARING' | 'ADMIN', given = {}) =>
    shop.prisma.user.create({ data: { email, displayName: email, passwordHash: '-', staffRole, ...given } })
  await user('admin@kontor.example', 'ADMIN', { language: 'en' })
  const mail = (key: string) => ({ key, template: 'clearing-escalated', caseId, orderId, to: 'clearing' }) as const
  const first = await deliveries().queue([mail('a')])
  expect(await shop.prisma.delivery.findMany({ where: { id: { in: first } }, select: { to: true, language: true } })).toEqual([
    { to: 'admin@kontor.example', language: 'en' },
  ])
  await user('clara@kontor.example', 'CLEARING')
  await user('claus@kontor.example', 'CLEARING')
  await user('gone@kontor.example', 'CLEARING', { lockedAt: new Date() })
  const second = await deliveries().queue([mail('b')])
  const rows = await shop.prisma.delivery.findMany({ where: { id: { in: second } }, orderBy: { to: 'asc' } })
  expect(rows.map(({ to }) => to)).toEqual(['clara@kontor.example', 'claus@kontor.example'])
})

test('a mail is claimed by one worker; a claim lapses; a failure queues it again or ends it', async () => {
  const { caseId, orderId } = await anOrder(shop, ['claim.de'])
  const [deliveryId] = await deliveries().queue([{ key: 'claim', template: 'order-received', caseId, orderId, to: 'customer' }])
  const claim = (at: string) => deliveries().claim({ deliveryId: deliveryId!, at })
  const at = '2026-11-22T10:00:00Z'
  const answers = await Promise.all([1, 2, 3, 4].map(() => claim(at)))
  expect(answers.filter(({ kind }) => kind === 'claimed')).toEqual([{ kind: 'claimed', attempts: 1 }])
  expect(answers.filter(({ kind }) => kind === 'claimed-elsewhere')).toHaveLength(3)
  const soon = '2026-11-22T10:05:01Z'
  expect(await deliveries().waiting({ at, limit: 1000 })).not.toContain(deliveryId)
  expect(await deliveries().waiting({ at: soon, limit: 1000 })).toContain(deliveryId)
  expect(await claim(soon)).toEqual({ kind: 'claimed', attempts: 2 })
  await deliveries().failed({ deliveryId: deliveryId!, error: '451 later\0', final: false })
  expect(await claim(soon)).toEqual({ kind: 'claimed', attempts: 3 })
  await deliveries().failed({ deliveryId: deliveryId!, error: '550 no', final: true })
  expect(await claim(soon)).toEqual({ kind: 'over' })
})
