import { Worker, type NativeConnection, type WorkerInterceptors, type WorkerOptions } from '@temporalio/worker'
import { registryQueue } from '../workflows/activity-options'
import { bankQueue } from '../workflows/messages/bank'
import { billingQueue } from '../workflows/messages/billing-run'
import { orderQueue } from '../workflows/messages/order'
import type { Activities } from '../workflows/activity-types'

export interface WorkersOptions {
  connection: NativeConnection
  namespace: string
  activities: Activities
  bundle: WorkerOptions['workflowBundle']
  registries: { id: string; maxSessions: number }[]
  /** 'all', or some of orders, payments, billing, bank, registry */
  queues: string[]
  interceptors?: WorkerInterceptors
}

/**
 * One worker per task queue: orders (workflows and their local activities), payments, and one per registry, whose activity slots are the
 * registry's sessions, so that a slow registry fills its own queue and nobody else's.
 */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, activities, bundle, registries, queues, interceptors } = options
  const runs = (queue: string) => queues.includes('all') || queues.includes(queue)
  const base = { connection, namespace, activities, shutdownGraceTime: '5s' as const, ...(interceptors ? { interceptors } : {}) }
  const workers: Promise<Worker>[] = []
  if (runs('orders')) {
    workers.push(
      Worker.create({
        ...base,
        taskQueue: orderQueue,
        ...(bundle ? { workflowBundle: bundle } : {}),
        maxCachedWorkflows: 1000,
        // how long a crashed worker delays the workflows it had cached
        stickyQueueScheduleToStartTimeout: '3s',
      }),
    )
  }
  if (runs('payments')) workers.push(Worker.create({ ...base, taskQueue: 'payments', maxConcurrentActivityTaskExecutions: 50 }))
  if (runs('bank')) workers.push(Worker.create({ ...base, taskQueue: bankQueue, maxConcurrentActivityTaskExecutions: 2 }))
  if (runs('billing')) {
    workers.push(
      Worker.create({
        ...base,
        taskQueue: billingQueue,
        maxConcurrentActivityTaskExecutions: 4,
        // a run's death is noticed within three seconds, and a busy processor is not taken for one
        maxHeartbeatThrottleInterval: '1s',
      }),
    )
  }
  if (runs('registry')) {
    for (const { id, maxSessions } of registries) {
      workers.push(
        Worker.create({
          ...base,
          taskQueue: registryQueue(id),
          // one slot is the poll's; commands beyond the sessions wait in Temporal, where they can be seen
          maxConcurrentActivityTaskExecutions: maxSessions * 4 + 1,
        }),
      )
    }
  }
  return Promise.all(workers)
}
