import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorkerInterceptors } from '@temporalio/worker'
import type { World } from '../activities/world'

/**
 * Where a worker can be killed within an activity. The points carry what was just done, so that a list of them reads:
 *
 *   registerName:A                         before it does anything
 *   registerName:B:registry.register       a counterparty has acted and answered, nothing of that is written yet
 *   registerName:C:receipts.finish         a write to the record is committed
 *   registerName:D                         it has returned, Temporal does not know yet
 *
 * `…#3`: the third time that the point is passed.
 */
export interface Faults {
  world(world: World): World
  interceptors: WorkerInterceptors
}

/** What whoever started the worker may say to it, and hears from it. */
export interface KillOrder {
  kill: string
}
export interface PassedPoint {
  passed: string
}

/** Without a kill yet, but ready to be told one. */
const nothing = '-'

/** `kill`: a point, or `-`. The worker dies there once; started again without one it lives. Further orders come over Node's IPC channel. */
export function openFaults(kill: string): Faults {
  let order = orderOf(kill)
  process.on('message', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'kill' in message) order = orderOf((message as KillOrder).kill)
  })
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM')) // whoever started us is gone
  process.channel?.unref() // listening keeps nobody from ending

  const pass = (point: string): void => {
    process.send?.({ passed: point } satisfies PassedPoint)
    if (point !== order.point) return
    order.left -= 1
    if (order.left === 0) process.kill(process.pid, 'SIGKILL')
  }
  const current = new AsyncLocalStorage<string>()
  const passing = <T extends object>(port: T, name: string, point: 'B' | 'C', counts: Counts): T =>
    new Proxy(port, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver)
        if (typeof value !== 'function' || typeof property !== 'string') return value
        return async (...args: unknown[]) => {
          const answer: unknown = await (value as (...args: unknown[]) => unknown).apply(target, args)
          const activity = current.getStore()
          if (activity && counts(property, answer)) pass(`${activity}:${point}:${name}.${property}`)
          return answer
        }
      },
    })

  return {
    world: (world) => ({
      ...world,
      registryFor: (registryId) => passing(world.registryFor(registryId), 'registry', 'B', somethingCame),
      payments: passing(world.payments, 'payments', 'B', somethingCame),
      door: passing(world.door, 'door', 'B', somethingCame),
      receipts: passing(world.receipts, 'receipts', 'C', written),
      orders: passing(world.orders, 'orders', 'C', written),
      cases: passing(world.cases, 'cases', 'C', written),
      documents: passing(world.documents, 'documents', 'C', written),
      billing: passing(world.billing, 'billing', 'C', written),
      bank: {
        ...world.bank,
        record: passing(world.bank.record, 'bank', 'C', written),
        ...(world.bank.port ? { port: passing(world.bank.port, 'bankPort', 'B', somethingCame) } : {}),
      },
      deliveries: passing(world.deliveries, 'deliveries', 'C', written),
      messages: passing(world.messages, 'messages', 'C', written),
    }),
    interceptors: {
      activity: [
        ({ info: { activityType } }) => ({
          inbound: {
            async execute(input, next) {
              pass(`${activityType}:A`)
              const answer = await current.run(activityType, () => next(input))
              pass(`${activityType}:D`)
              return answer
            },
          },
        }),
      ],
    },
  }
}

function orderOf(kill: string): { point: string; left: number } {
  const [point = nothing, nth = '1'] = kill.split('#')
  return { point, left: Number(nth) }
}

type Counts = (method: string, answer: unknown) => boolean

/** An empty message queue is no event. */
const somethingCame: Counts = (method, answer) => method !== 'poll' || answer !== undefined

const reads = ['file', 'itemForRegistry', 'paymentFor', 'orderForPayment', 'itemsGross', 'documentsOf', 'undelivered']
const written: Counts = (method) => !reads.includes(method)
