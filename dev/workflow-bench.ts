// A bench for workflow tests: Temporal's time-skipping server, the real activities and adapters, a database of one's own, and the sandbox
// counterparties on their real wires. What the world did is then read like a ledger.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duration } from '@temporalio/common'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker'
import { createDeliveries } from '../activities/adapters/postgres/deliveries'
import { createActivities } from '../activities'
import type { TestClockPort, World } from '../activities/world'
import { createPrisma, type PrismaClient } from '../prisma/connect'
import { startAuthorities, type AuthoritiesSandbox } from '../sandbox/authorities'
import { startPaymentsSandbox, type PaymentsSandbox } from '../sandbox/payments'
import { demoHouses } from '../sandbox/registry/houses'
import { startRegistrySandbox, type RegistrySandbox } from '../sandbox/registry/sandbox'
import { ensureSearchAttributes } from '../worker/temporal'
import { createWorkers } from '../worker/workers'
import { createInvariantCheck } from '../worker/invariant-check'
import { createWorld } from '../worker/world'
import { eventually } from './eventually'
import { freshDatabase, ownNamespace, timeSkipping, workflowBundle } from './test-services'

export interface WorkflowBench {
  client: Client
  namespace: string
  prisma: PrismaClient
  world: World
  databaseUrl: string
  payments: PaymentsSandbox
  registries: RegistrySandbox
  authorities: AuthoritiesSandbox
  bundle: string
  /** lets the workflows' clock run ahead */
  ahead(duration: Duration): Promise<void>
  /** the workflow's whole history as JSON, for recordings */
  history(handle: WorkflowHandle): Promise<unknown>
  close(): Promise<void>
}

/** The bench's time runs by itself: nobody is told of a clock. A whole house goes by one in api/operations/test-clock.test.ts. */
const nobodysClock: TestClockPort = {
  moveTo: () => Promise.resolve(),
  begin: ({ work, at }) => Promise.resolve({ caseId: `${work}-${at}` }),
  running: () => Promise.resolve([]),
  tell: () => Promise.resolve({ kind: 'over' }),
  tellSchedules: () => Promise.resolve(),
}

/** The registries of `npm start`, but the one that thinks about each .fr leaves it to the test, however slow that is. */
const undecided = demoHouses.map((house) => {
  const { fr } = house.tlds
  return fr ? { ...house, tlds: { ...house.tlds, fr: { ...fr, pendingCreateMs: 600_000 } } } : house
})

/** `clock` is 'real' where it matters what the server itself does: a namespace of the run's own Temporal server, and no time is skipped. */
export async function openWorkflowBench({ clock = 'skipped' }: { clock?: 'skipped' | 'real' } = {}): Promise<WorkflowBench> {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const dir = mkdtempSync(join(tmpdir(), 'kontor-bench-'))
  // by itself: the SDK gives this server only some seconds to come up
  const environment = await (clock === 'real' ? ownNamespace() : timeSkipping())
  const [database, registries, bundle] = await Promise.all([
    freshDatabase(),
    startRegistrySandbox({ dir: join(dir, 'registry'), houses: undecided }),
    workflowBundle(),
  ])
  const { namespace = 'default' } = environment
  await ensureSearchAttributes(environment.nativeConnection, namespace)
  const payments = await startPaymentsSandbox({
    dir: join(dir, 'payments'),
    port: 0,
    secretKey: 'sk_test_bench',
    webhookSecret: 'whsec_bench',
    webhookDoor: () => Promise.resolve(200),
  })
  const authorities = await startAuthorities()
  const prisma = createPrisma(database.databaseUrl)
  const accounts = registries.registries.map(
    ({ id, host, port, clientId, password, caFile, certFile, keyFile, maxSessions }) => ({
      ...{ id, host, port, clientId, password, caFile, certFile, keyFile, maxSessions },
      extensions: [],
    }),
  )
  const world = createWorld(
    {
      DATABASE_URL: database.databaseUrl,
      TEMPORAL_ADDRESS: '',
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_TLS: false,
      TEMPORAL_API_KEY: '',
      BASE_URL: 'http://shop.example',
      SESSION_SECRET: 'a secret of the bench, long enough',
      STRIPE_SECRET_KEY: 'sk_test_bench',
      STRIPE_API_URL: payments.url,
      SMTP_URL: 'smtp://127.0.0.1:1',
      MAIL_FROM: 'Kontor <kontor@kontor.example>',
      ECB_URL: authorities.ecbUrl,
      VIES_URL: authorities.viesUrl,
      KONTOR_REGISTRIES: '',
      KONTOR_NAMESERVERS: 'ns1.kontor.example,ns2.kontor.example',
      KONTOR_QUEUES: 'all',
      SANDBOX_URL: '',
      KONTOR_POLL_REST_MS: 200,
      KONTOR_BUNDLE: '',
      LOG_LEVEL: 'warn',
      registries: accounts,
    },
    // mails stay rows: the Delivery table is what went out
    {
      prisma,
      client: environment.client,
      queue: { enqueue: () => Promise.resolve() },
      deliveries: createDeliveries(prisma, { publicUrl: 'http://shop.example' }),
    },
  )
  const workers = await createWorkers({
    connection: environment.nativeConnection,
    namespace,
    activities: createActivities({
      ...world,
      testClock: nobodysClock,
      invariants: createInvariantCheck({ databaseUrl: database.databaseUrl, prisma, sandboxUrl: '' }),
    }),
    bundle: { code: bundle },
    registries: accounts,
    queues: ['all'],
  })
  const running = workers.map((worker: Worker) => worker.run())

  return {
    client: environment.client,
    namespace,
    prisma,
    world,
    databaseUrl: database.databaseUrl,
    payments,
    registries,
    authorities,
    bundle,
    ahead: (duration) => environment.sleep(duration),
    history: async (handle) => await handle.fetchHistory(),
    async close() {
      for (const worker of workers) worker.shutdown()
      await Promise.all(running)
      await world.close()
      await prisma.$disconnect()
      await payments.close()
      await authorities.close()
      await registries.stop()
      await environment.teardown()
      await database.drop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Holds the calls of a port's method (that are `meant`) until they are let go: what is said meanwhile crosses them. */
export function held<Port extends object, Name extends keyof Port>(
  port: Port,
  name: Name,
  meant: (...args: ArgsOf<Port[Name]>) => boolean = () => true,
): { entered: Promise<void>; letGo(): void } {
  const call = port[name] as (...args: ArgsOf<Port[Name]>) => Promise<unknown>
  let enter: () => void
  let letGo: () => void
  const entered = new Promise<void>((resolve) => (enter = resolve))
  const gone = new Promise<void>((resolve) => (letGo = resolve))
  const holding = async (...args: ArgsOf<Port[Name]>) => {
    if (meant(...args)) {
      enter()
      await gone
    }
    return call.apply(port, args)
  }
  Object.assign(port, { [name]: holding })
  return {
    entered,
    letGo() {
      Object.assign(port, { [name]: call })
      letGo()
    },
  }
}
type ArgsOf<Call> = Call extends (...args: infer Args) => Promise<unknown> ? Args : never

/** Until a workflow has taken on so many updates, or has said no to the last of them. */
export async function taken(handle: WorkflowHandle, updates: number, last: Promise<unknown>): Promise<void> {
  let over = false
  const end = () => void (over = true)
  last.then(end, end)
  await eventually(
    async () => (await handle.fetchHistory()).events ?? [],
    (events) => over || events.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length === updates,
  )
}
