/** The sandbox registries, started together: each with its own port, all with one folder and one page of controls. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express, { type Router } from 'express'
import { certify } from './certificates'
import { type ControlledRegistry, controlRouter } from './control'
import type { House } from './house'
import { demoHouses } from './houses'
import { openRegistry, type Registry } from './registry'
import { hashPassword, type Passwords, type RegistryServer, serveRegistry } from './server'

export interface SandboxAccount {
  clientId: string
  password: string
  certFile: string
  keyFile: string
}

/** One running registry: where it is, and how its first registrar (us) gets in. */
export interface SandboxRegistry extends SandboxAccount {
  id: string
  host: string
  port: number
  caFile: string
  /** for one process: a quarter of what the registry allows, so that an api and some workers fit beside each other */
  maxSessions: number
  tlds: string[]
  /** every registrar's way in; the first is also above */
  accounts: SandboxAccount[]
}

export interface RegistrySandbox {
  registries: SandboxRegistry[]
  /** the controls, to be mounted by who has an express app */
  router: Router
  /** where the controls listen, when a controlPort was given */
  controlUrl?: string
  /** in the same process: the registry itself and its front door */
  at(id: string): { registry: Registry; server: RegistryServer }
  stop(): Promise<void>
}

export interface RegistrySandboxOptions {
  /** certificates, passwords and journals live here */
  dir: string
  houses?: House[]
  /** where the registries listen */
  host?: string
  /** what registrars call this machine, for the certificate, where it is neither localhost nor a loopback address */
  serverNames?: string[]
  /** by registry id; wins over basePort */
  eppPorts?: Record<string, number>
  /** the first registry's port, the others follow; without either, any free ports */
  basePort?: number
  /** 0: any free port; left out: mount `router` yourself */
  controlPort?: number
  now?: () => number
  onFrame?: (registryId: string, direction: 'in' | 'out', xml: string) => void
}

type Secrets = Record<string, Record<string, string>>

const readSecrets = async (file: string): Promise<Secrets> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Secrets
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Starts every registry; a second start over the same folder finds everything as it was. */
export const startRegistrySandbox = async (options: RegistrySandboxOptions): Promise<RegistrySandbox> => {
  const {
    dir,
    houses = demoHouses,
    host = '127.0.0.1',
    serverNames = [],
    eppPorts = {},
    basePort,
    controlPort,
    now,
    onFrame,
  } = options
  await mkdir(dir, { recursive: true })
  const clientIds = [...new Set(houses.flatMap(({ accounts }) => accounts.map(({ clientId }) => clientId)))]
  const certified = await certify(join(dir, 'tls'), clientIds, serverNames)
  const [ca, cert, key] = await Promise.all(
    [certified.caFile, certified.serverCertFile, certified.serverKeyFile].map((file) => readFile(file, 'utf8')),
  )

  const secretsFile = join(dir, 'passwords.json')
  const secrets = await readSecrets(secretsFile)
  const saveSecrets = async () => {
    await writeFile(`${secretsFile}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 })
    await rename(`${secretsFile}.new`, secretsFile)
  }
  for (const { id, accounts } of houses) {
    const own = (secrets[id] ??= {})
    for (const { clientId } of accounts) own[clientId] ??= randomBytes(9).toString('base64url')
  }
  await saveSecrets()

  const hashes = new Map<string, Uint8Array>()
  const passwordsOf = (id: string): Passwords => ({
    get(clientId) {
      const password = secrets[id]?.[clientId]
      if (password === undefined) return undefined
      const cached = `${clientId} ${password}`
      const hash = hashes.get(cached) ?? hashPassword(clientId, password)
      hashes.set(cached, hash)
      return hash
    },
    async change(clientId, password) {
      const own = (secrets[id] ??= {})
      own[clientId] = password
      await saveSecrets()
    },
  })

  const running: { registry: Registry; server: RegistryServer }[] = []
  const router = controlRouter((): ControlledRegistry[] => running)
  const control = createServer(express().disable('x-powered-by').use(router))
  const stop = async () => {
    if (control.listening) {
      control.closeAllConnections()
      await new Promise((done) => control.close(done))
    }
    for (const { registry, server } of running) {
      await server.stop()
      await registry.close()
    }
  }
  try {
    for (const [index, house] of houses.entries()) {
      const registry = await openRegistry({ house, journalFile: join(dir, `${house.id}.jsonl`), ...(now ? { now } : {}) })
      const server = await serveRegistry({
        registry,
        passwords: passwordsOf(house.id),
        ca: ca ?? '',
        cert: cert ?? '',
        key: key ?? '',
        host,
        port: eppPorts[house.id] ?? (basePort === undefined ? 0 : basePort + index),
        ...(onFrame ? { onFrame: (direction: 'in' | 'out', xml: string) => onFrame(house.id, direction, xml) } : {}),
      }).catch(async (error: unknown) => {
        await registry.close()
        throw error
      })
      running.push({ registry, server })
    }
    if (controlPort !== undefined) {
      await new Promise<void>((listening, failed) => control.once('error', failed).listen(controlPort, host, () => listening()))
    }
  } catch (error) {
    // a port that is taken: nothing is left half open
    await stop()
    throw error
  }

  return {
    registries: running.map(({ registry: { house }, server }) => {
      const accounts = house.accounts.map(({ clientId }): SandboxAccount => {
        const files = certified.clients[clientId]
        if (!files) throw new Error(`no certificate for ${clientId}`)
        return { clientId, password: secrets[house.id]?.[clientId] ?? '', ...files }
      })
      const [first] = accounts
      if (!first) throw new Error(`${house.id} has no account`)
      return {
        id: house.id,
        host,
        port: server.port,
        ...first,
        caFile: certified.caFile,
        maxSessions: Math.max(1, Math.floor(house.maxSessions / 4)),
        tlds: Object.keys(house.tlds),
        accounts,
      }
    }),
    router,
    ...(controlPort === undefined ? {} : { controlUrl: `http://${host}:${(control.address() as AddressInfo).port}` }),
    at(id) {
      const found = running.find(({ registry }) => registry.house.id === id)
      if (!found) throw new Error(`no registry ${id}`)
      return found
    },
    stop,
  }
}

/** Registries in this process, without doors, files or certificates. */
export const createRegistrySandbox = async (options: { houses?: House[]; now?: () => number } = {}) => {
  const registries = new Map<string, Registry>()
  for (const house of options.houses ?? demoHouses) {
    registries.set(house.id, await openRegistry({ house, ...(options.now ? { now: options.now } : {}) }))
  }
  return {
    at(id: string): Registry {
      const registry = registries.get(id)
      if (!registry) throw new Error(`no registry ${id}`)
      return registry
    },
    registries,
  }
}
