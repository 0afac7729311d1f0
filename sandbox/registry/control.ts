/** What a tester may see and do at the sandbox registries: JSON over HTTP, mounted where the caller likes. */
import express, { type Router } from 'express'
import type { AccountState, ContactObject, DomainObject, HostObject, QueuedMessage } from './state'
import type { JournalEntry } from './journal'
import type { Behaviour, Registry } from './registry'
import type { RegistryServer, SessionInfo } from './server'

export interface RegistryView {
  id: string
  name: string
  host: string
  port: number
  tlds: string[]
  pendingTlds: string[]
  maxSessions: number
  currency: string
  behaviour: Behaviour
  counts: { domains: number; contacts: number; hosts: number; messages: number; pending: number; journal: number }
  accounts: AccountState[]
  sessions: SessionInfo[]
}

/** A name as a tester sees it; authInfo stays inside. */
export type DomainView = Omit<DomainObject, 'authInfo'> & { rgpStatuses: string[]; pending: boolean }
export type ContactView = Omit<ContactObject, 'fields'> & { name: string; country: string; linked: boolean }
export type HostView = HostObject & { linked: boolean }
export interface Page<T> {
  total: number
  offset: number
  items: T[]
}
export interface JournalPage {
  /** of the whole journal; read on with `after` = the last seq seen */
  last: number
  entries: JournalEntry[]
}
export type { AccountState, Behaviour, JournalEntry, QueuedMessage, SessionInfo }

/** What PATCH …/behaviour takes: what is left out stays, null takes an order back. */
export interface BehaviourChange {
  slowMs?: number
  drop?: { count: number; command?: string } | null
  silent?: { count: number; command?: string } | null
  answer?: { code: 2400 | 2502; count?: number; command?: string } | null
  down?: boolean
}

export interface ControlledRegistry {
  registry: Registry
  server: RegistryServer | undefined
}

/** Thrown for what a tester got wrong; becomes a 4xx. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export const viewOf = async ({ registry, server }: ControlledRegistry): Promise<RegistryView> => {
  await registry.look()
  const { house, rules } = registry
  const { domains, contacts, hosts, messages, accounts } = rules.state
  return {
    id: house.id,
    name: house.svId,
    host: server?.host ?? '',
    port: server?.port ?? 0,
    tlds: Object.keys(house.tlds),
    pendingTlds: Object.entries(house.tlds).flatMap(([tld, own]) => (own.pendingCreateMs === undefined ? [] : [tld])),
    maxSessions: house.maxSessions,
    currency: house.currency,
    behaviour: registry.behaviour(),
    counts: {
      domains: domains.size,
      contacts: contacts.size,
      hosts: hosts.size,
      messages: messages.size,
      pending: [...domains.values()].filter(({ pendingCreate }) => pendingCreate).length,
      journal: registry.journal.entries().length,
    },
    accounts: [...accounts.values()],
    sessions: server?.sessions() ?? [],
  }
}

const page = <T, V>(rows: T[], offset: number, limit: number, view: (row: T) => V): Page<V> => ({
  total: rows.length,
  offset,
  items: rows.slice(offset, offset + limit).map(view),
})

export interface ObjectQuery {
  /** part of the name, identifier or holder */
  q?: string
  account?: string
  /** only pending creates */
  pending?: boolean
  offset: number
  limit: number
}

export const domainsOf = async ({ registry }: ControlledRegistry, { q = '', account, pending, offset, limit }: ObjectQuery) => {
  await registry.look()
  const { rules } = registry
  const rows = [...rules.state.domains.values()]
    .filter(
      (domain) =>
        (domain.name.includes(q) || domain.registrant === q) &&
        (account === undefined || domain.clientId === account) &&
        (pending !== true || domain.pendingCreate !== undefined),
    )
    .reverse()
  return page(rows, offset, limit, (domain): DomainView => {
    const { authInfo: _secret, ...shown } = domain
    return {
      ...shown,
      statuses: rules.statusesOf(domain),
      rgpStatuses: rules.rgpOf(domain),
      pending: domain.pendingCreate !== undefined,
    }
  })
}

export const contactsOf = ({ registry }: ControlledRegistry, { q = '', account, offset, limit }: ObjectQuery) => {
  const { state } = registry.rules
  const nameOf = (contact: ContactObject) => contact.fields.postal[0]?.name ?? ''
  const rows = [...state.contacts.values()]
    .filter(
      (contact) =>
        (contact.id.includes(q) || nameOf(contact).toLowerCase().includes(q)) &&
        (account === undefined || contact.clientId === account),
    )
    .reverse()
  return page(rows, offset, limit, (contact): ContactView => {
    const { fields, ...shown } = contact
    return {
      ...shown,
      name: nameOf(contact),
      country: fields.postal[0]?.address?.cc ?? '',
      linked: state.linked('contact', contact.id),
    }
  })
}

export const hostsOf = ({ registry }: ControlledRegistry, { q = '', account, offset, limit }: ObjectQuery) => {
  const { state } = registry.rules
  const rows = [...state.hosts.values()]
    .filter((host) => host.name.includes(q) && (account === undefined || host.clientId === account))
    .reverse()
  return page(rows, offset, limit, (host): HostView => ({ ...host, linked: state.linked('host', host.name) }))
}

export const queueOf = async ({ registry }: ControlledRegistry, account: string): Promise<QueuedMessage[]> => {
  await registry.look()
  return registry.rules.queueOf(account)
}

/** Entries after `after`, oldest first; with `object` or `command` only theirs. */
export const journalOf = (
  { registry }: ControlledRegistry,
  { after, limit, object, command }: { after: number; limit: number; object?: string; command?: string },
): JournalPage => {
  const entries = registry.journal.entries()
  return {
    last: entries.length,
    entries: entries
      .slice(after)
      .filter(
        (entry) => (object === undefined || entry.object === object) && (command === undefined || entry.command === command),
      )
      .slice(0, limit),
  }
}

const orderOf = (value: unknown, name: string) => {
  if (value === null || value === undefined) return undefined
  const { count, command } = value as { count?: unknown; command?: unknown }
  if (!Number.isInteger(count) || (count as number) < 1) throw new ControlError(400, `${name}.count is a whole number from 1`)
  if (command !== undefined && typeof command !== 'string')
    throw new ControlError(400, `${name}.command is a name such as domain:create`)
  return { count: count as number, ...(command === undefined || command === '' ? {} : { command: command }) }
}

export const behave = async ({ registry, server }: ControlledRegistry, change: BehaviourChange): Promise<Behaviour> => {
  const { slowMs, answer, down } = change
  if (slowMs !== undefined && !(Number.isInteger(slowMs) && slowMs >= 0 && slowMs <= 600_000))
    throw new ControlError(400, 'slowMs is 0 to 600000')
  if (down !== undefined && typeof down !== 'boolean') throw new ControlError(400, 'down is true or false')
  if (answer && answer.code !== 2400 && answer.code !== 2502) throw new ControlError(400, 'answer.code is 2400 or 2502')
  const counted = answer && answer.count !== undefined ? orderOf(answer, 'answer') : undefined
  registry.behave({
    ...(slowMs === undefined ? {} : { slowMs }),
    ...('drop' in change ? { drop: orderOf(change.drop, 'drop') } : {}),
    ...('silent' in change ? { silent: orderOf(change.silent, 'silent') } : {}),
    ...('answer' in change
      ? {
          answer: answer ? { code: answer.code, ...(counted ?? (answer.command ? { command: answer.command } : {})) } : undefined,
        }
      : {}),
    ...(down !== undefined && !server ? { down } : {}),
  })
  if (server && down === true) await server.down()
  if (server && down === false) await server.up()
  return registry.behaviour()
}

/** Routes: see README.md. Bodies are JSON and nothing else, so that no form of another site can post here. */
export const controlRouter = (registries: () => ControlledRegistry[]): Router => {
  const router = express.Router()
  router.use(express.json({ limit: '16kb', type: 'application/json' }))
  const at = (id: string | undefined): ControlledRegistry => {
    const found = registries().find(({ registry }) => registry.house.id === id)
    if (!found) throw new ControlError(404, 'No such registry')
    return found
  }
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value.toLowerCase() : undefined)
  const number = (value: unknown, fallback: number, most: number) => {
    const asked = Number(value ?? fallback)
    return Number.isInteger(asked) && asked >= 0 ? Math.min(asked, most) : fallback
  }
  const answering =
    (act: (request: express.Request) => unknown): express.RequestHandler =>
    (request, response, next) => {
      if (request.method !== 'GET' && !request.is('application/json')) return next(new ControlError(415, 'JSON, please'))
      Promise.resolve()
        .then(() => act(request))
        .then((body) => response.json(body ?? {}), next)
    }
  const objectQuery = ({ query }: express.Request): ObjectQuery => {
    const [q, account] = [text(query.q), text(query.account)]
    return {
      ...(q === undefined ? {} : { q }),
      ...(account === undefined ? {} : { account }),
      pending: query.pending === 'true',
      offset: number(query.offset, 0, 1e9),
      limit: number(query.limit, 50, 500),
    }
  }

  router.get(
    '/registries',
    answering(() => Promise.all(registries().map(viewOf))),
  )
  router.get(
    '/registries/:id',
    answering(({ params }) => viewOf(at(params.id))),
  )
  router.get(
    '/registries/:id/domains',
    answering((request) => domainsOf(at(request.params.id), objectQuery(request))),
  )
  router.get(
    '/registries/:id/contacts',
    answering((request) => contactsOf(at(request.params.id), objectQuery(request))),
  )
  router.get(
    '/registries/:id/hosts',
    answering((request) => hostsOf(at(request.params.id), objectQuery(request))),
  )
  router.get(
    '/registries/:id/sessions',
    answering(({ params }) => at(params.id).server?.sessions() ?? []),
  )
  router.get(
    '/registries/:id/queue',
    answering(({ params, query }) => {
      const found = at(params.id)
      return queueOf(found, text(query.account) ?? found.registry.house.accounts[0].clientId)
    }),
  )
  router.get(
    '/registries/:id/journal',
    answering(({ params, query }) => {
      const [object, command] = [text(query.object), text(query.command)]
      return journalOf(at(params.id), {
        after: number(query.after, 0, 1e9),
        limit: number(query.limit, 200, 5000),
        ...(object === undefined ? {} : { object }),
        ...(command === undefined ? {} : { command }),
      })
    }),
  )
  router.patch(
    '/registries/:id/behaviour',
    answering(({ params, body }) => behave(at(params.id), body as BehaviourChange)),
  )
  router.post(
    '/registries/:id/calm',
    answering(async ({ params }) => {
      const found = at(params.id)
      found.registry.calmDown()
      await found.server?.up()
      return found.registry.behaviour()
    }),
  )
  router.post(
    '/registries/:id/pending/:name',
    answering(async ({ params, body }) => {
      const { decision, reason } = body as { decision?: unknown; reason?: unknown }
      if (decision !== 'approve' && decision !== 'refuse') throw new ControlError(400, 'decision is approve or refuse')
      const { registry } = at(params.id)
      const name = String(params.name).toLowerCase()
      await registry.look()
      if (!registry.rules.state.domains.get(name)?.pendingCreate) throw new ControlError(409, `${name} is not pending`)
      await registry.decide(
        name,
        decision === 'approve',
        typeof reason === 'string' && reason.trim() !== '' ? reason.slice(0, 200) : undefined,
      )
    }),
  )
  router.post(
    '/registries/:id/balance',
    answering(async ({ params, body }) => {
      const { account, balance } = body as { account?: unknown; balance?: unknown }
      const { registry } = at(params.id)
      const clientId = typeof account === 'string' ? account : registry.house.accounts[0].clientId
      if (!registry.rules.state.accounts.has(clientId)) throw new ControlError(404, 'No such account')
      if (!Number.isSafeInteger(balance)) throw new ControlError(400, 'balance is in minor units')
      await registry.setBalance(clientId, balance as number)
    }),
  )
  router.use(((error, _request, response, next) => {
    if (response.headersSent) return next(error)
    const status = error instanceof ControlError ? error.status : ((error as { status?: number }).status ?? 500)
    response.status(status).json({ status, title: status < 500 ? (error as Error).message : 'The sandbox is in trouble' })
  }) satisfies express.ErrorRequestHandler)
  return router
}
