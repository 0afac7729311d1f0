/** What a registry remembers. Objects are never changed in place: each change is one `put`, and the puts of a command are its journal entry. */
import type { ContactFields, ContactLink, DsRecord, HostAttribute, MessageData, TransferData } from './commands'

export interface Grace {
  kind: 'addPeriod' | 'renewPeriod' | 'autoRenewPeriod' | 'transferPeriod'
  until: string
  /** given back when the name is deleted within the period, in minor units */
  fee: number
  clientId: string
}

export interface DomainObject {
  name: string
  tld: string
  roid: string
  clientId: string
  createdBy: string
  createdAt: string
  updatedBy?: string
  updatedAt?: string
  transferredAt?: string
  expiresOn: string
  registrant?: string
  contacts: ContactLink[]
  nameservers: string[]
  hostAttributes?: HostAttribute[]
  /** those that a registrar or the registry has set; ok, inactive and pending… are worked out */
  statuses: string[]
  authInfo: string
  ds: DsRecord[]
  grace: Grace[]
  pendingCreate?: { decideAt: string; clTRID?: string; svTRID: string; fee: number }
  /** the latest transfer, whether pending or over */
  transfer?: TransferData & { fee: number; years: number }
  deletion?: { requestedAt: string; redemptionUntil: string; purgeAt: string }
}

export interface ContactObject {
  id: string
  roid: string
  clientId: string
  createdBy: string
  createdAt: string
  updatedBy?: string
  updatedAt?: string
  statuses: string[]
  fields: ContactFields
}

export interface HostObject {
  name: string
  roid: string
  clientId: string
  createdBy: string
  createdAt: string
  updatedBy?: string
  updatedAt?: string
  statuses: string[]
  addresses: string[]
}

export interface AccountState {
  clientId: string
  balance: number
  creditLimit: number
}

export interface QueuedMessage {
  id: string
  clientId: string
  at: string
  text: string
  data?: MessageData
}

export interface Tables {
  domains: DomainObject
  contacts: ContactObject
  hosts: HostObject
  accounts: AccountState
  messages: QueuedMessage
  counters: { value: number }
}

export type Change = { [T in keyof Tables]: { table: T; key: string; value: Tables[T] | null } }[keyof Tables]

/** The tables, the links between them, and the changes since they were last taken. */
export const createState = () => {
  const tables: { [T in keyof Tables]: Map<string, Tables[T]> } = {
    domains: new Map(),
    contacts: new Map(),
    hosts: new Map(),
    accounts: new Map(),
    messages: new Map(),
    counters: new Map(),
  }
  const links = new Map<string, number>()
  let changes: Change[] = []

  const count = (domain: DomainObject | undefined, by: 1 | -1) => {
    if (!domain) return
    const contacts = new Set([...(domain.registrant ? [domain.registrant] : []), ...domain.contacts.map(({ id }) => id)])
    for (const key of [...[...contacts].map((id) => `contact ${id}`), ...domain.nameservers.map((host) => `host ${host}`)]) {
      links.set(key, (links.get(key) ?? 0) + by)
    }
  }

  const apply = ({ table, key, value }: Change) => {
    const rows = tables[table] as Map<string, unknown>
    if (table === 'domains') count(tables.domains.get(key), -1)
    if (value === null) rows.delete(key)
    else rows.set(key, value)
    if (table === 'domains') count(tables.domains.get(key), 1)
  }

  return {
    ...tables,
    put<T extends keyof Tables>(table: T, key: string, value: Tables[T] | null) {
      const change = { table, key, value } as Change
      apply(change)
      changes.push(change)
    },
    /** Takes up a change that was written down earlier. */
    restore: apply,
    takeChanges(): Change[] {
      const taken = changes
      changes = []
      return taken
    },
    linked: (kind: 'contact' | 'host', key: string) => (links.get(`${kind} ${key}`) ?? 0) > 0,
    next(counter: string): number {
      const value = (tables.counters.get(counter)?.value ?? 0) + 1
      this.put('counters', counter, { value })
      return value
    },
  }
}

export type State = ReturnType<typeof createState>
