/**
 * The bank in the record: files, what statements tell (bank-statements.ts), what people decide about payments that were not certain,
 * and direct debits (direct-debits.ts).
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Prisma } from '../../../prisma/client/client'
import type { PrismaClient } from '../../../prisma/connect'
import type { EntryAnswer, EntryDecision } from '../../../workflows/messages/bank'
import type { BankStatement } from '../../../workflows/policy/bank-statement'
import { payoutReference } from '../../../workflows/policy/matching'
import { said, type Said } from '../../../workflows/policy/said'
import type { Posting } from '../../world'
import {
  importOne,
  nothingYet,
  fees,
  outgoing,
  payoutTransit,
  suspense,
  type EntryState,
  type Imported,
  type OpenItemRow,
} from './bank-statements'
import { createDirectDebits, patient, transit } from './direct-debits'
import { touchedBy } from './ledger'
import { lessReserved } from './reserved'
import { asJson, storableText } from './text'

type Tx = Prisma.TransactionClient

/** How an entry stands, locked for a decision. */
async function entryFor(tx: Tx, entryId: string) {
  await tx.$executeRaw`select 1 from "BankEntry" where id = ${entryId} for update`
  return await tx.bankEntry.findUnique({ where: { id: entryId } })
}

const no = (key: string, params?: Said['params']): EntryAnswer => ({ kind: 'refused', reason: said(key, params) })

/** A person's decision about one payment: one transaction, told twice it changes nothing. */
async function decide(tx: Tx, decision: EntryDecision, at: string): Promise<EntryAnswer & { touched: string[] }> {
  const refuse = (key: string, params?: Said['params']) => ({ ...no(key, params), touched: [] })
  const entry = await entryFor(tx, decision.entryId)
  if (!entry) return refuse('bank.late.unknown')
  // an earlier attempt of the same decision got through
  if (entry.decidedBy === decision.by && entry.decidedAt?.getTime() === new Date(at).getTime())
    return { kind: 'done', touched: await touchedBy(tx, `bank-entry:${entry.key}/${entry.round}`) }
  const { amount, currency, round } = entry
  const key = `bank-entry:${entry.key}/${round + 1}`
  const money = { currency }
  const transactionId = randomUUID()
  const enter = async (description: string, postings: Posting[]) => {
    await tx.ledgerTransaction.create({ data: { id: transactionId, key, at: new Date(at), description } })
    await tx.ledgerPosting.createMany({
      data: postings.filter((posting) => posting.amount !== 0).map((posting) => ({ ...posting, transactionId })),
    })
  }
  const keep = (state: EntryState, reason: Said | null, customerId: string | null) =>
    tx.bankEntry.update({
      where: { id: entry.id },
      data: {
        state,
        ...(reason ? { reason: asJson(reason) } : {}),
        customerId,
        round: round + 1,
        decidedBy: decision.by,
        decidedAt: new Date(at),
      },
    })

  if (decision.kind === 'undo') {
    if (entry.state !== 'MATCHED' || entry.debitId !== null) return refuse('bank.late.state')
    const last = await tx.ledgerTransaction.findUnique({
      where: { key: `bank-entry:${entry.key}/${round}` },
      include: { postings: true, settlements: true },
    })
    if (!last) return refuse('bank.late.state')
    if (last.postings.some(({ account }) => account === transit)) return refuse('bank.late.state')
    // whoever books on the money of these customers waits
    const customers = last.postings.flatMap(({ account }) => /^(?:credit|receivable):(.+)$/.exec(account)?.[1] ?? [])
    await tx.$executeRaw`select 1 from "Customer" where id = any(${customers}) order by id for no key update`
    const documents = last.settlements.map(({ documentId }) => documentId)
    const paid = new Map(
      (
        await tx.settlement.groupBy({
          ...{ by: ['documentId'], _sum: { amount: true } },
          where: { documentId: { in: documents }, kind: { notIn: ['CREDIT', 'WRITE_OFF'] } },
        })
      ).map(({ documentId, _sum }) => [documentId, _sum.amount ?? 0]),
    )
    // what a correction has taken out of its invoice meanwhile is in the balance, and comes from there
    const parts = last.settlements.map((one) => ({ ...one, part: Math.min(one.amount, paid.get(one.documentId) ?? 0) }))
    const moved = [
      ...last.postings.filter(({ account }) => account !== `bank:${entry.accountId}` && account !== suspense),
      ...parts.flatMap(({ customerId, amount: whole, part }) => [
        { account: `receivable:${customerId}`, amount: whole - part },
        { account: `credit:${customerId}`, amount: part - whole },
      ]),
    ]
    for (const account of new Set(moved.map((one) => one.account).filter((one) => one.startsWith('credit:')))) {
      const back = moved.reduce((total, one) => total + (one.account === account ? one.amount : 0), 0)
      const balance = await tx.ledgerPosting.aggregate({ where: { account, currency }, _sum: { amount: true } })
      // the balance was spent meanwhile
      if (back < 0 && -(balance._sum.amount ?? 0) < -back) return refuse('bank.late.spent')
    }
    // an order that waits on for the rest can do without it; one that has all it needs, or gave it back, can't
    for (const { account, amount: part } of moved)
      if (account.startsWith('reserved:') && !(await lessReserved(tx, account, -part))) return refuse('bank.late.reserved')
    await enter('Match taken back', [
      ...moved.map(({ account, amount: part }) => ({ account, amount: -part, ...money })),
      { account: suspense, amount: -amount, ...money },
    ])
    await tx.settlement.createMany({
      data: parts
        .filter(({ part }) => part > 0)
        .map(({ documentId, customerId, part, paymentRef }) => ({
          ...{ key: `${key}/${documentId}`, documentId, customerId, kind: 'RETURN' as const },
          ...{ amount: -part, currency, at: new Date(at), transactionId, paymentRef },
        })),
    })
    // a payout waits for its transfer again
    await tx.payout.updateMany({ where: { entryId: entry.id }, data: { state: 'OPEN', closedAt: null, entryId: null } })
    await keep('UNMATCHED', null, null)
    return { kind: 'done', touched: documents }
  }

  if (entry.state !== 'UNMATCHED') return refuse('bank.late.state')
  switch (decision.kind) {
    case 'send-back':
      if (amount <= 0 || entry.iban === null) return refuse('bank.late.no-account')
      await enter('To be sent back', [
        { account: suspense, amount, ...money },
        { account: outgoing, amount: -amount, ...money },
      ])
      await keep('SENT_BACK', said('match.by-hand'), null)
      return { kind: 'done', touched: [] }
    case 'fee':
      if (amount >= 0) return refuse('bank.late.amount')
      await enter('Fee of the bank', [
        { account: suspense, amount, ...money },
        { account: fees, amount: -amount, ...money },
      ])
      await keep('MATCHED', said('match.fee'), null)
      return { kind: 'done', touched: [] }
    case 'payout': {
      const owed = -amount - entry.charge
      const payout = await tx.payout.findUnique({ where: { id: decision.payoutId } })
      if (payout?.amount !== owed || payout.currency !== currency) return refuse('bank.late.payout')
      const paid = { state: 'PAID' as const, closedAt: new Date(at), entryId: entry.id }
      const { count } = await tx.payout.updateMany({ where: { id: payout.id, state: 'OPEN' }, data: paid })
      if (count === 0) return refuse('bank.late.payout')
      const reference = payoutReference(payout.number)
      await enter(`Balance paid out, ${reference}`, [
        { account: suspense, amount, ...money },
        { account: payoutTransit, amount: owed, ...money },
        { account: fees, amount: entry.charge, ...money },
      ])
      await keep('MATCHED', said('match.payout', { reference }), payout.customerId)
      return { kind: 'done', touched: [] }
    }
    case 'book': {
      const parts = decision.parts.filter((part) => part.amount !== 0)
      const spent = parts.reduce((total, part) => total + part.amount, 0)
      const rest = amount - spent
      if (amount <= 0 || rest < 0 || parts.some((part) => !Number.isSafeInteger(part.amount) || part.amount < 0))
        return refuse('bank.late.amount')
      if (new Set(parts.map(({ documentId }) => documentId)).size < parts.length) return refuse('bank.late.amount')
      if (rest > 0 && decision.customerId === undefined) return refuse('bank.late.rest')
      const items = await tx.$queryRaw<OpenItemRow[]>`
        select "documentId", number, "customerId", open, currency, "dueOn" from "OpenItem" where "documentId" = any(${parts.map(({ documentId }) => documentId)})`
      const itemOf = new Map(items.map((item) => [item.documentId, item]))
      for (const part of parts) {
        const item = itemOf.get(part.documentId)
        if (!item || item.currency !== currency || item.open < part.amount)
          return refuse('bank.late.open', { number: item?.number ?? '' })
      }
      if (decision.customerId !== undefined && (await tx.customer.count({ where: { id: decision.customerId } })) === 0)
        return refuse('bank.late.unknown')
      const owner = (documentId: string) => itemOf.get(documentId)?.customerId ?? ''
      await enter('Bank transfer matched', [
        { account: suspense, amount, ...money },
        ...parts.map((part) => ({ account: `receivable:${owner(part.documentId)}`, amount: -part.amount, ...money })),
        ...(rest > 0 ? [{ account: `credit:${decision.customerId}`, amount: -rest, ...money }] : []),
      ])
      await tx.settlement.createMany({
        data: parts.map((part) => ({
          ...{
            key: `${key}/${part.documentId}`,
            documentId: part.documentId,
            customerId: owner(part.documentId),
            kind: 'PAYMENT' as const,
          },
          ...{ amount: part.amount, currency, at: new Date(at), transactionId, paymentRef: entry.bankReference },
        })),
      })
      const owners = new Set(parts.map(({ documentId }) => owner(documentId)))
      const customerId = decision.customerId ?? (owners.size === 1 ? ([...owners][0] ?? null) : null)
      await keep('MATCHED', said('match.by-hand'), customerId)
      return { kind: 'done', touched: parts.map(({ documentId }) => documentId) }
    }
  }
}

/** @see BankRecord */
export const createBankRecord = (prisma: PrismaClient) => ({
  async keepFile({ name, content, receivedBy }: { name: string; content: Uint8Array; receivedBy: string }): Promise<string> {
    const id = createHash('sha256').update(content).digest('hex')
    await prisma.$executeRaw`
      insert into "BankFile" (id, name, content, size, "receivedBy") values (${id}, ${storableText(name)}, ${Buffer.from(content)}, ${content.length}, ${receivedBy})
        on conflict (id) do nothing`
    return id
  },

  async file({ fileId }: { fileId: string }): Promise<{ content: Uint8Array; name: string } | undefined> {
    return (await prisma.bankFile.findUnique({ where: { id: fileId }, select: { content: true, name: true } })) ?? undefined
  },

  async unread(): Promise<string[]> {
    const rows = await prisma.bankFile.findMany({
      where: { state: 'RECEIVED', receivedBy: 'bank' },
      orderBy: [{ receivedAt: 'asc' }, { id: 'asc' }],
      take: 100,
      select: { id: true },
    })
    return rows.map(({ id }) => id)
  },

  async refuse({ fileId, reason }: { fileId: string; reason: Said }): Promise<void> {
    await prisma.bankFile.update({ where: { id: fileId }, data: { state: 'REFUSED', reason: asJson(reason) } })
  },

  /** All statements of a file, each new one booked, in one transaction: all of them or none. Throws StatementRefused. */
  import: ({ fileId, statements, at }: { fileId: string; statements: BankStatement[]; at: string }): Promise<Imported> =>
    prisma.$transaction(async (tx) => {
      const total = nothingYet()
      for (const statement of statements) {
        const one = await importOne(tx, statement, fileId, at)
        for (const name of ['statements', 'known', 'entries', 'booked', 'unmatched', 'returned'] as const)
          total[name] += one[name]
        total.touched.push(...one.touched)
        total.orders.push(...one.orders)
      }
      const { touched, orders, kind, ...counts } = total
      await tx.bankFile.updateMany({ where: { id: fileId }, data: { state: 'READ', counts } })
      return { kind, ...counts, touched: [...new Set(touched)], orders: [...new Set(orders)] }
    }, patient),

  decide: (decision: EntryDecision & { at: string }): Promise<EntryAnswer & { touched: string[] }> =>
    prisma.$transaction((tx) => decide(tx, decision, decision.at), patient),

  ...createDirectDebits(prisma),
})
