// The worker as it is in production, but that registries and mailbox answer in its own process, at once (quality P1): what is measured is the
// order's own work, and not a sandbox's TLS.
import { refused, unavailable } from '../../activities/failures'
import type { RegistryPort } from '../../activities/world'
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
await runWorker(config, {
  registryFor(registryId) {
    const registry = registries.get(registryId)
    if (!registry) throw unavailable(`registry:${registryId}`, 'not in this bench')
    return registry
  },
  mail: { send: ({ key }) => Promise.resolve({ reference: key }) },
})
