/** A customer's VAT id, asked about at VIES (BEY-37), and the currency that it buys in (BEY-36). */
import { z } from 'zod'
import { houseDay } from '../../workflows/policy/calendar'
import { currencyCodes } from '../../workflows/policy/money'
import { tidyVatId, vatIdProblem } from '../../workflows/policy/people'
import { said } from '../../workflows/policy/said'
import { vatFor } from '../../workflows/policy/vat'
import type { Context, RecordAccess } from './context'
import { present } from './customer-view'
import { id } from './input'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'
import type { TaxOperations, TaxView, VatIdState } from './tax-types'
import type { Principal } from './types'

const everybody = { section: 'invoices', who: ['customer', 'staff'] } as const
const whose = z.object({ customerId: id.optional() })

/** Of whom: a customer's login speaks of itself and of nobody else. */
export function customerOf(principal: Principal, customerId: string | undefined): string {
  if (principal.kind === 'staff') {
    if (customerId === undefined) throw new Invalid({ customerId: said('field.required') })
    return customerId
  }
  if (!principal.customerId || (customerId !== undefined && customerId !== principal.customerId)) throw new NotFound()
  return principal.customerId
}

const stateOf = (row: { vatId: string | null; vatIdValidAt: Date | null; vatIdCheckedAt: Date | null }): VatIdState =>
  row.vatId === null ? 'none' : row.vatIdCheckedAt === null ? 'unverified' : row.vatIdValidAt === null ? 'invalid' : 'valid'

/** Asked at once where the engine is there; else the next billing run asks. */
export const askVies = (ctx: Context, customerId: string): Promise<void> =>
  (ctx.registers?.askAboutVatId(customerId) ?? Promise.resolve()).catch((error: unknown) =>
    ctx.log.warn({ err: error, customerId }, 'A VAT id could not be handed to VIES: the next billing run asks'),
  )

/** In which something is sold: names today, or services. */
async function currenciesIn(ctx: Context, record: RecordAccess): Promise<Set<string>> {
  const plans = await record.planPrice.findMany({ distinct: ['currency'], select: { currency: true } })
  return new Set([...(await ctx.catalogue.today()).currencies, ...plans.map(({ currency }) => currency)])
}

export const tax = {
  view: defineOperation({
    ...everybody,
    name: 'tax.view',
    summary: 'The VAT id with what VIES says of it, how VAT is reckoned, and the currency of names and new services.',
    right: 'see',
    input: whose,
    rest: { method: 'get', path: '/tax' },
    run: (ctx, principal, input): ReturnType<TaxOperations['view']> =>
      ctx.record(async (record): Promise<TaxView> => {
        const customerId = customerOf(principal, input.customerId)
        const row = await record.customer.findUnique({ where: { id: customerId } })
        if (!row) throw new NotFound()
        const checks = await record.vatCheck.findMany({
          where: { customerId },
          orderBy: [{ at: 'desc' }, { id: 'desc' }],
          take: 10,
        })
        const offered = await currenciesIn(ctx, record)
        const country = row.billingCountry ?? row.country
        const kind = row.kind === 'CORPORATE' ? ('corporate' as const) : ('individual' as const)
        const last = checks.find((check) => check.answer !== 'UNAVAILABLE' && check.vatId === row.vatId)
        return {
          ...{ customerId, company: kind === 'corporate', country, state: stateOf(row), currency: row.currency },
          note: vatFor(
            { country, kind, vatIdValid: row.vatId !== null && row.vatIdValidAt !== null },
            houseDay(ctx.now().toISOString()),
          ).note,
          currencies: currencyCodes.filter((code) => offered.has(code) || code === row.currency),
          ...present({ vatId: row.vatId, checkedAt: row.vatIdCheckedAt?.toISOString(), consultation: last?.consultation }),
          checks: checks.map(({ at, vatId, answer, reason, consultation, name }) => ({
            ...{ at: at.toISOString(), vatId, answer: answer.toLowerCase() as 'valid' },
            ...present({ reason, consultation, name }),
          })),
        }
      }),
  }),

  setVatId: defineOperation({
    ...everybody,
    name: 'tax.setVatId',
    summary: 'Sets a company’s VAT id or takes it away. VIES is asked at once; until it answers the number counts by its form.',
    right: 'edit',
    input: whose.extend({ vatId: z.string().max(40).trim().optional() }),
    rest: { method: 'put', path: '/tax/vat-id' },
    async run(ctx, principal, input): ReturnType<TaxOperations['setVatId']> {
      const customerId = customerOf(principal, input.customerId)
      const vatId = input.vatId ? tidyVatId(input.vatId) : null
      const changed = await ctx.record(async (record) => {
        const row = await record.customer.findUnique({ where: { id: customerId } })
        if (!row) throw new NotFound()
        if (vatId !== null && row.kind !== 'CORPORATE') throw new Invalid({ vatId: said('tax.companies-only') })
        const problem = vatId === null ? undefined : vatIdProblem(vatId, row.country)
        if (problem) throw new Invalid({ vatId: said(problem) })
        if (row.vatId === vatId) return false
        await record.customer.update({
          where: { id: customerId },
          data: { vatId, vatIdValidAt: vatId === null ? null : ctx.now(), vatIdCheckedAt: null },
        })
        await ctx.note({ subject: customerId, before: { vatId: row.vatId }, after: { vatId } }, record)
        return true
      })
      if (changed && vatId !== null) await askVies(ctx, customerId)
      return { kind: 'saved' }
    },
  }),

  ask: defineOperation({
    ...everybody,
    name: 'tax.ask',
    summary: 'Has the VAT id asked about at VIES again.',
    right: 'edit',
    input: whose,
    limit: { by: (principal, { customerId }) => `${principal.userId ?? ''} ${customerId ?? ''}`, forgive: false },
    rest: { method: 'post', path: '/tax/vat-id/questions' },
    async run(ctx, principal, input): ReturnType<TaxOperations['ask']> {
      const customerId = customerOf(principal, input.customerId)
      const row = await ctx.record((record) => record.customer.findUnique({ where: { id: customerId }, select: { vatId: true } }))
      if (!row) throw new NotFound()
      if (row.vatId === null) throw new Invalid({ vatId: said('field.required') })
      await askVies(ctx, customerId)
      return { kind: 'asked' }
    },
  }),

  setCurrency: defineOperation({
    ...everybody,
    name: 'tax.setCurrency',
    summary:
      'What names and new services are priced and billed in: a currency in which there are prices. What runs already, and what was issued, stays as it is.',
    right: 'edit',
    input: whose.extend({ currency: z.enum(currencyCodes as [string, ...string[]], { error: 'field.choice' }) }),
    rest: { method: 'put', path: '/tax/currency' },
    async run(ctx, principal, input): ReturnType<TaxOperations['setCurrency']> {
      const customerId = customerOf(principal, input.customerId)
      await ctx.record(async (record) => {
        const before = await record.customer.findUnique({ where: { id: customerId }, select: { currency: true } })
        if (!before) throw new NotFound()
        if (input.currency !== before.currency && !(await currenciesIn(ctx, record)).has(input.currency))
          throw new Invalid({ currency: said('field.choice') })
        await record.customer.update({ where: { id: customerId }, data: { currency: input.currency } })
        await ctx.note({ subject: customerId, before, after: { currency: input.currency } }, record)
      })
      return { kind: 'saved' }
    },
  }),
}
