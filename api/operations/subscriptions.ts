/** Plans with their dated prices, and the subscriptions that billing runs bill. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { changeCredit, periodHolding, prorated } from '../../workflows/policy/billing'
import { houseDay } from '../../workflows/policy/calendar'
import { heldOn } from '../../workflows/policy/dated'
import { currencyCodes, money, type Money } from '../../workflows/policy/money'
import { said } from '../../workflows/policy/said'
import { speaker } from '../../workflows/policy/words/words'
import { amountInput, dayInput, quantityInput } from './billing'
import type { PlanView, SubscriptionOperations, SubscriptionView } from './billing-types'
import type { Context, RecordAccess } from './context'
import { customerName, customerNameFields, present } from './customer-view'
import { id, listInput, nothing, oneLineText } from './input'
import { pageOf, pageWanted, spoken } from './list'
import { defineOperation } from './operation'
import { Invalid, NotFound } from './problems'
import type { Late, Principal } from './types'

const desk = { section: 'books', who: ['staff'] } as const
const planId = z
  .string()
  .max(60)
  .regex(/^[a-z0-9-]+$/)

const withNames = {
  customer: { select: customerNameFields },
  plan: { select: { id: true, nameDe: true, nameEn: true, months: true } },
} satisfies Prisma.SubscriptionInclude
type Row = Prisma.SubscriptionGetPayload<{ include: typeof withNames }>

const day = (date: Date): string => date.toISOString().slice(0, 10)
const column = (text: string): Date => new Date(`${text}T00:00:00.000Z`)

const view = (row: Row): SubscriptionView => ({
  id: row.id,
  customer: customerName(row.customer),
  plan: row.plan,
  subject: row.subject,
  quantity: row.quantity,
  currency: row.currency,
  startedOn: day(row.startedOn),
  nextOn: day(row.nextOn),
  ...present({ endsOn: row.endsOn ? day(row.endsOn) : undefined, priceOverride: row.priceOverride }),
})

export const subscriptions = {
  plans: defineOperation({
    ...desk,
    name: 'subscriptions.plans',
    summary: 'What is sold by subscription, with its prices by day.',
    right: 'see',
    input: nothing,
    rest: { method: 'get', path: '/plans' },
    run: (ctx): ReturnType<SubscriptionOperations['plans']> =>
      ctx.record(async (record) => {
        const rows = await record.plan.findMany({
          where: { active: true },
          include: { prices: { orderBy: { validFrom: 'desc' } } },
          orderBy: [{ kind: 'asc' }, { id: 'asc' }],
        })
        return rows.map(({ id: plan, kind, nameDe, nameEn, months, prices }): PlanView => ({
          ...{ id: plan, nameDe, nameEn, months },
          kind: spoken(kind) as PlanView['kind'],
          prices: prices.map(({ validFrom, amount, currency }) => ({
            validFrom: day(validFrom),
            price: money(amount, currency),
          })),
        }))
      }),
  }),

  list: defineOperation({
    ...desk,
    name: 'subscriptions.list',
    summary: 'Subscriptions, the next due first. `state`: open or ended; `q`: what they are about.',
    right: 'see',
    input: listInput.extend({ customerId: id.optional() }),
    rest: { method: 'get', path: '/subscriptions' },
    run: (ctx, _, input): ReturnType<SubscriptionOperations['list']> =>
      ctx.record(async (record) => {
        const wanted = pageWanted(input)
        const where: Prisma.SubscriptionWhereInput = {
          ...(input.customerId ? { customerId: input.customerId } : {}),
          ...(input.q ? { subject: { contains: input.q, mode: 'insensitive' } } : {}),
          ...(input.state === 'ended' ? { endsOn: { not: null } } : input.state === 'open' ? { endsOn: null } : {}),
        }
        const rows = await record.subscription.findMany({
          where,
          include: withNames,
          orderBy: [{ nextOn: 'asc' }, { id: 'asc' }],
          skip: wanted.skip,
          take: wanted.take,
        })
        return pageOf(rows.map(view), await record.subscription.count({ where }), wanted)
      }),
  }),

  create: defineOperation({
    ...desk,
    name: 'subscriptions.create',
    summary: 'Begins a subscription; its first period is billed by the next run on or after that day.',
    right: 'edit',
    input: z.object({
      customerId: id,
      planId,
      subject: oneLineText(200),
      quantity: quantityInput.optional(),
      currency: z.enum(currencyCodes as [string, ...string[]]).optional(),
      startedOn: dayInput,
      priceOverride: amountInput.optional(),
    }),
    rest: { method: 'post', path: '/subscriptions' },
    run: (ctx, _, input): ReturnType<SubscriptionOperations['create']> =>
      ctx.record(async (record) => {
        const plan = await record.plan.findUnique({ where: { id: input.planId }, select: { active: true } })
        if (!plan?.active) throw new Invalid({ planId: said('field.choice') })
        const customer = await record.customer.findUnique({ where: { id: input.customerId }, select: { currency: true } })
        if (!customer) throw new NotFound()
        const begins = column(input.startedOn)
        const { customerId, subject, quantity = 1, currency = customer.currency, priceOverride = null } = input
        if (priceOverride === null && !(await record.planPrice.count({ where: { planId: input.planId, currency } })))
          throw new Invalid({ planId: said('billing.left-out.no-price') })
        const created = await record.subscription.create({
          data: {
            ...{ customerId, planId: input.planId, subject, quantity, currency, priceOverride },
            ...{ startedOn: begins, anchorOn: begins, nextOn: begins },
          },
        })
        await ctx.note({ subject: customerId, after: { ...input, currency, subscriptionId: created.id } }, record)
        return { kind: 'created', subscriptionId: created.id }
      }),
  }),

  createPlan: defineOperation({
    ...desk,
    name: 'subscriptions.createPlan',
    summary:
      'Another plan to be sold by subscription. It needs a price before anything can be billed by it (policies.addPlanPrice).',
    right: 'edit',
    input: z.object({
      id: planId.refine((text) => text.length >= 2, { error: 'field.format' }),
      kind: z.enum(['names', 'hosting', 'escrow', 'support']),
      nameDe: oneLineText(80),
      nameEn: oneLineText(80),
      months: z.coerce.number().int().min(1).max(120),
    }),
    rest: { method: 'post', path: '/plans' },
    run: (ctx, _, input): ReturnType<SubscriptionOperations['createPlan']> =>
      ctx.record(async (record) => {
        const { kind, ...names } = input
        const revenueGroup = kind === 'names' ? 'domain-names' : kind
        const { count } = await record.plan.createMany({
          data: [{ ...names, kind: kind.toUpperCase() as 'NAMES', revenueGroup }],
          skipDuplicates: true,
        })
        if (count === 0) throw new Invalid({ id: said('subscription.plan-taken') })
        await ctx.note({ subject: input.id, after: input }, record)
        return { kind: 'created', planId: input.id }
      }),
  }),

  preview: defineOperation({
    ...desk,
    name: 'subscriptions.preview',
    summary:
      'What a change or an end on a day would credit and bill anew; nothing is changed. Without plan and quantity: an end.',
    right: 'see',
    input: z.object({ subscriptionId: id, on: dayInput, planId: planId.optional(), quantity: quantityInput.optional() }),
    rest: { method: 'get', path: '/subscriptions/{subscriptionId}/preview' },
    run: (ctx, _, input): ReturnType<SubscriptionOperations['preview']> =>
      ctx.record(async (record) => {
        const held = await record.subscription.findUnique({
          where: { id: input.subscriptionId },
          include: { plan: { include: { prices: true } } },
        })
        if (!held) throw new NotFound()
        if (held.endsOn) return tooLate(held)
        const back = creditOf(held, input.on)
        const credit = money((back?.credit ?? 0) * held.quantity, held.currency)
        if (input.planId === undefined && input.quantity === undefined) return { kind: 'preview', credit }
        const plan = await record.plan.findUnique({ where: { id: input.planId ?? held.planId }, include: { prices: true } })
        if (!plan) throw new Invalid({ planId: said('field.choice') })
        const anchorOn = plan.months === held.plan.months ? day(held.anchorOn) : input.on
        const whole = periodHolding(anchorOn, plan.months, input.on)
        const period = { from: input.on, until: whole.until }
        const price = (plan.id === held.planId ? held.priceOverride : null) ?? priceOn(plan.prices, held.currency, input.on)
        if (price === undefined) throw new Invalid({ planId: said('billing.left-out.no-price') })
        return {
          ...{ kind: 'preview', credit, period },
          charge: money(prorated(price, whole, period) * (input.quantity ?? held.quantity), held.currency),
        }
      }),
  }),

  change: defineOperation({
    ...desk,
    name: 'subscriptions.change',
    summary:
      'Another plan or quantity from a day on (BEY-27): what was paid for the days from then on comes off the next invoice.',
    right: 'edit',
    input: z
      .object({ subscriptionId: id, on: dayInput, planId: planId.optional(), quantity: quantityInput.optional() })
      .refine(({ planId: plan, quantity }) => plan !== undefined || quantity !== undefined, {
        error: 'field.required',
        path: ['planId'],
      }),
    rest: { method: 'post', path: '/subscriptions/{subscriptionId}/change' },
    run: (ctx, principal, input): ReturnType<SubscriptionOperations['change']> =>
      ctx.record(async (record) => {
        const held = await heldSubscription(record, input.subscriptionId)
        if (held.endsOn) return tooLate(held)
        const plan = await record.plan.findUnique({ where: { id: input.planId ?? held.planId } })
        if (!plan) throw new Invalid({ planId: said('field.choice') })
        const begins = column(input.on)
        const successor = await record.subscription.create({
          data: {
            ...{ customerId: held.customerId, planId: plan.id, subject: held.subject, currency: held.currency },
            quantity: input.quantity ?? held.quantity,
            // another plan has its own price; a special price holds on where only the quantity changes
            priceOverride: plan.id === held.planId ? held.priceOverride : null,
            startedOn: begins,
            // periods of the same length go on at the same day of the month
            anchorOn: plan.months === held.plan.months ? held.anchorOn : begins,
            nextOn: begins,
            succeedsId: held.id,
          },
        })
        const credit = await ending(ctx, record, principal, held, input.on, successor.id)
        await ctx.note(
          {
            subject: held.customerId,
            after: { ...input, successor: successor.id, credit: credit.amount, currency: held.currency },
          },
          record,
        )
        return { kind: 'changed', subscriptionId: successor.id, credit }
      }),
  }),

  end: defineOperation({
    ...desk,
    name: 'subscriptions.end',
    summary: 'The first day a subscription no longer runs; days that were paid beyond it are credited on the next invoice.',
    right: 'edit',
    input: z.object({ subscriptionId: id, on: dayInput }),
    rest: { method: 'post', path: '/subscriptions/{subscriptionId}/end' },
    run: (ctx, principal, { subscriptionId, on }): ReturnType<SubscriptionOperations['end']> =>
      ctx.record(async (record) => {
        const held = await heldSubscription(record, subscriptionId)
        if (held.endsOn) return tooLate(held)
        const credit = await ending(ctx, record, principal, held, on)
        await ctx.note(
          { subject: held.customerId, after: { subscriptionId, on, credit: credit.amount, currency: held.currency } },
          record,
        )
        return { kind: 'ended', credit }
      }),
  }),
}

type Held = Prisma.SubscriptionGetPayload<{ include: { plan: { include: { prices: true } } } }>

/** The subscription as no billing run moves it until this transaction is over. */
async function heldSubscription(record: RecordAccess, subscriptionId: string): Promise<Held> {
  await record.$executeRaw`select kontor_billing_lock(false)::text`
  await record.$executeRaw`select 1 from "Subscription" where id = ${subscriptionId} for update`
  const held = await record.subscription.findUnique({
    where: { id: subscriptionId },
    include: { plan: { include: { prices: true } } },
  })
  if (!held) throw new NotFound()
  return held
}

const tooLate = ({ endsOn }: Held): Late => ({
  kind: 'late',
  reason: said('billing.already-ended', { on: endsOn ? day(endsOn) : '' }),
})

const creditKey = (subscriptionId: string, on: string): string => `change/${subscriptionId}/${on}`

const priceOn = (prices: Held['plan']['prices'], currency: string, on: string): number | undefined =>
  heldOn(
    on,
    prices.filter((row) => row.currency === currency),
    ({ validFrom }) => day(validFrom),
  )?.amount

/** What was paid for the days from `on`, per piece. What lies further back than the last period is an invoice's matter, not a change's. */
function creditOf(held: Held, on: string): ReturnType<typeof changeCredit> {
  const [anchorOn, startedOn, nextOn] = [day(held.anchorOn), day(held.startedOn), day(held.nextOn)]
  const { plan } = held
  const paid =
    nextOn > startedOn
      ? periodHolding(anchorOn, plan.months, new Date(held.nextOn.getTime() - 86_400_000).toISOString().slice(0, 10))
      : undefined
  if (on < startedOn || (paid && on < paid.from)) throw new Invalid({ on: said('billing.too-far-back') })
  const billedFrom = paid && paid.from > startedOn ? paid.from : startedOn
  const price = held.priceOverride ?? priceOn(plan.prices, held.currency, billedFrom) ?? 0
  return changeCredit({ anchorOn, nextOn, months: plan.months, price }, on)
}

/** Ends a subscription on a day, and puts what was paid beyond it onto the next invoice. Answers what comes back, net. */
async function ending(
  ctx: Context,
  record: RecordAccess,
  principal: Principal,
  held: Held,
  on: string,
  billedWith = held.id,
): Promise<Money> {
  const { plan } = held
  const back = creditOf(held, on)
  await record.subscription.update({ where: { id: held.id }, data: { endsOn: column(on) } })
  const credit = (back?.credit ?? 0) * held.quantity
  if (!back || credit === 0) return money(0, held.currency)
  const text = (language: 'de' | 'en') => {
    const name = language === 'de' ? plan.nameDe : plan.nameEn
    return speaker(language)(said('billing.change.credit', { plan: name, text: held.subject }))
  }
  await record.billingItem.create({
    data: {
      key: creditKey(held.id, on),
      customerId: held.customerId,
      subscriptionId: billedWith,
      kind: 'CHANGE_CREDIT',
      what: { de: text('de'), en: text('en') },
      revenueGroup: plan.revenueGroup,
      quantity: held.quantity,
      unitNet: back.credit,
      currency: held.currency,
      dueOn: column(houseDay(ctx.now().toISOString())),
      periodFrom: column(back.period.from),
      periodUntil: column(back.period.until),
      createdBy: principal.userId ?? '',
    },
  })
  return money(credit, held.currency)
}
