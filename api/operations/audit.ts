/** Who changed what, through which operation, from what to what (BEY-31). */
import type { Prisma } from '../../prisma/client/client'
import { currencyCodes, money } from '../../workflows/policy/money'
import type { Context } from './context'
import { present } from './customer-view'
import { listInput } from './input'
import { pageOf, pageWanted, type PageWanted } from './list'
import { defineOperation } from './operation'
import type { AuditChange, AuditValue, Operations } from './types'

type Json = Prisma.JsonValue | undefined

/** In minor units, of the currency that stands beside them or further up. */
const sums = new Set(['amount', 'open', 'credit', 'priceOverride', 'net', 'unitNet'])

const isSum = (key: string, value: Json): value is number => sums.has(key) && Number.isSafeInteger(value)

const hasSum = (json: Json): boolean =>
  typeof json === 'object' && json !== null && Object.entries(json).some(([key, value]) => isSum(key, value) || hasSum(value))

/** Each value with the path that leads to it. What is null has no value. */
function values(json: Json, path: string[] = [], above?: string): [string, AuditValue][] {
  if (json === null || json === undefined) return []
  if (typeof json !== 'object') return [[path.join('.'), json]]
  if (Array.isArray(json)) {
    if (json.some((one) => typeof one === 'object'))
      return json.flatMap((one, at) => values(one, [...path, String(at + 1)], above))
    return json.length === 0 ? [] : [[path.join('.'), json.join(', ')]]
  }
  const own = typeof json['currency'] === 'string' && currencyCodes.includes(json['currency']) ? json['currency'] : undefined
  const currency = own ?? above
  return Object.entries(json)
    .filter(([key]) => key !== 'currency' || own === undefined || !hasSum(json))
    .flatMap(([key, value]) => {
      const at = [...path, key]
      return currency && isSum(key, value) ? [[at.join('.'), money(value, currency)]] : values(value, at, currency)
    })
}

const ofTheEntry = /(^|\.)updatedAt$|^id$/

/** What is otherwise afterwards than before. When a row was written, and which, is no change: the entry says both. */
function changesOf(before: Json, after: Json): AuditChange[] {
  const [was, is] = [new Map(values(before)), new Map(values(after))]
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => !ofTheEntry.test(field) && JSON.stringify(was.get(field)) !== JSON.stringify(is.get(field)))
    .map((field) => ({ field, ...present({ old: was.get(field), new: is.get(field) }) }))
}

/** More of one customer's entries the list does not go through. */
const mostOfCustomer = 1_000

/**
 * A customer's newest entries, at most so many: what its people did, and what anybody did to the customer or to something that belongs to it. What
 * belongs to it goes in as an array, so that each half is looked up in its own index, however long the audit is.
 */
export async function entriesOfCustomer(ctx: Context, customerId: string, most: number): Promise<bigint[]> {
  const rows = await ctx.prisma.$queryRaw<{ id: bigint }[]>`
    with belongings as (
      select id from "Customer" where id = ${customerId}
      union all select number from "Customer" where id = ${customerId}
      union all select id from "Contact" where "customerId" = ${customerId}
      union all select id from "Order" where "customerId" = ${customerId}
      union all select id from "Case" where "customerId" = ${customerId}
      union all select id from "Document" where "customerId" = ${customerId}
      union all select id from "Payment" where "customerId" = ${customerId}
      union all select id from "PaymentMethod" where "customerId" = ${customerId}
      union all select id from "SepaMandate" where "customerId" = ${customerId}
      union all select id from "BankEntry" where "customerId" = ${customerId}
    )
    select id from (
      (select id, at from "AuditEntry" where subject = any(array(select id from belongings)) order by at desc, id desc limit ${most})
      union
      (select id, at from "AuditEntry" where "userId" = any(array(select id from "User" where "customerId" = ${customerId}))
         order by at desc, id desc limit ${most})
    ) entry order by at desc, id desc limit ${most}`
  return rows.map(({ id }) => id)
}

/** Entries, newest first, with the names of those who acted. */
export async function auditRows(ctx: Context, where: Prisma.AuditEntryWhereInput, { skip, take }: PageWanted) {
  const rows = await ctx.prisma.auditEntry.findMany({ where, orderBy: [{ at: 'desc' }, { id: 'desc' }], skip, take })
  const users = await ctx.prisma.user.findMany({
    where: { id: { in: rows.flatMap((row) => row.userId ?? []) } },
    select: { id: true, displayName: true },
  })
  return rows.map((row) => ({
    id: String(row.id),
    at: row.at.toISOString(),
    who: users.find((user) => user.id === row.userId)?.displayName ?? row.userId ?? '',
    operation: row.operation,
    changes: changesOf(row.before, row.after),
    ...present({ subject: row.subject, ip: row.ip }),
  }))
}

export const audit = {
  list: defineOperation({
    name: 'audit.list',
    summary:
      'Who changed what, from what to what, newest first. `q`: an operation, a subject (an order number, a case id) or a customer’s number (its newest 1,000).',
    section: 'audit',
    right: 'see',
    who: ['staff'],
    input: listInput,
    rest: { method: 'get', path: '/audit' },
    async run(ctx, _, input): ReturnType<Operations['audit']['list']> {
      const wanted = pageWanted(input)
      const { q } = input
      const customer = q ? await ctx.prisma.customer.findFirst({ where: { OR: [{ number: q }, { id: q }] } }) : null
      const where: Prisma.AuditEntryWhereInput = q
        ? {
            OR: [
              ...[{ subject: q }, { operation: { startsWith: q } }, { userId: q }],
              ...(customer ? [{ id: { in: await entriesOfCustomer(ctx, customer.id, mostOfCustomer) } }] : []),
            ],
          }
        : {}
      const rows = await auditRows(ctx, where, wanted)
      return pageOf(rows, await ctx.prisma.auditEntry.count({ where }), wanted)
    },
  }),
}
