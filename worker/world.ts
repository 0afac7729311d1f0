import type { Client } from '@temporalio/client'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createEcbRates } from '../activities/adapters/ecb/rates'
import { createBankExchange } from '../activities/adapters/bank/exchange'
import { createEppRegistry } from '../activities/adapters/epp/registry'
import { createBankRecord } from '../activities/adapters/postgres/bank'
import { createAccountDecisions } from '../activities/adapters/postgres/account-decisions'
import { createBilling } from '../activities/adapters/postgres/billing'
import { createCollections } from '../activities/adapters/postgres/collections'
import { createCorrections } from '../activities/adapters/postgres/corrections'
import { createCaseRecord } from '../activities/adapters/postgres/cases'
import { createDocuments } from '../activities/adapters/postgres/documents'
import { createDunning } from '../activities/adapters/postgres/dunning'
import { createOrderRecord } from '../activities/adapters/postgres/orders'
import { createPayPalCheckout } from '../activities/adapters/paypal/checkout'
import { createPayingRecord } from '../activities/adapters/postgres/paying'
import { createReceipts } from '../activities/adapters/postgres/receipts'
import { issueReminder } from '../activities/adapters/postgres/reminders'
import { createRatesRecord, createVatIdRecord } from '../activities/adapters/postgres/registers'
import { createRegistryMessages } from '../activities/adapters/postgres/registry-messages'
import { createBankFiles } from '../activities/adapters/sepa/files'
import { createReturningRecord } from '../activities/adapters/postgres/returning'
import { createStripeCards, createStripeCheckout } from '../activities/adapters/stripe/checkout'
import { createStripePayments } from '../activities/adapters/stripe/payments'
import { createCaseDoor } from '../activities/adapters/temporal/door'
import { createTestClock } from '../activities/adapters/temporal/test-clock'
import { createVies } from '../activities/adapters/vies/vat-ids'
import { unavailable } from '../activities/failures'
import { typeset } from '../activities/adapters/pdf/typeset'
import type { DeliveryQueuePort, DeliveryRecord, RegistryPort, World } from '../activities/world'
import type { PrismaClient } from '../prisma/connect'
import { wallClock, type HouseClock } from '../prisma/house-clock'
import { houseDay } from '../workflows/policy/calendar'
import { heldOn } from '../workflows/policy/dated'
import { housePolicies } from '../workflows/policy/house'
import type { RegistryAccount, WorkerConfig } from './config'
import { createInvariantCheck } from './invariant-check'

/** Puts the ports together: the one place that knows which adapter stands behind which. */
export function createWorld(
  config: WorkerConfig,
  {
    prisma,
    client,
    queue,
    deliveries,
    clock = wallClock,
  }: { prisma: PrismaClient; client: Client; queue: DeliveryQueuePort; deliveries: DeliveryRecord; clock?: HouseClock },
): World & { close(): Promise<void> } {
  const stripe = {
    secretKey: config.STRIPE_SECRET_KEY,
    ...(config.STRIPE_API_URL ? { apiUrl: config.STRIPE_API_URL } : {}),
  }
  const registries = new Map(config.registries.map((account) => [account.id, createEppRegistry(eppAccount(account))]))
  const door = createCaseDoor(client)
  return {
    now: clock.now,
    ...(config.SANDBOX_URL
      ? { testClock: createTestClock({ prisma, client, clock, door, sandboxUrl: config.SANDBOX_URL }) }
      : {}),
    hasSessions: ['all', 'registry'].some((queue) => config.KONTOR_QUEUES.split(',').includes(queue)),
    registryFor(registryId): RegistryPort {
      const registry = registries.get(registryId)
      if (!registry) throw unavailable(`registry:${registryId}`, `No account for the registry ${registryId} is configured`)
      return registry
    },
    payments: createStripePayments(stripe),
    paying: {
      record: createPayingRecord(prisma),
      returns: createReturningRecord(prisma),
      checkouts: {
        stripe: createStripeCheckout(stripe),
        ...(config.PAYPAL_API_URL
          ? {
              paypal: createPayPalCheckout({
                ...{ apiUrl: config.PAYPAL_API_URL, clientId: config.PAYPAL_CLIENT_ID ?? '' },
                clientSecret: config.PAYPAL_CLIENT_SECRET ?? '',
              }),
            }
          : {}),
      },
      cards: createStripeCards(stripe),
    },
    receipts: createReceipts(prisma),
    orders: createOrderRecord(prisma),
    cases: createCaseRecord(prisma),
    documents: createDocuments(prisma, typeset),
    billing: createBilling(prisma),
    corrections: createCorrections(prisma),
    decisions: createAccountDecisions(prisma),
    collections: createCollections(prisma, issueReminder),
    dunning: createDunning(prisma),
    bank: {
      record: createBankRecord(prisma),
      files: createBankFiles(),
      ...(config.BANK_URL ? { port: createBankExchange({ url: config.BANK_URL, token: config.BANK_TOKEN ?? '' }) } : {}),
    },
    registers: {
      rates: { record: createRatesRecord(prisma), ...(config.ECB_URL ? { port: createEcbRates({ url: config.ECB_URL }) } : {}) },
      vatIds: {
        record: createVatIdRecord(prisma),
        ...(config.VIES_URL ? { port: createVies({ url: config.VIES_URL, ...houseVatId() }) } : {}),
      },
    },
    deliveries,
    messages: createRegistryMessages(prisma),
    queue,
    door,
    invariants: createInvariantCheck({ databaseUrl: config.DATABASE_URL, client, prisma, sandboxUrl: config.SANDBOX_URL }),
    secretFor: (purpose) => `${createHmac('sha256', config.SESSION_SECRET).update(purpose).digest('base64url').slice(0, 13)}-K7`,
    nameservers: config.KONTOR_NAMESERVERS.split(',').map((name) => name.trim()),
    pollRest: config.KONTOR_POLL_REST_MS,
    async close() {
      await Promise.all([...registries.values()].map((registry) => registry.close()))
    },
  }
}

/** An account of the registries' file as the EPP adapter wants it: with the certificates read. */
export const eppAccount = ({ caFile, certFile, keyFile, id, host, port, clientId, password, maxSessions }: RegistryAccount) => ({
  ...{ id, host, port, clientId, password, maxSessions },
  timeoutMs: 20_000,
  ca: readFileSync(caFile, 'utf8'),
  cert: readFileSync(certFile, 'utf8'),
  key: readFileSync(keyFile, 'utf8'),
})

/** The house asks VIES in its own name. */
function houseVatId(): { requester?: string } {
  const policy = heldOn(houseDay(new Date().toISOString()), housePolicies, ({ version }) => version)
  return policy ? { requester: policy.vatId } : {}
}
