// How an order has ended, read from the record and from the counterparties' own journals, without the names, numbers and times that
// differ from one telling to the next. Two tellings of one tale must read the same, whatever was killed in between.
import { createHash } from 'node:crypto'
import { verifyChain } from '../../prisma/case-chain'
import { orderWorkflowId } from '../../workflows/messages/order'
import type { Stage } from './stage'
import type { Telling } from './telling'

export interface EndState {
  outcome: string
  order: unknown
  items: unknown[]
  review: unknown
  case: unknown
  /** kinds in order, those about one name apart: names go their own ways */
  events: Record<string, string[]>
  payments: unknown[]
  documents: unknown[]
  /** what the customer's services were billed, and since when nothing is */
  billed: unknown[]
  /** the customer's collections, what is settled by them, and the balance */
  bank: unknown[]
  /** unpaid invoices that were chased: how far, how often, at what price */
  chased: unknown[]
  /** balance per account of what this order has booked */
  ledger: Record<string, number>
  receipts: string[]
  mails: string[]
  /** what the registries hold of ours, and what they have done for it */
  registry: unknown[]
  /** what the card provider has done */
  provider: string[]
}

export async function endStateOf(telling: Telling, outcome: string): Promise<EndState> {
  const { stage, orderId, customerId } = telling
  const { prisma } = stage
  const caseId = orderWorkflowId(orderId)
  const plain = (text: string) =>
    text.replaceAll(orderId, 'ORDER').replaceAll(customerId, 'CUSTOMER').replaceAll(telling.label, 'LABEL')
  const [order, row, events, documents, postings, receipts, mails, invoices, services, debits, settled, credit] =
    await Promise.all([
      prisma.order.findUniqueOrThrow({
        where: { id: orderId },
        include: { items: { orderBy: { position: 'asc' } }, review: true, payments: { orderBy: { createdAt: 'asc' } } },
      }),
      prisma.case.findUniqueOrThrow({ where: { id: caseId } }),
      prisma.caseEvent.findMany({ where: { caseId }, orderBy: { seq: 'asc' } }),
      prisma.document.findMany({ where: { orderId }, include: { lines: true, file: true }, orderBy: { kind: 'asc' } }),
      prisma.ledgerPosting.findMany({ where: { transaction: { caseId } } }),
      prisma.receipt.findMany({ where: { caseId }, orderBy: { key: 'asc' } }),
      prisma.delivery.findMany({ where: { caseId }, orderBy: { key: 'asc' } }),
      prisma.document.findMany({ where: { customerId, runId: { not: null } }, include: { lines: true, file: true } }),
      prisma.subscription.findMany({ where: { customerId } }),
      prisma.directDebit.findMany({ where: { customerId } }),
      prisma.settlement.findMany({ where: { customerId }, orderBy: { key: 'asc' } }),
      prisma.ledgerPosting.aggregate({ where: { account: `credit:${customerId}` }, _sum: { amount: true } }),
    ])
  // two names of one holder may ask for the contact at once: the second hears that it is there, and it is one contact
  const asked = new Map(
    receipts.map((receipt) => [
      receipt.command === 'contact:create' ? `${receipt.reference} ${receipt.outcome}` : receipt.key,
      receipt,
    ]),
  )
  const ledger: Record<string, number> = {}
  for (const { account, amount } of postings) ledger[plain(account)] = (ledger[plain(account)] ?? 0) + amount
  return {
    outcome,
    order: { state: order.state, net: order.net, vat: order.vat, gross: order.gross, closed: order.closedAt !== null },
    items: order.items.map(({ state, reason, expiresOn }) => ({
      state,
      reason: (reason as { key?: string } | null)?.key ?? null,
      expires: expiresOn !== null,
    })),
    review: order.review && { verdict: order.review.verdict, escalated: order.review.escalatedAt !== null },
    case: { state: row.state, closed: row.closedAt !== null, events: row.seq === events.length, chain: verifyChain(events) },
    events: storiesOf(events, plain),
    payments: order.payments.map(({ state, authorised, captured, refunded }) => ({ state, authorised, captured, refunded })),
    documents: documents.map(({ kind, net, vat, gross, lines, file }) => ({
      ...{ kind, net, vat, gross, lines: lines.length, written: file !== null },
    })),
    billed: [
      ...invoices.map(({ gross, lines, file }) => ({ gross, lines: lines.length, written: file !== null })),
      ...services.map(({ startedOn, nextOn }) => Math.round((nextOn.getTime() - startedOn.getTime()) / 86_400_000)),
      await prisma.delivery.count({ where: { customerId, template: 'invoice' } }),
    ],
    bank: [
      ...debits.map(({ state, amount, collectOn, announcedFor }) => ({
        ...{ state, amount },
        told: state !== 'CANCELLED' && announcedFor?.getTime() === collectOn.getTime(),
      })),
      // in no order of their own: keys are drawn
      ...settled.map(({ kind, amount }) => `${kind} ${amount}`).sort(),
      credit._sum.amount ?? 0,
    ],
    chased: [
      ...(await prisma.collection.findMany({ where: { customerId } })).map(({ state, level }) => `${state} ${level}`).sort(),
      ...(await prisma.serviceBlock.findMany({ where: { customerId } })).map(({ releasedAt }) => releasedAt !== null),
      ...(await prisma.ledgerPosting.findMany({ where: { account: `claims:${customerId}` } })).map(({ amount }) => amount),
      await prisma.delivery.count({ where: { customerId, key: { startsWith: 'dunning/' } } }),
      ...(await collectedByItself(telling)),
    ],
    ledger: Object.fromEntries(Object.entries(ledger).sort(([a], [b]) => a.localeCompare(b))),
    receipts: [...asked.values()].map(({ command, outcome }) => `${command} ${outcome}`).sort(),
    mails: mails.map(({ template, to }) => `${template} to ${to.includes('@kontor') ? 'staff' : 'customer'}`).sort(),
    registry: await held(telling),
    provider: stage.payments
      .state()
      .effects.filter((effect) => effect.orderId === orderId)
      .map(({ kind, amount }) => `${kind} ${amount}`),
  }
}

/** What was asked of the card provider for the customer's invoices, and what it did; how often the customer was told. */
async function collectedByItself({ stage, customerId }: Telling): Promise<string[]> {
  const { prisma } = stage
  const cases = (await prisma.case.findMany({ where: { customerId, kind: 'collection' } })).map(({ id }) => id)
  const receipts = await prisma.receipt.findMany({ where: { caseId: { in: cases } } })
  // an announcement waits for those of other collections, and goes without those that were given up: the collections say whether they were told
  const told = await prisma.delivery.findMany({
    where: { caseId: { in: cases }, key: { not: { startsWith: 'dunning/' } }, template: { not: 'debit-announced' } },
  })
  const done = stage.payments.state().effects.filter(({ caseId }) => caseId !== undefined && cases.includes(caseId))
  return [
    ...receipts.map(({ command, outcome }) => `${command} ${outcome}`),
    ...told.map(({ template }) => template),
    ...done.map(({ kind, amount }) => `${kind} ${amount}`),
  ].sort()
}

function storiesOf(events: { kind: string; what: unknown }[], plain: (text: string) => string): Record<string, string[]> {
  const stories: Record<string, string[]> = { order: [] }
  for (const { kind, what } of events) {
    const name = (what as { params?: { name?: unknown } }).params?.name
    const about = typeof name === 'string' ? plain(name) : 'order'
    stories[about] = [...(stories[about] ?? []), kind]
  }
  return stories
}

/** What the registries' own memory says: never mind what the record believes. */
async function held({ stage, names, customerId }: Telling): Promise<unknown[]> {
  const holders = await stage.prisma.contactHandle.findMany({ where: { contact: { customerId } }, orderBy: { createdAt: 'asc' } })
  return names.map((name) => {
    const { registry } = stage.registries.at(registryOf(name))
    const domain = registry.rules.state.domains.get(name)
    const ours = domain?.clientId === 'kontor'
    return {
      ours,
      statuses: domain && ours ? registry.rules.statusesOf(domain) : [],
      registrant: domain && ours ? holders.findIndex(({ handle }) => handle === domain.registrant) : -1,
      done: doneFor(stage, [name, ...holders.map(({ handle }) => handle)], registryOf(name)),
    }
  })
}

export const registryOf = (name: string): string =>
  ({ de: 'sandbox-de', com: 'sandbox-generic', fr: 'sandbox-cc' })[name.split('.')[1] ?? ''] ?? ''

/** Commands that changed something, by the registry's journal: each once. */
function doneFor(stage: Stage, objects: string[], registryId: string): string[] {
  return stage.registries
    .at(registryId)
    .registry.journal.entries()
    .filter(({ object, code, by }) => object !== undefined && objects.includes(object) && code < 2000 && by === 'kontor')
    .map(({ command, code }) => `${command} ${code}`)
}

export const digestOfState = (state: EndState): string =>
  createHash('sha256').update(JSON.stringify(state)).digest('hex').slice(0, 16)

/** What is different, in lines that a person can read. */
export function differences(calm: EndState, now: EndState): string[] {
  return (Object.keys(calm) as (keyof EndState)[])
    .filter((part) => JSON.stringify(calm[part]) !== JSON.stringify(now[part]))
    .map((part) => `${part}: ${JSON.stringify(now[part])}, calm: ${JSON.stringify(calm[part])}`)
}
