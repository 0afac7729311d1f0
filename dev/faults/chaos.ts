// Hundreds of orders at once, while everything that can die dies and everything that can be late is late. What is to happen is drawn from a
// seed; each order must end as its tale ends on a calm day.
import { pause } from '../processes'
import { say } from '../progress'
import { differences, endStateOf, type EndState } from './end-state'
import type { Ground, Stage } from './stage'
import { decree, tales, type Tale } from './tales'
import { Telling } from './telling'

/** Tales that need nothing but the ordinary policy, and how many of a hundred orders go so. */
const shares: Record<string, number> = {
  'paid and delivered': 40,
  'held, approved': 10,
  'held, rejected': 5,
  'taken, given up, released': 8,
  'one of two taken, given up': 7,
  'pending, then granted': 10,
  'holder refused, corrected, granted': 8,
  'declined, paid with another card': 7,
  'withdrawn before payment': 5,
}

export interface ChaosPlan {
  seed: number
  orders: number
  /** all are begun within so many milliseconds */
  arriveWithinMs: number
  disorders: Disorder[]
  /** between two disorders, in milliseconds: drawn from half to one and a half of it */
  restMs: number
  patienceMs: number
}

export type Disorder =
  'worker' | 'temporal' | 'postgres' | 'registry-drops' | 'registry-2400' | 'provider-drops' | 'provider-500' | 'mail-later'

export interface ChaosOutcome {
  passed: number
  failures: string[]
  /** from the moment a killed server was back until the record moved on, in milliseconds */
  recovery: { disorder: Disorder; ms: number }[]
  /** from the end of the last disorder until the last order was closed */
  lastClosedMs: number
  /** workers that ended without having been killed */
  gaveUp: number
}

/** mulberry32: the same seed, the same disorder. */
export function lottery(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** So many disorders, most of them small; each kind of death at least once. */
export function disordersFor(draw: () => number, count: number): Disorder[] {
  const must: Disorder[] = ['worker', 'registry-drops', 'temporal', 'postgres']
  const all: Disorder[] = [
    'worker',
    'worker',
    'worker',
    'registry-drops',
    'registry-drops',
    'registry-2400',
    'provider-drops',
    'provider-500',
    'mail-later',
  ]
  const more = Array.from({ length: Math.max(0, count - must.length) }, () => all[Math.floor(draw() * all.length)] ?? 'worker')
  return [...must, ...more]
    .map((disorder) => ({ disorder, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .map(({ disorder }) => disorder)
}

export async function chaos(stage: Stage, ground: Ground, plan: ChaosPlan): Promise<ChaosOutcome> {
  const draw = lottery(plan.seed)
  await decree(stage, 'chaos', {
    payment: { askEvery: 'PT5S' },
    delivery: { askPendingEvery: 'PT5S' },
  })
  const chosen = Object.keys(shares).map((name) => tales.find((tale) => tale.name === name) ?? missing(name))
  const calm = new Map<Tale, EndState>()
  for (const tale of chosen) calm.set(tale, (await tell(stage, tale, { patienceMs: 90_000 })).end)

  // webhooks twice, late and out of order, all the time
  stage.payments.behave({ webhooks: { duplicates: 1, delayMs: 300, reorder: true } })
  stage.troubled = true
  const failures: string[] = []
  let closed = 0
  let lastClosed = Date.now()
  const orders = Array.from({ length: plan.orders }, async () => {
    const tale = drawn(draw(), chosen)
    const [arrival, twice] = [draw() * plan.arriveWithinMs, draw() < 0.5]
    await pause(arrival)
    let orderId = ''
    try {
      const { telling, end } = await tell(stage, tale, { patienceMs: plan.patienceMs, twice, begun: (one) => (orderId = one) })
      orderId = telling.orderId
      const wrong = differences(told(calm.get(tale)), told(end))
      if (wrong.length > 0) throw new Error(wrong.join('\n'))
      closed += 1
    } catch (error) {
      failures.push(`${orderId} ${tale.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
    lastClosed = Date.now()
  })

  const recovery: ChaosOutcome['recovery'] = []
  const deathsBefore = stage.worker.deaths.length
  for (const disorder of plan.disorders) {
    await pause(plan.restMs * (0.5 + draw()))
    say(`    ${disorder.padEnd(16)} ${closed} of ${plan.orders} closed`)
    const since = await upset(stage, ground, disorder, draw)
    if (since !== undefined && closed + failures.length < plan.orders)
      recovery.push({ disorder, ms: await untilItMoves(stage, since, () => closed + failures.length >= plan.orders) })
  }
  const over = Date.now()
  for (const { registry } of ['sandbox-de', 'sandbox-generic', 'sandbox-cc'].map((id) => stage.registries.at(id)))
    registry.calmDown()
  stage.payments.behave({ api: { dropAfterActing: 0, failAfterActing: 0, tooManyRequests: 0 } })
  stage.mailbox.calm()
  await Promise.all(orders)
  await stage.worker.ready
  stage.payments.calm()
  await stage.payments.webhooksSettled()
  stage.troubled = false
  return {
    passed: plan.orders - failures.length,
    failures,
    recovery,
    lastClosedMs: Math.max(0, lastClosed - over),
    gaveUp: stage.worker.deaths.slice(deathsBefore).filter(({ code }) => code !== null).length,
  }
}

const missing = (name: string): never => {
  throw new Error(`there is no tale '${name}'`)
}

/** Outages that were waited out are part of the story here; everything else must be as on a calm day. */
function told(state: EndState | undefined): EndState {
  if (!state) throw new Error('no calm telling')
  const events = Object.entries(state.events).map(([about, kinds]) => [
    about,
    kinds.filter((kind) => kind !== 'outage' && kind !== 'back'),
  ])
  return { ...state, events: Object.fromEntries(events) as EndState['events'] }
}

function drawn(lot: number, chosen: Tale[]): Tale {
  let left = lot * Object.values(shares).reduce((sum, share) => sum + share, 0)
  for (const tale of chosen) {
    left -= shares[tale.name] ?? 0
    if (left < 0) return tale
  }
  return chosen[0] ?? missing('any')
}

async function tell(
  stage: Stage,
  tale: Tale,
  options: { patienceMs: number; twice?: boolean; begun?: (orderId: string) => void },
): Promise<{ telling: Telling; end: EndState }> {
  const telling = new Telling(stage, tale, options)
  await telling.arrive()
  await tale.play(telling)
  const outcome = await telling.ended()
  options.begun?.(telling.orderId)
  return { telling, end: await telling.sure('its end', () => endStateOf(telling, outcome)) }
}

/** Answers when what was killed is back; undefined when nothing was. */
async function upset(stage: Stage, ground: Ground, disorder: Disorder, draw: () => number): Promise<number | undefined> {
  const id = ['sandbox-de', 'sandbox-generic', 'sandbox-cc'][Math.floor(draw() * 3)] ?? 'sandbox-de'
  const { registry } = stage.registries.at(id)
  switch (disorder) {
    case 'worker':
      await stage.worker.kill()
      return Date.now()
    case 'temporal':
      await stage.temporal.crash()
      await pause(1000 * draw())
      await stage.temporal.start()
      return Date.now()
    case 'postgres':
      await ground.crash()
      await pause(1000 * draw())
      await ground.start()
      return Date.now()
    case 'registry-drops':
      registry.behave({ drop: { count: 3 } })
      return undefined
    case 'registry-2400':
      registry.behave({ answer: { code: 2400, count: 4 } })
      return undefined
    case 'provider-drops':
      stage.payments.behave({ api: { dropAfterActing: 3 } })
      return undefined
    case 'provider-500':
      stage.payments.behave({ api: { failAfterActing: 2, tooManyRequests: 2 } })
      return undefined
    case 'mail-later':
      stage.mailbox.behave({ later: 3, dropAfterActing: 2 })
      return undefined
  }
}

/** Looks until some case has moved on since. */
async function untilItMoves(stage: Stage, since: number, over: () => boolean): Promise<number> {
  for (;;) {
    const moved = await stage.prisma.case
      .findFirst({ where: { updatedAt: { gt: new Date(since) } }, select: { updatedAt: true }, orderBy: { updatedAt: 'asc' } })
      .catch(() => null)
    if (moved) return moved.updatedAt.getTime() - since
    if (over()) return Date.now() - since
    await pause(100)
  }
}
