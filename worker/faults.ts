import { AsyncLocalStorage } from 'node:async_hooks'
import type { WorkerInterceptors } from '@temporalio/worker'
import type { World } from '../activities/world'

/**
 * Where a worker can be killed within an activity:
 * A before it does anything · B after the counterparty acted, before anything is written · C after the record was written · D after the
 * activity returned, before Temporal knows.
 */
export const faultPoints = ['A', 'B', 'C', 'D'] as const
export type FaultPoint = (typeof faultPoints)[number]

const current = new AsyncLocalStorage<{ at(point: FaultPoint): void }>()

const die = (): void => void process.kill(process.pid, 'SIGKILL')

/** `registerName:B` or `registerName:B:2` (the second time it is reached): the worker dies there, once; a restart without KONTOR_KILL lives. */
export function faultInterceptors(kill: string): WorkerInterceptors {
  const [activityType, point, nth] = kill.split(':')
  let left = Number(nth ?? 1)
  return {
    activity: [
      (context) => ({
        inbound: {
          async execute(input, next) {
            if (context.info.activityType !== activityType) return next(input)
            const at = (here: FaultPoint) => {
              if (here !== point) return
              left -= 1
              if (left === 0) die()
            }
            at('A')
            const answer = await current.run({ at }, () => next(input))
            at('D')
            return answer
          },
        },
      }),
    ],
  }
}

const passing = <T extends object>(port: T, point: FaultPoint, only?: (method: string) => boolean): T =>
  new Proxy(port, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver)
      if (typeof value !== 'function' || typeof property !== 'string' || (only && !only(property))) return value
      return async (...args: unknown[]) => {
        const answer: unknown = await (value as (...args: unknown[]) => unknown).apply(target, args)
        current.getStore()?.at(point)
        return answer
      }
    },
  })

/** The same world, in which B and C can be reached: after a counterparty's answer, and after a write to the record. */
export const withFaults = (world: World): World => ({
  ...world,
  registryFor: (registryId) => passing(world.registryFor(registryId), 'B'),
  payments: passing(world.payments, 'B'),
  door: passing(world.door, 'B'),
  receipts: passing(world.receipts, 'C', (method) => method === 'finish'),
  orders: passing(
    world.orders,
    'C',
    (method) => !['itemForRegistry', 'paymentFor', 'orderForPayment', 'itemsGross'].includes(method),
  ),
  cases: passing(world.cases, 'C'),
  documents: passing(world.documents, 'C', (method) => method !== 'documentsOf'),
  deliveries: passing(world.deliveries, 'C'),
  messages: passing(world.messages, 'C'),
})
