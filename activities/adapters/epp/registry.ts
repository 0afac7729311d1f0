/** One registry, spoken to in EPP (RFC 5730). 1xxx: done. 2000 to 2399: no. 2400 and up: their trouble, try again. */
import { randomUUID } from 'node:crypto'
import type { RefusalCode } from '../../../workflows/activity-types'
import { refused } from '../../failures'
import type { Availability, RegistryPort } from '../../world'
import { aLabel, build, clTRIDOf, type EppReply, type Negotiated, read } from './frames'
import { createSessionPool, type EppConfig } from './session'

export type { EppConfig } from './session'

/** The registry's no, in its own words. What it quotes of a contact stays out: failures are kept for long. */
const no = (reply: EppReply, code: RefusalCode) => {
  const [detail] = reply.reasons
  const quoted = code === 'registry-refused' && detail?.text && detail.element !== 'pw' ? ` (${detail.text.slice(0, 100)})` : ''
  return refused(code, [`${reply.code} ${reply.message}`, detail?.reason].filter(Boolean).join(': ') + quoted, {
    resultCode: reply.code,
    ...(detail?.element ? { field: detail.element } : {}),
  })
}

const labelOf = (name: string): string | undefined => {
  try {
    return aLabel(name)
  } catch {
    return undefined
  }
}

/** Connects at the first command, so that a registry that is down keeps nobody from starting. */
export const createEppRegistry = (config: EppConfig): RegistryPort => {
  const pool = createSessionPool(config)
  const postalType = config.postalType ?? 'loc'

  const tell = (key: string, frame: (clTRID: string, negotiated: Negotiated) => string) => {
    const clTRID = clTRIDOf(key)
    return pool.send({ clTRID, question: false, frame: (negotiated) => frame(clTRID, negotiated) })
  }
  const ask = (frame: (clTRID: string, negotiated: Negotiated) => string) => {
    const clTRID = `ask-${randomUUID()}`
    return pool.send({ clTRID, question: true, frame: (negotiated) => frame(clTRID, negotiated) })
  }
  const found = (reply: EppReply, code: RefusalCode): boolean => {
    if (reply.code === 2303) return false
    if (reply.code !== 1000) throw no(reply, code)
    return true
  }
  const done = (reply: EppReply, code: RefusalCode = 'registry-refused') => {
    if (reply.code >= 2000) throw no(reply, code)
  }
  const createdOrExists = (reply: EppReply, code: RefusalCode): { kind: 'created' | 'exists' } => {
    if (reply.code === 2302) return { kind: 'exists' }
    done(reply, code)
    return { kind: 'created' }
  }

  return {
    id: config.id,

    async check(names, years = 1) {
      // what is no name at all is not asked for, and spoils nobody else's answer
      const asked = names.flatMap((name) => labelOf(name) ?? [])
      const size = config.checkBatch ?? 25
      const batches = Array.from({ length: Math.ceil(asked.length / size) }, (_, at) => asked.slice(at * size, (at + 1) * size))
      const answers = await Promise.all(
        batches.map(async (batch) => {
          const reply = await ask((clTRID, negotiated) => build.checkNames(clTRID, batch, years, negotiated))
          done(reply)
          return read.availability(reply)
        }),
      )
      return names.map((given): Availability => {
        const name = labelOf(given)
        if (name === undefined) return { name: given, available: false, reason: 'Invalid name' }
        // a name that the registry passed over in silence is not known to be free
        return (
          answers.map((known) => known.get(name)).find((known) => known !== undefined) ?? {
            name,
            available: false,
            reason: 'no answer',
          }
        )
      })
    },

    async find(name) {
      const reply = await ask((clTRID) => build.infoName(clTRID, name))
      return found(reply, 'registry-refused') ? read.heldName(reply, config.clientId) : undefined
    },

    async register(command) {
      const reply = await tell(command.key, (clTRID, negotiated) => build.createName(clTRID, command, negotiated))
      switch (reply.code) {
        case 1000:
          return { kind: 'registered', reference: reply.svTRID, expiresOn: read.expiry(reply) ?? '' }
        case 1001:
          return { kind: 'pending', reference: reply.svTRID }
        case 2302:
          return { kind: 'taken' }
        default:
          throw no(reply, 'registry-refused')
      }
    },

    async renew({ key, name, currentExpiry, years }) {
      const reply = await tell(key, (clTRID) => build.renewName(clTRID, name, currentExpiry, years))
      done(reply)
      return { expiresOn: read.expiry(reply) ?? '' }
    },

    async update(command) {
      done(await tell(command.key, (clTRID, negotiated) => build.updateName(clTRID, command, negotiated)))
    },

    async delete({ key, name }) {
      const reply = await tell(key, (clTRID) => build.deleteName(clTRID, name))
      done(reply)
      return { kind: reply.code === 1001 ? 'pending' : 'deleted' }
    },

    async transfer({ key, operation, name, authInfo, years }) {
      const frame = (clTRID: string) => build.transferName(clTRID, operation, name, authInfo, years)
      const reply = await (operation === 'query' ? ask(frame) : tell(key, frame))
      done(reply)
      const state = read.transfer(reply)
      // RFC 5731 lets a registry answer approve, reject and cancel without data: then it is asked
      return state ?? this.transfer({ key, operation: 'query', name })
    },

    async findContact(handle) {
      const reply = await ask((clTRID) => build.infoContact(clTRID, handle))
      // it is there, another registrar's, and none of our business
      if (reply.code === 2201)
        return { handle, ours: false, name: '', street: '', postcode: '', city: '', country: '', email: '', phone: '' }
      return found(reply, 'contact-refused') ? read.contact(reply, config.clientId) : undefined
    },

    async createContact({ key, handle, data, authInfo }) {
      return createdOrExists(
        await tell(key, (clTRID) => build.createContact(clTRID, handle, data, authInfo, postalType)),
        'contact-refused',
      )
    },

    async updateContact({ key, handle, data }) {
      done(await tell(key, (clTRID) => build.updateContact(clTRID, handle, data, postalType)), 'contact-refused')
    },

    async deleteContact({ key, handle }) {
      done(await tell(key, (clTRID) => build.deleteContact(clTRID, handle)), 'contact-refused')
    },

    async findHost(name) {
      const reply = await ask((clTRID) => build.infoHost(clTRID, name))
      if (reply.code === 2307) return undefined
      return found(reply, 'registry-refused') ? read.host(reply, config.clientId) : undefined
    },

    async createHost({ key, name, addresses = [] }) {
      const reply = await tell(key, (clTRID) => build.createHost(clTRID, name, addresses))
      // where name servers are attributes of the name there is nothing to create
      if (reply.code === 2307 && addresses.length === 0) return { kind: 'exists' }
      return createdOrExists(reply, 'registry-refused')
    },

    async updateHost({ key, name, addAddresses = [], removeAddresses = [], newName }) {
      done(await tell(key, (clTRID) => build.updateHost(clTRID, name, addAddresses, removeAddresses, newName)))
    },

    async deleteHost({ key, name }) {
      done(await tell(key, (clTRID) => build.deleteHost(clTRID, name)))
    },

    async poll() {
      const reply = await ask((clTRID) => build.poll(clTRID))
      done(reply)
      return reply.code === 1300 ? undefined : read.message(reply)
    },

    async ack(messageId) {
      const reply = await tell(`ack-${messageId}`, (clTRID) => build.ack(clTRID, messageId))
      // 2303: an earlier acknowledgement got through
      if (reply.code !== 2303) done(reply)
    },

    close: () => pool.close(),
  }
}
