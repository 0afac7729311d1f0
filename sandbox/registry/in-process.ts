/**
 * A sandbox registry as a registrar sees it, without a wire: the same answers and refusals as over EPP. Its types are its own (the
 * sandbox knows nothing of the product); they fit the product's RegistryPort, which the contract suite proves.
 */
import { domainToASCII } from 'node:url'
import type { Money } from '../../workflows/policy/money'
import {
  type Command,
  type ContactFields,
  type DsRecord,
  type Reply,
  resultMessages,
  type TransferData,
  type TransferOperation,
} from './commands'
import type { Registry } from './registry'

interface ContactData {
  name: string
  organisation?: string
  street: string
  postcode: string
  city: string
  country: string
  email: string
  phone: string
}

interface Checked {
  name: string
  available: boolean
  reason?: string
  premium?: string
  fee?: Money
}

/** How the caller wants to hear a no and a silence. */
export interface Throws {
  refused: (code: 'registry-refused' | 'contact-refused', reason: string, details: Record<string, string | number>) => Error
  unavailable: (counterparty: string, reason: string) => Error
}

const fieldsOf = (data: ContactData): ContactFields => ({
  postal: [
    {
      type: 'loc',
      name: data.name,
      ...(data.organisation ? { org: data.organisation } : {}),
      address: { street: data.street.split('\n'), city: data.city, pc: data.postcode, cc: data.country },
    },
  ],
  voice: data.phone,
  email: data.email,
})

const noLinks = { nameservers: [], hostAttributes: [], contacts: [], statuses: [] }

export const registryInProcess = (registry: Registry, clientId: string, { refused, unavailable }: Throws) => {
  const { house } = registry

  const perform = async (command: Command, key?: string): Promise<{ reply: Reply; svTRID: string }> => {
    if (registry.behaviour().down) throw unavailable(house.id, 'down')
    const svTRID = registry.nextSvTRID()
    const outcome = await registry.perform(command, { clientId, svTRID, ...(key === undefined ? {} : { clTRID: key }) })
    if (outcome.kind !== 'answer') throw unavailable(house.id, 'no answer')
    if (outcome.reply.code >= 2400)
      throw unavailable(house.id, `${outcome.reply.code} ${resultMessages[outcome.reply.code] ?? ''}`)
    return { reply: outcome.reply, svTRID }
  }
  const no = ({ code, reason, value }: Reply, refusal: 'registry-refused' | 'contact-refused' = 'registry-refused') =>
    refused(refusal, [`${code} ${resultMessages[code] ?? ''}`, reason].filter(Boolean).join(': '), {
      resultCode: code,
      ...(value ? { field: value.element } : {}),
    })
  const done = (reply: Reply, refusal?: 'registry-refused' | 'contact-refused') => {
    if (reply.code >= 2000) throw no(reply, refusal)
  }
  const createdOrExists = (reply: Reply, refusal?: 'contact-refused'): { kind: 'created' | 'exists' } => {
    if (reply.code === 2302) return { kind: 'exists' }
    done(reply, refusal)
    return { kind: 'created' }
  }
  const nameserversFor = (name: string, nameservers: string[]) => {
    const attributes = house.tlds[name.split('.').at(-1) ?? '']?.hosts === 'attributes'
    return attributes
      ? { nameservers: [], hostAttributes: nameservers.map((host) => ({ name: host, addresses: [] })) }
      : { nameservers, hostAttributes: [] }
  }

  return {
    id: house.id,

    async check(names: string[], years = 1): Promise<Checked[]> {
      const asked = names.map((name) => domainToASCII(name) || name)
      if (asked.length > house.maxCheck) {
        const [first, rest] = [asked.slice(0, house.maxCheck), asked.slice(house.maxCheck)]
        return [...(await this.check(first, years)), ...(await this.check(rest, years))]
      }
      const { reply } = await perform({ type: 'domain:check', names: asked, fees: { commands: [{ name: 'create', years }] } })
      done(reply)
      if (reply.data?.type !== 'domain:check') return []
      return reply.data.names.map(({ name, available, reason, feeClass, standard, fees }) => ({
        name,
        available,
        ...(reason === undefined ? {} : { reason }),
        ...(standard === false && feeClass !== undefined ? { premium: feeClass } : {}),
        ...(fees?.[0]?.amount === undefined ? {} : { fee: { amount: fees[0].amount, currency: house.currency } }),
      }))
    },

    async find(name: string) {
      const { reply } = await perform({ type: 'domain:info', name: domainToASCII(name) })
      if (reply.code === 2303) return undefined
      done(reply)
      if (reply.data?.type !== 'domain:info') return undefined
      const { full, ...domain } = reply.data.domain
      return {
        name: domain.name,
        roid: domain.roid,
        ours: domain.clientId === clientId,
        ...(full?.registrant === undefined ? {} : { registrant: full.registrant }),
        statuses: domain.statuses,
        nameservers: [...(full?.nameservers ?? []), ...(full?.hostAttributes ?? []).map((host) => host.name)],
        createdAt: domain.createdAt,
        ...(domain.expiresOn === undefined ? {} : { expiresOn: domain.expiresOn }),
        ...(full?.authInfo === undefined ? {} : { authInfo: full.authInfo }),
        rgpStatuses: domain.rgpStatuses,
        dsRecords: domain.ds,
      }
    },

    async register(command: {
      key: string
      name: string
      years: number
      registrant: string
      admin?: string
      tech?: string
      nameservers: string[]
      authInfo: string
      fee?: Money
      extra?: Record<string, string>
    }) {
      const name = domainToASCII(command.name)
      const { claimsNoticeId, claimsNotAfter = '', claimsAcceptedAt = '' } = command.extra ?? {}
      const { reply, svTRID } = await perform(
        {
          type: 'domain:create',
          name,
          period: { count: command.years, unit: 'y' },
          ...nameserversFor(name, command.nameservers),
          registrant: command.registrant,
          contacts: [
            ...(command.admin === undefined ? [] : [{ type: 'admin' as const, id: command.admin }]),
            ...(command.tech === undefined ? [] : [{ type: 'tech' as const, id: command.tech }]),
          ],
          authInfo: command.authInfo,
          ...(command.fee ? { fee: command.fee } : {}),
          ...(claimsNoticeId === undefined
            ? {}
            : {
                launch: {
                  phase: 'claims',
                  notices: [{ noticeId: claimsNoticeId, notAfter: claimsNotAfter, acceptedAt: claimsAcceptedAt }],
                },
              }),
        },
        command.key,
      )
      if (reply.code === 2302) return { kind: 'taken' as const }
      done(reply)
      if (reply.code === 1001) return { kind: 'pending' as const, reference: svTRID }
      return {
        kind: 'registered' as const,
        reference: svTRID,
        expiresOn: (reply.data?.type === 'domain:create' && reply.data.expiresOn) || '',
      }
    },

    async renew({ key, name, currentExpiry, years }: { key: string; name: string; currentExpiry: string; years: number }) {
      const { reply } = await perform(
        {
          type: 'domain:renew',
          name: domainToASCII(name),
          currentExpiry: currentExpiry.slice(0, 10),
          period: { count: years, unit: 'y' },
        },
        key,
      )
      done(reply)
      return { expiresOn: reply.data?.type === 'domain:renew' ? reply.data.expiresOn : '' }
    },

    async update(command: {
      key: string
      name: string
      registrant?: string
      addNameservers?: string[]
      removeNameservers?: string[]
      addStatuses?: string[]
      removeStatuses?: string[]
      authInfo?: string
      addDs?: DsRecord[]
      removeDs?: DsRecord[]
      restore?: boolean
    }) {
      const name = domainToASCII(command.name)
      const links = (hosts: string[] = [], statuses: string[] = []) => ({ ...noLinks, ...nameserversFor(name, hosts), statuses })
      const { reply } = await perform(
        {
          type: 'domain:update',
          name,
          add: links(command.addNameservers, command.addStatuses),
          remove: links(command.removeNameservers, command.removeStatuses),
          ...(command.registrant === undefined ? {} : { registrant: command.registrant }),
          ...(command.authInfo === undefined ? {} : { authInfo: command.authInfo }),
          addDs: command.addDs ?? [],
          removeDs: command.removeDs ?? [],
          ...(command.restore === true ? { restore: true } : {}),
        },
        command.key,
      )
      done(reply)
    },

    async delete({ key, name }: { key: string; name: string }) {
      const { reply } = await perform({ type: 'domain:delete', name: domainToASCII(name) }, key)
      done(reply)
      return { kind: reply.code === 1001 ? ('pending' as const) : ('deleted' as const) }
    },

    async transfer({
      key,
      operation,
      name,
      authInfo,
      years,
    }: {
      key: string
      operation: TransferOperation
      name: string
      authInfo?: string
      years?: number
    }): Promise<TransferData> {
      const { reply } = await perform(
        {
          type: 'domain:transfer',
          operation,
          name: domainToASCII(name),
          ...(authInfo === undefined ? {} : { authInfo }),
          ...(years === undefined ? {} : { period: { count: years, unit: 'y' as const } }),
        },
        key,
      )
      if (reply.data?.type !== 'domain:transfer') throw no(reply)
      return reply.data.transfer
    },

    async findContact(handle: string) {
      const { reply } = await perform({ type: 'contact:info', id: handle })
      if (reply.code === 2303) return undefined
      if (reply.code === 2201)
        return { handle, ours: false, name: '', street: '', postcode: '', city: '', country: '', email: '', phone: '' }
      done(reply, 'contact-refused')
      if (reply.data?.type !== 'contact:info') return undefined
      const { fields } = reply.data.contact
      const [postal] = fields.postal
      return {
        handle,
        ours: reply.data.contact.clientId === clientId,
        name: postal?.name ?? '',
        ...(postal?.org === undefined ? {} : { organisation: postal.org }),
        street: postal?.address?.street.join('\n') ?? '',
        postcode: postal?.address?.pc ?? '',
        city: postal?.address?.city ?? '',
        country: postal?.address?.cc ?? '',
        email: fields.email ?? '',
        phone: fields.voice ?? '',
      }
    },

    async createContact({ key, handle, data, authInfo }: { key: string; handle: string; data: ContactData; authInfo: string }) {
      return createdOrExists(
        (await perform({ type: 'contact:create', id: handle, fields: { ...fieldsOf(data), authInfo } }, key)).reply,
        'contact-refused',
      )
    },

    async updateContact({ key, handle, data }: { key: string; handle: string; data: ContactData }) {
      done(
        (await perform({ type: 'contact:update', id: handle, addStatuses: [], removeStatuses: [], change: fieldsOf(data) }, key))
          .reply,
        'contact-refused',
      )
    },

    async deleteContact({ key, handle }: { key: string; handle: string }) {
      done((await perform({ type: 'contact:delete', id: handle }, key)).reply, 'contact-refused')
    },

    async findHost(name: string) {
      const { reply } = await perform({ type: 'host:info', name: domainToASCII(name) })
      if (reply.code === 2303 || reply.code === 2307) return undefined
      done(reply)
      if (reply.data?.type !== 'host:info') return undefined
      const { host } = reply.data
      return { name: host.name, addresses: host.addresses, ours: host.clientId === clientId }
    },

    async createHost({ key, name, addresses = [] }: { key: string; name: string; addresses?: string[] }) {
      const { reply } = await perform({ type: 'host:create', name: domainToASCII(name), addresses }, key)
      if (reply.code === 2307 && addresses.length === 0) return { kind: 'exists' as const }
      return createdOrExists(reply)
    },

    async updateHost({
      key,
      name,
      addAddresses = [],
      removeAddresses = [],
      newName,
    }: {
      key: string
      name: string
      addAddresses?: string[]
      removeAddresses?: string[]
      newName?: string
    }) {
      const { reply } = await perform(
        {
          type: 'host:update',
          name: domainToASCII(name),
          addAddresses,
          removeAddresses,
          addStatuses: [],
          removeStatuses: [],
          ...(newName === undefined ? {} : { newName: domainToASCII(newName) }),
        },
        key,
      )
      done(reply)
    },

    async deleteHost({ key, name }: { key: string; name: string }) {
      done((await perform({ type: 'host:delete', name: domainToASCII(name) }, key)).reply)
    },

    async poll() {
      const { reply } = await perform({ type: 'poll', operation: 'req' })
      done(reply)
      const { queue } = reply
      if (!queue) return undefined
      const { id, count, at = '', text = '', data } = queue
      const common = { id, count, at, text }
      if (data?.type === 'pan') {
        const pending = {
          action: 'create' as const,
          done: data.done,
          reference: data.svTRID,
          ...(data.clTRID === undefined ? {} : { key: data.clTRID }),
        }
        return { ...common, name: data.name, pending }
      }
      if (data?.type === 'trn') {
        const { transfer } = data
        const ended = {
          action: 'transfer' as const,
          done: transfer.status.endsWith('Approved'),
          ...(transfer.expiresOn === undefined ? {} : { expiresOn: transfer.expiresOn }),
        }
        return { ...common, name: transfer.name, transfer, ...(transfer.status === 'pending' ? {} : { pending: ended }) }
      }
      return common
    },

    async ack(messageId: string) {
      const { reply } = await perform({ type: 'poll', operation: 'ack', id: messageId })
      if (reply.code !== 2303) done(reply)
    },

    close: () => Promise.resolve(),
  }
}
