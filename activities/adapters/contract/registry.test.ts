import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { certify } from '../../../sandbox/registry/certificates'
import { type House, ordinaryTld } from '../../../sandbox/registry/house'
import { registryInProcess } from '../../../sandbox/registry/in-process'
import { openRegistry, type Registry } from '../../../sandbox/registry/registry'
import { type SandboxAccount, startRegistrySandbox } from '../../../sandbox/registry/sandbox'
import { schemaError } from '../../../sandbox/registry/schema'
import { refused, unavailable } from '../../failures'
import type { RegistryPort } from '../../world'
import { createEppRegistry } from '../epp/registry'
import { type RegistryBench, registryContract } from './registry.contract'

const house: House = {
  id: 'contract',
  svId: 'Registry of the contract suite',
  repository: 'CONTR',
  currency: 'EUR',
  maxSessions: 4,
  maxCheck: 25,
  hosts: ['ns1.kontor.example', 'ns2.kontor.example'],
  accounts: [
    { clientId: 'kontor', balance: 10_000_000, creditLimit: 0 },
    { clientId: 'other-registrar', balance: 10_000_000, creditLimit: 0 },
  ],
  tlds: {
    com: ordinaryTld,
    shop: {
      ...ordinaryTld,
      premium: { hotel: { class: 'premium', create: 250_000, renew: 25_000, transfer: 25_000, restore: 250_000 } },
      claims: ['marke'],
    },
    pending: { ...ordinaryTld, pendingCreateMs: 5_000 },
    resident: { ...ordinaryTld, residents: ['DE', 'BE'] },
  },
}

const attributesHouse: House = {
  ...house,
  id: 'contract-attributes',
  repository: 'CONAT',
  hosts: [],
  tlds: { attr: { ...ordinaryTld, hosts: 'attributes' } },
}

const clock = () => {
  let ahead = 0
  return { now: () => Date.now() + ahead, ahead: (milliseconds: number) => void (ahead += milliseconds) }
}

const handles = (registry: Registry) => ({
  loseAnswers: (count: number, command: string) => registry.behave({ drop: { count, command } }),
  answerWith: (code: 2400 | 2502, count: number) => registry.behave({ answer: { code, count } }),
  decide: (name: string, approve: boolean) => registry.decide(name, approve),
  leaveCredit: (cents: number) => registry.setBalance('kontor', cents),
  done: (command: string, object: string) =>
    registry.journal.entries().filter((entry) => entry.command === command && entry.object === object && entry.code < 2000)
      .length,
})

registryContract('in process', async (): Promise<RegistryBench> => {
  const { now, ahead } = clock()
  const registry = await openRegistry({ house, now })
  const second = await openRegistry({ house: attributesHouse, now })
  const port = (clientId: string, at = registry): RegistryPort => registryInProcess(at, clientId, { refused, unavailable })
  return {
    ours: port('kontor'),
    theirs: port('other-registrar'),
    attributes: port('kontor', second),
    ahead,
    ...handles(registry),
    down: async () => registry.behave({ down: true }),
    up: async () => registry.behave({ down: false }),
    close: () => registry.close(),
  }
})

// certificates are made once for all
const certificates = mkdtempSync(join(tmpdir(), 'kontor-epp-'))
beforeAll(() => certify(join(certificates, 'tls'), ['kontor', 'other-registrar']))
afterAll(() => rmSync(certificates, { recursive: true }))

registryContract('EPP', async (): Promise<RegistryBench> => {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-epp-'))
  cpSync(certificates, dir, { recursive: true })
  const { now, ahead } = clock()
  const wrong: string[] = []
  const judge = (_direction: string, xml: string) => {
    const error = schemaError(xml)
    if (error !== undefined) wrong.push(`${error}\n${xml}`)
  }
  const sandbox = await startRegistrySandbox({
    dir,
    houses: [house, attributesHouse],
    now,
    onFrame: (_id, direction, xml) => judge(direction, xml),
  })
  const [at, elsewhere] = sandbox.registries
  if (!at || !elsewhere) throw new Error('two registries are needed')
  const { registry, server } = sandbox.at('contract')
  const port = ({ clientId, password, certFile, keyFile }: SandboxAccount, { id, host, port, caFile } = at) =>
    createEppRegistry({
      id,
      host,
      port,
      clientId,
      password,
      ca: readFileSync(caFile, 'utf8'),
      cert: readFileSync(certFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
      maxSessions: 2,
      timeoutMs: 5_000,
      backoffMs: { first: 1, most: 20 },
      onFrame: judge,
    })
  const [ours, theirs] = at.accounts.map((account) => port(account))
  const attributes = port(elsewhere, elsewhere)
  if (!ours || !theirs) throw new Error('two accounts are needed')
  return {
    ours,
    theirs,
    attributes,
    ahead,
    ...handles(registry),
    down: () => server.down(),
    up: () => server.up(),
    async close() {
      await Promise.all([ours.close(), theirs.close(), attributes.close()])
      await sandbox.stop()
      rmSync(dir, { recursive: true })
      // every frame that either side has sent
      expect(wrong).toEqual([])
    },
  }
})
