/** A house with a bank account and customers who owe it money, for tests. */
import { randomUUID } from 'node:crypto'
import type { PrismaClient } from '../../../prisma/connect'
import { post } from './ledger'
import { aCustomer, type Shop } from './shop.fixture'

export const house = 'DE02120300000000202051'

export const openAccount = (prisma: PrismaClient) =>
  prisma.bankAccount.create({
    data: {
      id: 'main',
      iban: house,
      bic: 'BYLADEM1001',
      bankName: 'Hafenbank Hamburg',
      holder: 'Kontor Domains GmbH',
      creditorId: 'DE98ZZZ09999999999',
    },
  })

let sequence = 0

/** An invoice that is due, with its booking. */
export async function anInvoice(
  { prisma }: Shop,
  customerId: string,
  gross: number,
  { dueOn = '2026-11-30', currency = 'EUR' } = {},
) {
  sequence += 1
  const number = `R-2026-${String(sequence).padStart(6, '0')}`
  const document = await prisma.document.create({
    data: {
      ...{ id: randomUUID(), key: `test/${number}`, kind: 'INVOICE', series: 'R-2026', sequence, number, customerId },
      ...{
        issuedOn: new Date('2026-11-01'),
        dueOn: new Date(dueOn),
        language: 'de',
        currency,
        net: gross,
        vat: 0,
        gross,
        data: {},
      },
    },
  })
  await prisma.$transaction((tx) =>
    post(tx, {
      key: `test/${number}`,
      at: '2026-11-01T10:00:00Z',
      description: number,
      postings: [
        { account: `receivable:${customerId}`, amount: gross, currency },
        { account: 'revenue:hosting', amount: -gross, currency },
      ],
    }),
  )
  return { documentId: document.id, number }
}

let customers = 10_000

export async function aPayer(shop: Shop) {
  customers += 1
  const { customer } = await aCustomer(shop, { number: `C-${customers}` })
  return { customerId: customer.id, number: customer.number }
}

export async function balances(prisma: PrismaClient): Promise<Record<string, number>> {
  const rows = await prisma.ledgerPosting.groupBy({ by: ['account'], _sum: { amount: true } })
  const found: Record<string, number> = {}
  for (const { account, _sum } of rows) if (_sum.amount) found[account] = _sum.amount
  return found
}

export async function openOf(prisma: PrismaClient, documentId: string): Promise<number> {
  const [row] = await prisma.$queryRaw<{ open: number }[]>`select open from "OpenItem" where "documentId" = ${documentId}`
  return row?.open ?? 0
}
