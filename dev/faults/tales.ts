// The ways an order can go, each told by the people in it (telling.ts): from the click that places it to the case that is closed. The matrix
// kills the worker within them, the chaos tells hundreds at once.
import { tldSeeds } from '../../prisma/seed/tlds'
import { orderPolicies } from '../../workflows/policy/order-policy'
import { day, json, type PolicyChange, type Setting } from './order-telling'
import type { Stage } from './stage'
import type { Telling } from './telling'

export interface Tale extends Setting {
  play(order: Telling): Promise<void>
}

/** Nothing goes on by a clock here, only by what people and counterparties do: a message that got lost leaves the order stranded. */
const patient: PolicyChange = {
  clearing: { escalateAfter: 'P1D', expireAfter: 'P7D' },
  payment: { remindAfter: 'P2D', expireAfter: 'P7D', askEvery: 'PT6H', captureWithin: 'P3D' },
  delivery: { undoWindow: 'PT0S', escalateParkedAfter: 'P3D', firstPause: 'PT1S', maxPause: 'PT4S', askPendingEvery: 'PT6H' },
}

const taken = 'vergeben.com'

export const tales: Tale[] = [
  {
    name: 'paid and delivered',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
    },
  },
  {
    name: 'paid and delivered, billed for services, the books checked',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.askRegisters()
      await order.checkBooks()
    },
  },
  {
    name: 'paid and delivered, billed, collected by direct debit, a transfer put to the balance',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.collect()
      await order.transfer()
      await order.handIn()
    },
  },
  {
    name: 'paid and delivered, billed for services that are paid after a letter, which came back and went out once more',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.chase()
    },
  },
  {
    name: 'paid and delivered, billed for services that a kept card pays',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.keepCard()
      await order.chargeByItself()
    },
  },
  {
    name: 'paid and delivered, billed, to be collected by itself, disputed, written off',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.giveMandate({ preferred: true })
      await order.bill()
      await order.disputeAndWriteOff()
    },
  },
  {
    name: 'paid and delivered, billed for services, the first invoice cancelled and billed again',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.cancelInvoice()
    },
  },
  {
    name: 'paid and delivered, billed, dunned by a run from which one is left out and one is put off, written off',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.dun()
    },
  },
  {
    name: 'paid and delivered, billed; all invoices paid at once by a new card after a try that was given up, a part refunded, which comes back twice',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.payTogether()
      await order.refund()
    },
  },
  {
    name: 'paid and delivered, billed; a deposit, invoices paid from the balance and by a kept card that is then taken away, one charged back, goodwill',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.bill()
      await order.payApart()
      await order.chargeBack()
      await order.settleAccount()
    },
  },
  {
    name: 'held, escalated, approved',
    policy: { clearing: { escalateAfter: 'PT1S' } },
    names: (label) => [`${label}.com`],
    unknownCustomer: true,
    async play(order) {
      await order.place()
      await order.until('escalated', ({ events }) => events.includes('escalated'))
      await order.decide('approve')
      await order.pay()
    },
  },
  {
    name: 'held, approved',
    names: (label) => [`${label}.com`],
    unknownCustomer: true,
    async play(order) {
      await order.place()
      await order.decide('approve')
      await order.pay()
    },
  },
  {
    name: 'held, rejected',
    names: (label) => [`${label}.com`],
    unknownCustomer: true,
    async play(order) {
      await order.place()
      await order.decide('reject')
    },
  },
  {
    name: 'taken, given up, released',
    names: () => [taken],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.giveUp(1)
    },
  },
  {
    name: 'one of two taken, given up',
    names: (label) => [taken, `${label}.com`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.until('the other delivered', ({ items }) => items[1]?.state === 'REGISTERED')
      await order.giveUp(1)
    },
  },
  {
    name: 'pending, then granted',
    names: (label) => [`${label}.fr`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilPending()
      await order.registryDecides(true)
    },
  },
  {
    name: 'pending, then granted; the card can’t be charged any more: an open invoice instead',
    names: (label) => [`${label}.fr`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilPending()
      await order.billInstead(() => order.registryDecides(true))
    },
  },
  {
    name: 'holder refused, corrected, granted',
    names: (label) => [`${label}.fr`],
    country: 'US',
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.correctHolder(1)
      await order.untilPending()
      await order.registryDecides(true)
    },
  },
  {
    name: 'captured in time, given up, refunded',
    policy: { payment: { captureWithin: 'PT2S' } },
    names: () => [taken],
    async play(order) {
      await order.place()
      await order.pay()
      await order.untilParked()
      await order.until('captured', ({ documents }) => documents > 0)
      await order.giveUp(1)
    },
  },
  {
    name: 'declined, paid with another card',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay('4000000000000002')
      await order.until('declined', ({ view }) => JSON.stringify(view ?? '').includes('order.reason.payment-declined'))
      await order.pay()
    },
  },
  {
    name: 'paid out of the balance',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.fillBalance(5_000)
      await order.payOtherwise('balance')
    },
  },
  {
    name: 'paid by bank transfer, in two parts',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.payOtherwise('transfer')
      await order.transferForOrder()
    },
  },
  {
    name: 'its reverse charge waits for the register, which says no: paid with VAT',
    policy: { vatId: { freshFor: 'P30D', askEvery: 'PT2S', expireAfter: 'P7D' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      // this member state never answers
      await order.hasVatId('FR00503000000')
      await order.place()
      await order.until('waiting for the register', ({ view }) => view?.headline.key === 'order.headline.vat-id')
      await order.hasVatId('IE4040000TH')
      await order.until('VAT charged', ({ events }) => events.includes('vat-id-invalid'))
      await order.pay()
    },
  },
  {
    name: 'withdrawn before payment',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.openPage()
      await order.withdraw()
    },
  },
  {
    name: 'withdrawn after payment',
    policy: { delivery: { undoWindow: 'PT1H' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.until('undo', ({ view }) => view?.headline.key === 'order.headline.undo-window')
      await order.withdraw()
    },
  },
  {
    name: 'registry away, retried by hand',
    policy: { delivery: { firstPause: 'PT6H', maxPause: 'PT6H' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.registryIsAway(true)
      await order.pay()
      await order.until('paused', ({ view }) => view?.headline.key === 'order.headline.retrying')
      await order.registryIsAway(false)
      await order.retry()
    },
  },
  {
    name: 'paid and delivered; a day of the whole house goes by',
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.pay()
      await order.passADay()
    },
  },
  {
    name: 'never paid, expired',
    policy: { payment: { expireAfter: 'PT12S' } },
    names: (label) => [`${label}.de`],
    async play(order) {
      await order.place()
      await order.openPage()
    },
  },
]

// ───────────────────────────── the house and its people ─────────────────────────────

const soldTlds = ['de', 'com', 'fr']

/** What the house sells. Its rule about who may hold a .fr is out of date: only the registry knows better. */
export async function stock({ prisma }: Stage): Promise<void> {
  for (const { tld, registryId, groups, rules, prices } of tldSeeds.filter((seed) => soldTlds.includes(seed.tld))) {
    const [first] = rules
    if (!first) continue
    const { countries: _gone, ...holder } = first.holder
    await prisma.tld.create({ data: { tld, registryId, groups } })
    await prisma.tldRules.create({ data: { tld, validFrom: day(first.validFrom), data: json({ ...first, holder, extra: [] }) } })
    await prisma.price.createMany({
      data: prices.map(({ validFrom, register }) => ({
        tld,
        kind: 'REGISTER' as const,
        amount: register,
        validFrom: day(validFrom),
      })),
    })
  }
  for (const [role, name] of Object.entries({ CLEARING: 'Clara Clearing', OPERATOR: 'Otto Operator' } as const)) {
    await prisma.user.create({
      data: { email: `${role.toLowerCase()}@kontor.example`, displayName: name, passwordHash: '', staffRole: role as 'CLEARING' },
    })
  }
}

/** The policy that orders placed from now on begin with. */
export async function decree({ prisma }: Stage, version: string, change: PolicyChange = {}): Promise<void> {
  const [house] = orderPolicies
  const vatId = change.vatId ? { vatId: change.vatId } : {}
  const part = <Name extends 'clearing' | 'payment' | 'delivery'>(name: Name) => ({
    ...house?.[name],
    ...patient[name],
    ...change[name],
  })
  const data = json({ version, clearing: part('clearing'), payment: part('payment'), delivery: part('delivery'), ...vatId })
  const validFrom = day('2026-01-01')
  // a policy is never changed in place; this stage begins anew with each tale
  await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`set local session_replication_role = replica`
    await tx.policy.deleteMany({ where: { kind: 'order', validFrom } })
    await tx.policy.create({ data: { kind: 'order', validFrom, version, data } })
  })
}
