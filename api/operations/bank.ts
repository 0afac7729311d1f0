/** The house's bank account: statements, the payments on them, what could not be matched, collections; and how to pay by transfer (PAY-10). */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { BankEntryState, DebitState } from '../../prisma/client/enums'
import { gapsAfter, gapsOf } from '../../prisma/statement-gaps'
import { houseDay } from '../../workflows/policy/calendar'
import { type Known, type OpenInvoice, payoutReference, propose, referencesIn } from '../../workflows/policy/matching'
import { money } from '../../workflows/policy/money'
import { said, type Said } from '../../workflows/policy/said'
import { mandateReference, maskedIban, meaningOfReturn, transferReference } from '../../workflows/policy/sepa'
import type { Context, RecordAccess } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { holderInput, ibanInput, id, listInput, nothing, wordInput } from './input'
import { pageOf, pageWanted, sortWanted, spoken, stateWanted } from './list'
import { defineOperation } from './operation'
import { ownedBy } from './ownership'
import { Invalid, NotFound, Unavailable } from './problems'
import { transferTo } from './transfer-data'
import type { BankEntryView, OpenInvoiceView, Operations } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const day = (date: Date): string => date.toISOString().slice(0, 10)
const saidOf = (value: unknown): Said | undefined => (value as Said | null) ?? undefined

const bankOf = (ctx: Context) => {
  if (!ctx.bank) throw new Unavailable()
  return ctx.bank
}

type EntryRow = Prisma.BankEntryGetPayload<{ include: { customer: { select: typeof customerNameFields } } }>

const entryView = (row: EntryRow): BankEntryView => {
  const meaning = row.returnCode === null ? undefined : meaningOfReturn(row.returnCode)
  return {
    id: row.id,
    bookedOn: day(row.bookedOn),
    amount: money(row.amount, row.currency),
    purpose: row.purpose,
    state: spoken(row.state) as BankEntryView['state'],
    statementId: row.statementId,
    ...present({
      name: row.name,
      iban: row.iban,
      reason: saidOf(row.reason),
      customer: row.customer ? customerName(row.customer) : undefined,
      charge: row.charge > 0 ? money(row.charge, row.currency) : undefined,
      endToEndId: row.endToEndId,
      bankReference: row.bankReference,
      undetailed: row.undetailed,
    }),
    ...(meaning ? { returned: { code: meaning.code, what: meaning.what, todo: meaning.todo } } : {}),
  }
}

interface OpenRow {
  documentId: string
  number: string
  customerId: string
  customerNumber: string
  customerName: string
  open: number
  currency: string
  dueOn: Date
}

const openView = (row: OpenRow): OpenInvoiceView => ({
  documentId: row.documentId,
  number: row.number,
  dueOn: day(row.dueOn),
  open: money(row.open, row.currency),
  customer: { id: row.customerId, number: row.customerNumber, name: row.customerName },
})
const item = (row: OpenRow): OpenInvoice => ({ ...row, dueOn: day(row.dueOn) })

/** Open invoices by number, or of these customers, or that a word finds. */
const openInvoices = (
  record: RecordAccess,
  { numbers = [], customers = [], word }: { numbers?: string[]; customers?: string[]; word?: string | undefined },
): Promise<OpenRow[]> => {
  const like = word ? `%${word.replace(/[\\%_]/g, '\\$&')}%` : null
  return record.$queryRaw<OpenRow[]>`
    select o."documentId", o.number, o."customerId", o.open, o.currency, o."dueOn", c.number as "customerNumber",
        coalesce(c.organisation, c."firstName" || ' ' || c."lastName") as "customerName"
      from "OpenItem" o join "Customer" c on c.id = o."customerId"
      where o.number = any(${numbers}) or o."customerId" = any(${customers})
        or (${like}::text is not null and (o.number ilike ${like} or c.number ilike ${like} or c.organisation ilike ${like}
            or c."firstName" || ' ' || c."lastName" ilike ${like}))
      order by o."dueOn", o.number limit 60`
}

/** What the record knows about one payment (for many at once: activities/adapters/postgres/bank.ts). */
async function knownOf(record: RecordAccess, entry: EntryRow): Promise<{ known: Known; rows: OpenRow[] }> {
  const told = referencesIn(entry.purpose, entry.endToEndId ?? undefined)
  const [customers, orders, owners] = [
    await record.customer.findMany({ where: { number: { in: told.customers } }, select: { id: true } }),
    await record.order.findMany({ where: { id: { in: told.orders } }, select: { customerId: true } }),
    entry.iban === null
      ? []
      : await record.$queryRaw<{ customerId: string }[]>`
          select "customerId" from "SepaMandate" where iban = ${entry.iban}
          union select "customerId" from "BankEntry" where iban = ${entry.iban} and state = 'MATCHED' and amount > 0 and "customerId" is not null`,
  ]
  const customersNamed = [...new Set([...customers.map((one) => one.id), ...orders.map((one) => one.customerId)])]
  const accountOf = [...new Set(owners.map((one) => one.customerId))]
  const named = await openInvoices(record, { numbers: told.invoices })
  const who = [...new Set([...customersNamed, ...accountOf, ...named.map((row) => row.customerId)])]
  const open = await openInvoices(record, { customers: who })
  const rows = [...new Map([...named, ...open].map((row) => [row.documentId, row])).values()]
  return { known: { named: named.map(item), customersNamed, accountOf, open: open.map(item) }, rows }
}

const balancesOf = ({ opening, closing, currency }: { opening: number | null; closing: number | null; currency: string }) => ({
  opening: opening === null ? undefined : money(opening, currency),
  closing: closing === null ? undefined : money(closing, currency),
})

const entrySorts = {
  booked: (direction: Prisma.SortOrder): Prisma.BankEntryOrderByWithRelationInput[] => [
    { bookedOn: direction },
    { statement: { importedAt: direction } },
    { position: direction },
  ],
  amount: (direction: Prisma.SortOrder): Prisma.BankEntryOrderByWithRelationInput[] => [{ amount: direction }, { id: direction }],
}

const mostBytes = 64 * 1024 * 1024

export const bank = {
  statements: defineOperation({
    ...desk,
    name: 'bank.statements',
    summary:
      'Statements of the house’s account, newest first, each with what it does not join on to; and the files that came last. `state`: gap (those only that do not join on), all.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/bank/statements' },
    run: (ctx, _, input): ReturnType<Operations['bank']['statements']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        if (input.state && !['gap', 'all'].includes(input.state)) throw new Invalid({ state: said('field.choice') })
        const since = new Date(ctx.now().getTime() - 400 * 86_400_000)
        const gaps = await gapsAfter(record, since)
        const where = input.state === 'gap' ? { id: { in: [...gaps.keys()] } } : {}
        const rows = await record.bankStatement.findMany({
          where,
          orderBy: [{ importedAt: 'desc' }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        })
        const total = await record.bankStatement.count({ where })
        const ids = rows.map((row) => row.id)
        const counts = await record.bankEntry.groupBy({
          by: ['statementId', 'state'],
          where: { statementId: { in: ids } },
          _count: true,
        })
        const count = (statementId: string, ...states: string[]) =>
          counts.reduce(
            (sum, one) =>
              sum + (one.statementId === statementId && (states.length === 0 || states.includes(one.state)) ? one._count : 0),
            0,
          )
        const files = await record.bankFile.findMany({ omit: { content: true }, orderBy: { receivedAt: 'desc' }, take: 8 })
        const account = await record.bankAccount.findFirst({ orderBy: { id: 'asc' } })
        const refused = await record.directDebitBatch.findMany({
          where: { state: 'REFUSED', createdAt: { gt: new Date(ctx.now().getTime() - 14 * 86_400_000) } },
          select: { messageId: true, reason: true },
          orderBy: { createdAt: 'desc' },
          take: 5,
        })
        const waiting = await record.bankEntry.aggregate({ where: { state: 'UNMATCHED' }, _count: true })
        // this page may go further back than the ones that are counted
        const older = rows.filter(({ closingOn }) => closingOn && closingOn <= since).map(({ id }) => id)
        const olderGaps = older.length > 0 ? await gapsOf(record, older) : gaps
        return {
          ...pageOf(
            rows.map((row) => ({
              id: row.id,
              reference: row.reference,
              format: row.format,
              importedAt: row.importedAt.toISOString(),
              entries: count(row.id),
              unmatched: count(row.id, 'UNMATCHED'),
              returned: count(row.id, 'RETURNED'),
              ...present({
                number: row.number,
                on: row.closingOn ? day(row.closingOn) : undefined,
                ...balancesOf(row),
                gap: gaps.get(row.id) ?? olderGaps.get(row.id),
              }),
            })),
            total,
            wanted,
          ),
          files: files.map((file) => ({
            id: file.id,
            name: file.name,
            receivedAt: file.receivedAt.toISOString(),
            byBank: file.receivedBy === 'bank',
            state: spoken(file.state) as 'received' | 'read' | 'refused',
            ...present({ reason: saidOf(file.reason) }),
          })),
          unmatched: waiting._count,
          gaps: gaps.size,
          refused: refused.flatMap(({ messageId, reason }) =>
            reason ? [{ messageId, reason: saidOf(reason) ?? said('bank.trouble') }] : [],
          ),
          ...present({ iban: account?.iban, bankName: account?.bankName }),
        }
      }),
  }),

  upload: defineOperation({
    ...desk,
    name: 'bank.upload',
    summary: 'Hands in a statement (camt.053, camt.054, MT940) in base64; the same file again changes nothing.',
    right: 'edit',
    input: z.object({
      name: z.string().trim().min(1).max(200),
      content: z
        .string()
        .min(1, { error: 'field.required' })
        .max(Math.ceil(mostBytes / 3) * 4, { error: 'statement.refused.too-large' })
        .regex(/^[A-Za-z0-9+/]*={0,2}$/),
    }),
    rest: { method: 'post', path: '/bank/statements' },
    async run(ctx, principal, { name, content }): ReturnType<Operations['bank']['upload']> {
      const bytes = Buffer.from(content, 'base64')
      const fileId = createHash('sha256').update(bytes).digest('hex')
      const account = await ctx.record(async (record) => {
        await record.$executeRaw`
          insert into "BankFile" (id, name, content, size, "receivedBy")
            values (${fileId}, ${name.replace(/[^\P{C}]/gu, ' ')}, ${bytes}, ${bytes.length}, ${principal.userId ?? ''}) on conflict (id) do nothing`
        await ctx.note({ subject: fileId, after: { name, size: bytes.length } }, record)
        return await record.bankAccount.findFirst({ select: { id: true }, orderBy: { id: 'asc' } })
      })
      if (!account) return { kind: 'refused', reason: said('bank.no-account') }
      return (await bankOf(ctx).read({ accountId: account.id, fileId })) ?? { kind: 'reading' }
    },
  }),

  look: defineOperation({
    ...desk,
    name: 'bank.look',
    summary: 'Asks the bank now whether there is something new.',
    right: 'edit',
    input: nothing,
    rest: { method: 'post', path: '/bank/look' },
    async run(ctx): Promise<void> {
      const account = await ctx.record((record) => record.bankAccount.findFirst({ select: { id: true }, orderBy: { id: 'asc' } }))
      if (account) await bankOf(ctx).look(account.id)
    },
  }),

  entries: defineOperation({
    ...desk,
    name: 'bank.entries',
    summary:
      'Payments on the account, newest first. `state`: unmatched, matched, returned, sent-back. `q`: a name, purpose, IBAN or reference. Of one statement: with its balances, and whether it joins on to the one before.',
    right: 'see',
    input: listInput.extend({ statementId: id.optional() }),
    rest: { method: 'get', path: '/bank/entries' },
    run: (ctx, _, { statementId, ...input }): ReturnType<Operations['bank']['entries']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = stateWanted(input.state, BankEntryState)
        const has = input.q ? { contains: input.q, mode: 'insensitive' as const } : undefined
        const compact = input.q?.replace(/\s/g, '').toUpperCase()
        const where: Prisma.BankEntryWhereInput = {
          ...(state ? { state } : { state: { not: 'SPLIT' } }),
          ...(statementId ? { statementId } : {}),
          ...(has && compact
            ? {
                OR: [
                  { name: has },
                  { purpose: has },
                  { endToEndId: has },
                  { bankReference: has },
                  { iban: { contains: compact } },
                  { customer: { number: has } },
                ],
              }
            : {}),
        }
        const rows = await record.bankEntry.findMany({
          where,
          include: { customer: { select: customerNameFields } },
          orderBy: sortWanted(input.sort, entrySorts, '-booked'),
          skip: wanted.skip,
          take: wanted.take,
        })
        const found = pageOf(rows.map(entryView), await record.bankEntry.count({ where }), wanted)
        const statement = statementId && (await record.bankStatement.findUnique({ where: { id: statementId } }))
        if (!statement) return found
        const gap = (await gapsOf(record, [statement.id])).get(statement.id)
        return { ...found, statement: { reference: statement.reference, ...present({ ...balancesOf(statement), gap }) } }
      }),
  }),

  entry: defineOperation({
    ...desk,
    name: 'bank.entry',
    summary: 'One payment, with what it is most likely for. `q`: look for other open invoices.',
    right: 'see',
    input: z.object({ entryId: id, q: wordInput.optional() }),
    rest: { method: 'get', path: '/bank/entries/{entryId}' },
    run: (ctx, _, { entryId, q }): ReturnType<Operations['bank']['entry']> =>
      ctx.record(async (record) => {
        const row = await record.bankEntry.findUnique({
          where: { id: entryId },
          include: { customer: { select: customerNameFields }, payout: { select: { id: true } } },
        })
        if (!row) throw new NotFound()
        const entry = { ...entryView(row), ...present({ payoutId: row.payout?.id }) }
        const settled = await record.settlement.findMany({
          where: { key: { startsWith: `bank-entry:${row.key}/${row.round}/` } },
          include: { document: { select: { number: true } } },
          orderBy: { key: 'asc' },
        })
        const parts = settled.map((one) => ({ number: one.document.number, amount: money(Math.abs(one.amount), one.currency) }))
        const undoable = row.state === 'MATCHED' && row.debitId === null && (row.amount > 0 || row.payout !== null)
        if (row.state !== 'UNMATCHED') return { entry, parts, open: [], payouts: [], undoable }
        const payouts =
          row.amount > 0
            ? []
            : await record.payout.findMany({
                where: { state: 'OPEN', amount: -row.amount - row.charge, currency: row.currency },
                include: { customer: { select: customerNameFields } },
                orderBy: { number: 'asc' },
                take: 20,
              })
        const { known, rows } = row.amount > 0 ? await knownOf(record, row) : { known: undefined, rows: [] }
        const proposal = known && propose({ amount: row.amount, currency: row.currency, purpose: row.purpose }, known)
        const found = q ? await openInvoices(record, { word: q }) : []
        const open = [...new Map([...found, ...rows].map((one) => [one.documentId, one])).values()].filter(
          (one) => one.currency === row.currency,
        )
        const proposed = proposal?.customerId
          ? await record.customer.findUnique({ where: { id: proposal.customerId }, select: customerNameFields })
          : null
        const searched = q
          ? await record.customer.findMany({
              where: {
                OR: [
                  { number: { contains: q, mode: 'insensitive' } },
                  { organisation: { contains: q, mode: 'insensitive' } },
                  { lastName: { contains: q, mode: 'insensitive' } },
                ],
              },
              select: customerNameFields,
              take: 10,
            })
          : []
        const customers = new Map(
          [
            ...(proposed ? [customerName(proposed)] : []),
            ...open.map((one) => openView(one).customer),
            ...searched.map(customerName),
          ].map((one) => [one.id, one]),
        )
        return {
          entry,
          parts,
          undoable,
          open: open.map(openView),
          payouts: payouts.map((one) => ({
            ...{ id: one.id, reference: payoutReference(one.number), customer: customerName(one.customer) },
          })),
          customers: [...customers.values()],
          ...(proposal
            ? {
                proposal: {
                  reason: proposal.reason,
                  certainty: proposal.certainty,
                  parts: proposal.parts,
                  rest: money(proposal.rest, row.currency),
                  ...(proposed ? { customer: customerName(proposed) } : {}),
                },
              }
            : {}),
        }
      }),
  }),

  decide: defineOperation({
    ...desk,
    name: 'bank.decide',
    summary:
      'Decides about a payment: settle invoices with it (the rest to a balance), send it back, book it as a fee or as the transfer of a payout, or take a match back.',
    right: 'edit',
    input: z.object({
      entryId: id,
      kind: z.enum(['book', 'send-back', 'fee', 'payout', 'undo']),
      /** minor units */
      parts: z
        .array(z.object({ documentId: id, amount: z.coerce.number().int().min(1).max(2_000_000_000) }))
        .max(60)
        .default([]),
      customerId: id.optional(),
      payoutId: id.optional(),
    }),
    rest: { method: 'post', path: '/bank/entries/{entryId}/decision' },
    async run(ctx, principal, { entryId, kind, parts, customerId, payoutId }): ReturnType<Operations['bank']['decide']> {
      if (kind === 'payout' && payoutId === undefined) throw new Invalid({ payoutId: said('field.choice') })
      const entry = await ctx.record((record) =>
        record.bankEntry.findUnique({ where: { id: entryId }, select: { accountId: true, state: true, currency: true } }),
      )
      if (!entry) throw new NotFound()
      const common = { entryId, by: principal.userId ?? '' }
      const answer = await bankOf(ctx).decide(
        entry.accountId,
        kind === 'book'
          ? { ...common, kind, parts, ...(customerId === undefined ? {} : { customerId }) }
          : kind === 'payout'
            ? { ...common, kind, payoutId: payoutId ?? '' }
            : { ...common, kind },
      )
      if (answer.kind === 'refused') return { kind: 'late', reason: answer.reason }
      await ctx.note({
        subject: entryId,
        before: { state: entry.state },
        after: { kind, parts, currency: entry.currency, customerId: customerId ?? null, payoutId: payoutId ?? null },
      })
      return { kind: 'done' }
    },
  }),

  debits: defineOperation({
    ...desk,
    name: 'bank.debits',
    summary: 'Collections from customers’ accounts, newest first. `state`: planned, submitted, collected, returned, cancelled.',
    right: 'see',
    input: listInput,
    rest: { method: 'get', path: '/bank/debits' },
    run: (ctx, _, input): ReturnType<Operations['bank']['debits']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const state = stateWanted(input.state, DebitState)
        const has = input.q ? { contains: input.q, mode: 'insensitive' as const } : undefined
        const where: Prisma.DirectDebitWhereInput = {
          ...(state ? { state } : {}),
          ...(has ? { OR: [{ endToEndId: has }, { customer: { number: has } }, { mandate: { reference: has } }] } : {}),
        }
        const rows = await record.directDebit.findMany({
          where,
          include: {
            customer: { select: customerNameFields },
            mandate: { select: { reference: true } },
            batch: { select: { state: true, reason: true } },
          },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          skip: wanted.skip,
          take: wanted.take,
        })
        return pageOf(
          rows.map((row) => {
            const meaning = row.returnCode === null ? undefined : meaningOfReturn(row.returnCode)
            return {
              id: row.id,
              endToEndId: row.endToEndId,
              amount: money(row.amount, row.currency),
              collectOn: day(row.collectOn),
              state: spoken(row.state) as 'planned' | 'submitted' | 'collected' | 'returned' | 'cancelled',
              mandate: row.mandate.reference,
              customer: customerName(row.customer),
              ...present({ reason: row.batch?.state === 'REFUSED' ? saidOf(row.batch.reason) : undefined }),
              ...(meaning ? { returned: { code: meaning.code, what: meaning.what, todo: meaning.todo } } : {}),
            }
          }),
          await record.directDebit.count({ where }),
          wanted,
        )
      }),
  }),

  transferData: defineOperation({
    name: 'bank.transferData',
    summary: 'Account, amount and reference for paying open invoices by bank transfer.',
    section: 'invoices',
    right: 'see',
    who: ['customer', 'staff'],
    input: z.object({ documentIds: z.array(id).min(1).max(50) }),
    rest: { method: 'post', path: '/bank/transfer-data' },
    run: (ctx, principal, { documentIds }): ReturnType<Operations['bank']['transferData']> =>
      ctx.record(async (record) => {
        const rows = await record.document.findMany({
          where: { id: { in: documentIds }, kind: 'INVOICE', ...ownedBy(principal) },
          select: { id: true, number: true, currency: true, customerId: true, customer: { select: { number: true } } },
          orderBy: { number: 'asc' },
        })
        const [first] = rows
        if (!first || rows.length < new Set(documentIds).size || rows.some((row) => row.customerId !== first.customerId))
          throw new NotFound()
        const open = await record.$queryRaw<{ open: number; currency: string }[]>`
          select open, currency from "OpenItem" where "documentId" = any(${documentIds})`
        const amount = open.reduce((total, one) => total + one.open, 0)
        if (amount <= 0 || open.some((one) => one.currency !== 'EUR')) return { kind: 'nothing-open' as const }
        const reference = transferReference(
          rows.map((row) => row.number),
          first.customer.number,
        )
        return await transferTo(ctx, record, { amount, reference })
      }),
  }),

  mandates: defineOperation({
    name: 'bank.mandates',
    summary: 'The customer’s own SEPA mandates, what one says, and the direct debits from them.',
    section: 'invoices',
    right: 'see',
    who: ['customer'],
    input: nothing,
    rest: { method: 'get', path: '/mandates' },
    run: (ctx, principal): ReturnType<Operations['bank']['mandates']> =>
      ctx.record(async (record) => {
        const rows = await record.sepaMandate.findMany({ where: ownedBy(principal), orderBy: { createdAt: 'desc' }, take: 20 })
        const debits = await record.directDebit.findMany({ where: ownedBy(principal), orderBy: { createdAt: 'desc' }, take: 20 })
        // the house's own account is no customer's row
        const account = await ctx.prisma.bankAccount.findFirst({ where: { creditorId: { not: null } }, orderBy: { id: 'asc' } })
        return {
          mandates: rows.map((row) => ({
            id: row.id,
            reference: row.reference,
            holder: row.holder,
            account: maskedIban(row.iban),
            signedOn: day(row.signedOn),
            usable: row.revokedOn === null && row.endedBy === null,
            ...present({ revokedOn: row.revokedOn ? day(row.revokedOn) : undefined, endedBy: saidOf(row.endedBy) }),
          })),
          debits: debits.map((row) => ({
            id: row.id,
            endToEndId: row.endToEndId,
            amount: money(row.amount, row.currency),
            collectOn: day(row.collectOn),
            state: spoken(row.state) as 'planned' | 'submitted' | 'collected' | 'returned' | 'cancelled',
            ...(row.returnCode === null ? {} : { reason: meaningOfReturn(row.returnCode).what }),
          })),
          ...(account?.creditorId ? { text: said('mandate.text', { house: account.holder, creditor: account.creditorId }) } : {}),
        }
      }),
  }),

  giveMandate: defineOperation({
    name: 'bank.giveMandate',
    summary: 'Gives a SEPA mandate: the house may collect from this account.',
    section: 'invoices',
    right: 'edit',
    who: ['customer'],
    input: z.object({
      holder: holderInput,
      iban: ibanInput,
      accept: z.boolean().refine((yes) => yes, { error: 'mandate.accept' }),
    }),
    rest: { method: 'post', path: '/mandates' },
    run: (ctx, principal, { holder, iban }): ReturnType<Operations['bank']['giveMandate']> =>
      ctx.record(async (record) => {
        const customerId = principal.customerId ?? ''
        const customer = await record.customer.findUnique({ where: { id: customerId }, select: { number: true } })
        const account = await ctx.prisma.bankAccount.findFirst({ where: { creditorId: { not: null } }, orderBy: { id: 'asc' } })
        if (!customer || !account?.creditorId) throw new Unavailable()
        // two at once wait for each other: the running number is each one's own
        await record.$executeRaw`select pg_advisory_xact_lock(hashtext(${`mandate ${customerId}`}))`
        const before = await record.sepaMandate.findMany({
          where: { customerId },
          select: { id: true, iban: true, revokedOn: true, endedBy: true, reference: true },
        })
        const same = before.find((one) => one.iban === iban && one.revokedOn === null && one.endedBy === null)
        if (same) return { kind: 'given', mandateId: same.id, reference: same.reference }
        if (before.length >= 20) return { kind: 'refused', reason: said('mandate.too-many') }
        const at = ctx.now().toISOString()
        const text = said('mandate.text', { house: account.holder, creditor: account.creditorId })
        const mandate = await record.sepaMandate.create({
          data: {
            ...{
              reference: mandateReference(customer.number, before.length + 1),
              customerId,
              holder,
              iban,
              signedOn: new Date(houseDay(at)),
            },
            evidence: {
              at,
              ip: principal.ip,
              userId: principal.userId ?? null,
              text: { key: text.key, params: text.params ?? {} },
            },
          },
        })
        const preferred = (await record.paymentMethod.count({ where: { customerId, preferred: true, removedAt: null } })) === 0
        await record.paymentMethod.create({
          data: { customerId, kind: 'SEPA_DEBIT', provider: 'bank', mandateId: mandate.id, label: maskedIban(iban), preferred },
        })
        await ctx.note({ subject: mandate.id, after: { reference: mandate.reference } }, record)
        return { kind: 'given', mandateId: mandate.id, reference: mandate.reference }
      }),
  }),

  revokeMandate: defineOperation({
    name: 'bank.revokeMandate',
    summary: 'Revokes a SEPA mandate from today on; what the bank has already is still collected.',
    section: 'invoices',
    right: 'edit',
    who: ['customer'],
    input: z.object({ mandateId: id }),
    rest: { method: 'post', path: '/mandates/{mandateId}/revocation' },
    run: (ctx, principal, { mandateId }): Promise<void> =>
      ctx.record(async (record) => {
        const mandate = await record.sepaMandate.findFirst({ where: { id: mandateId, ...ownedBy(principal) } })
        if (!mandate) throw new NotFound()
        if (mandate.revokedOn === null)
          await record.sepaMandate.update({
            where: { id: mandateId },
            data: { revokedOn: new Date(houseDay(ctx.now().toISOString())) },
          })
        await record.paymentMethod.updateMany({
          where: { mandateId, removedAt: null },
          data: { removedAt: ctx.now(), preferred: false },
        })
        await ctx.note({ subject: mandateId }, record)
      }),
  }),

  deposit: defineOperation({
    name: 'bank.deposit',
    summary: 'PAY-03: pays into the balance by direct debit; amount in cents. The same token again is the same deposit.',
    section: 'invoices',
    right: 'edit',
    who: ['customer'],
    input: z.object({
      mandateId: id,
      amount: z.coerce.number().int().min(500, { error: 'deposit.amount' }).max(200_000, { error: 'deposit.amount' }),
      token: id,
    }),
    rest: { method: 'post', path: '/deposits' },
    async run(ctx, principal, { mandateId, amount, token }): ReturnType<Operations['bank']['deposit']> {
      const customerId = principal.customerId ?? ''
      const mandate = await ctx.record((record) =>
        record.sepaMandate.findFirst({ where: { id: mandateId, customerId }, select: { id: true } }),
      )
      const account = await ctx.prisma.bankAccount.findFirst({
        where: { creditorId: { not: null } },
        select: { id: true },
        orderBy: { id: 'asc' },
      })
      if (!mandate) throw new NotFound()
      if (!account) throw new Unavailable()
      const planned = await bankOf(ctx).collect(account.id, {
        ...{ key: `deposit:${customerId}:${token}`, customerId, mandateId, parts: [], deposit: amount },
        // the mandate's text agrees on a day
        ...{ dueOn: houseDay(ctx.now().toISOString()), noticeDays: 1 },
      })
      if (planned.kind === 'refused') return planned
      await ctx.note({ subject: planned.endToEndId, after: { amount, currency: 'EUR' } })
      return { kind: 'planned', collectOn: planned.collectOn, endToEndId: planned.endToEndId }
    },
  }),
}
