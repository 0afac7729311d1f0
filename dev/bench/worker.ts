// The worker as it is in production, but that registries, card provider and mailbox answer in its own process, at once (quality P1): what is
// measured is the order's own work, and not a sandbox's TLS. That a customer has paid is told by webhook all the same.
import { refused, unavailable } from '../../activities/failures'
import type { RegistryPort } from '../../activities/world'
import { wantedEvents } from '../../api/webhooks/stripe'
import { cardsInProcess } from '../../sandbox/payments/in-process'
import { demoHouses } from '../../sandbox/registry/houses'
import { registryInProcess } from '../../sandbox/registry/in-process'
import { openRegistry } from '../../sandbox/registry/registry'
import { readConfig } from '../../worker/config'
import { runWorker } from '../../worker/run'

const config = readConfig(process.env)
const registries = new Map<string, RegistryPort>()
for (const { id, clientId } of config.registries) {
  const house = demoHouses.find((one) => one.id === id)
  if (!house) throw new Error(`There is no house for ${id}`)
  registries.set(id, registryInProcess(await openRegistry({ house }), clientId, { refused, unavailable }))
}
const secret = process.env['BENCH_WEBHOOK_SECRET'] ?? ''
const cards = cardsInProcess({
  refused,
  webhookSecret: secret,
  wanted: wantedEvents,
  tell: (body, signature) =>
    void fetch(new URL('/webhooks/stripe', config.BASE_URL), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body: new Uint8Array(body),
    }).then((answer) => answer.arrayBuffer()),
})
// the bench tells which customer pays
process.on('message', (message: { pays?: string }) => message.pays !== undefined && cards.payAsCustomer(message.pays))

await runWorker(config, {
  payments: cards,
  registryFor(registryId) {
    const registry = registries.get(registryId)
    if (!registry) throw unavailable(`registry:${registryId}`, 'not in this bench')
    return registry
  },
  mail: { send: ({ key }) => Promise.resolve({ reference: key }) },
})
