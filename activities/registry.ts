import { Context } from '@temporalio/activity'
import type { ApplicationFailure } from '@temporalio/common'
import { createHash } from 'node:crypto'
import type { RefusalCode, RegisterNameAnswer, RegistryActivities } from '../workflows/activity-types'
import { showMoney, type Money } from '../workflows/policy/money'
import { heartbeating } from './heartbeat'
import { isRefused, refused, unavailable } from './failures'
import type { ItemForRegistry, RegisterAnswer, RegistryPort, World } from './world'

type Needs = Pick<
  World,
  'registryFor' | 'hasSessions' | 'receipts' | 'orders' | 'messages' | 'door' | 'nameservers' | 'now' | 'pollRest' | 'secretFor'
>

/** Names at the registries. Every activity may run twice; none may register twice. */
export const createRegistryActivities = (world: Needs): RegistryActivities => {
  const delegable = new Map<string, Promise<void>>()

  /** Our name servers must exist as host objects where a registry keeps such (RFC 5732); made once, looked at once per process. */
  const withHosts = (registry: RegistryPort): Promise<void> => {
    const known = delegable.get(registry.id)
    if (known) return known
    const making = Promise.all(
      world.nameservers.map((name) =>
        registry.createHost({ key: `house/host/${name}`, name }).catch((error: unknown) => {
          if (!isRefused(error)) throw error // the create itself says it better, should it need them
        }),
      ),
    ).then(() => undefined)
    delegable.set(registry.id, making)
    making.catch(() => delegable.delete(registry.id))
    return making
  }

  return {
    async registerName({ caseId, itemId, attempt }) {
      return heartbeating(async () => {
        const item = await world.orders.itemForRegistry({ itemId })
        // sessions are few and counted by the registry: only workers that serve its queue open any
        if (Context.current().info.isLocal && !world.hasSessions)
          throw unavailable(`registry:${item.registryId}`, 'Another worker has its sessions')
        const registry = world.registryFor(item.registryId)
        await withHosts(registry)
        const contact = await ensureContact(world, registry, item, { caseId, itemId })
        const key = `${caseId}/create/${itemId}/${attempt}`
        const receipts = [...(contact.key ? [contact.key] : []), key]
        const told = { receipts, contactAt: contact.at }
        const answer = await createName(world, registry, item, contact.handle, { key, caseId, itemId })
        if (answer.kind === 'pending') return { ...told, kind: 'pending' }
        if (answer.kind === 'taken') return { ...told, kind: 'taken' }
        const at = world.now().toISOString()
        await world.orders.nameRegistered({ itemId, name: item.name, expiresOn: answer.expiresOn, at })
        return { ...told, kind: 'registered', expiresOn: answer.expiresOn, at } satisfies RegisterNameAnswer
      })
    },

    async askPending({ itemId }) {
      return heartbeating(async () => {
        const item = await world.orders.itemForRegistry({ itemId })
        const held = await world.registryFor(item.registryId).find(item.name)
        if (!held?.ours) return { kind: 'gone' }
        if (held.statuses.includes('pendingCreate') || !held.expiresOn) return { kind: 'pending' }
        const at = world.now().toISOString()
        await world.orders.nameRegistered({ itemId, name: item.name, expiresOn: held.expiresOn, at })
        return { kind: 'registered', expiresOn: held.expiresOn, at }
      })
    },

    async drainPollQueue({ registryId, forSeconds }) {
      const registry = world.registryFor(registryId)
      const until = Date.now() + forSeconds * 1000
      const { cancellationSignal } = Context.current()
      // beats while a slow registry thinks, too: only a dead worker falls silent
      return heartbeating(async () => {
        let handled = 0
        while (Date.now() < until && !cancellationSignal.aborted) {
          const message = await registry.poll()
          if (!message) {
            await Context.current().sleep(world.pollRest)
            continue
          }
          const kept = await world.messages.keep({ registryId, message })
          const { pending } = message
          if (!kept.acked && kept.caseId && message.name && pending?.action === 'create') {
            const payload = {
              messageId: `${registryId}/${message.id}`,
              name: message.name,
              done: pending.done,
              text: message.text,
            }
            await world.door.tell({ caseId: kept.caseId, signal: 'registryReported', payload })
          }
          // the registry forgets a message once acknowledged: only after its case knows
          await registry.ack(message.id)
          await world.messages.acked({ registryId, messageId: message.id, at: world.now().toISOString() })
          handled += 1
        }
        return { handled }
      })
    },
  }
}

interface Command {
  key: string
  caseId: string
  itemId: string
}

/** The holder's contact object at this registry: found again by its data, else created under a handle that the data determines. */
async function ensureContact(
  world: Needs,
  registry: RegistryPort,
  item: ItemForRegistry,
  { caseId, itemId }: { caseId: string; itemId: string },
): Promise<{ handle: string; key?: string; at: string }> {
  const now = () => world.now().toISOString()
  const handle = handleFor(item)
  const key = `${caseId}/contact/${itemId}/${handle}`
  if (item.existingHandle) {
    // an earlier attempt of ours may have died between asking and hearing, and another name of this holder has got it meanwhile
    const answer = { kind: 'exists' }
    await world.receipts.finish({ key, outcome: 'DONE', reference: item.existingHandle, answer, ifBegun: true })
    return { handle: item.existingHandle, at: now() }
  }
  const request = { handle, digest: item.holderDigest }
  const counterparty = `registry:${registry.id}`
  const begun = await world.receipts.begin({ key, caseId, itemId, counterparty, command: 'contact:create', request })
  // a refused contact was refused for its data: the same data is refused again, other data has another key
  if (begun.kind === 'answered' && begun.outcome === 'REFUSED') throw refusedBefore('contact-refused', begun.answer)
  if (begun.kind !== 'answered') {
    try {
      const created = await registry.createContact({ key, handle, data: item.holder, authInfo: world.secretFor(key) })
      if (created.kind === 'exists' && !(await registry.findContact(handle))?.ours)
        throw refused('contact-refused', `The contact handle ${handle} belongs to somebody else`)
      await world.receipts.finish({ key, outcome: 'DONE', reference: handle, answer: created })
    } catch (error) {
      if (!isRefused(error)) throw error
      const no = { says: error.message, ...atHolder(error, { ...holderFields, name: 'name' }) }
      await world.receipts.finish({ key, outcome: 'REFUSED', answer: no })
      throw refusedBefore('contact-refused', no)
    }
  }
  await world.orders.keepHandle({ contactId: item.holderContactId, registryId: registry.id, digest: item.holderDigest, handle })
  return { handle, key, at: now() }
}

async function createName(
  world: Needs,
  registry: RegistryPort,
  item: ItemForRegistry,
  registrant: string,
  { key, caseId, itemId }: Command,
): Promise<RegisterAnswer> {
  const request = { name: item.name, years: item.years, registrant, extra: item.extra }
  const counterparty = `registry:${registry.id}`
  const begun = await world.receipts.begin({ key, caseId, itemId, counterparty, command: 'domain:create', request })
  if (begun.kind === 'answered') {
    if (begun.outcome === 'REFUSED') throw refusedBefore('registry-refused', begun.answer)
    return begun.answer as RegisterAnswer
  }
  // an earlier attempt may have got through and its answer been lost: ask before repeating
  if (begun.kind === 'open') {
    const earlier = await ourEarlierCreate(registry, item, world.secretFor(key))
    if (earlier) {
      await world.receipts.finish({ key, outcome: 'DONE', reference: earlier.reference, answer: earlier })
      return earlier
    }
  }
  const fee = item.premium ? await acceptedFee(registry, item, key, world) : undefined
  try {
    const answer = await registry.register({
      key,
      name: item.name,
      years: item.years,
      registrant,
      admin: registrant,
      tech: registrant,
      nameservers: world.nameservers,
      authInfo: world.secretFor(key),
      ...(fee ? { fee } : {}),
      ...(Object.keys(item.extra).length > 0 ? { extra: item.extra } : {}),
    })
    const settled =
      answer.kind === 'taken' && begun.kind === 'open'
        ? ((await ourEarlierCreate(registry, item, world.secretFor(key))) ?? answer)
        : answer
    const outcome = settled.kind === 'taken' ? 'REFUSED' : 'DONE'
    await world.receipts.finish({
      key,
      outcome,
      ...(settled.kind === 'taken' ? {} : { reference: settled.reference }),
      answer: settled.kind === 'taken' ? { kind: 'taken', says: 'Object exists' } : settled,
    })
    return settled
  } catch (error) {
    if (!isRefused(error)) throw error
    const no = { says: error.message, ...atHolder(error, holderFields) }
    await world.receipts.finish({ key, outcome: 'REFUSED', answer: no })
    throw refusedBefore('registry-refused', no)
  }
}

/** Where the correction form has what a registry calls so (RFC 5733); a `name` may be the domain name's as well. */
const holderFields: Record<string, string> = {
  ...{ org: 'organisation', street: 'street', pc: 'postcode', city: 'city', cc: 'country', email: 'email', voice: 'phone' },
  // our own words, for what was wrong before it was sent
  ...{ organisation: 'organisation', postcode: 'postcode', country: 'country', phone: 'phone' },
}

const atHolder = (error: ApplicationFailure, fields: Record<string, string>): { field?: string } => {
  const [detail] = (error.details ?? []) as { field?: string }[]
  const field = detail?.field === undefined ? undefined : fields[detail.field]
  return field ? { field: `holder.${field}` } : {}
}

/** A refusal as its receipt keeps it: words, and where the wrong datum is. */
const refusedBefore = (code: RefusalCode, answer: unknown): ApplicationFailure => {
  const { field } = (answer ?? {}) as { field?: string }
  return refused(code, wordsOf(answer), field ? { field } : {})
}

/** What the registry asks for a premium name for all its years (RFC 8748), told back to it with the create; never more than the customer has accepted to pay. */
async function acceptedFee(registry: RegistryPort, item: ItemForRegistry, key: string, world: Needs): Promise<Money | undefined> {
  const [offer] = await registry.check([item.name], item.years)
  const fee = offer?.fee
  if (!fee || !offer.premium) return undefined
  if (fee.currency === item.net.currency && fee.amount <= item.net.amount) return fee
  const says = `The registry's price rose to ${showMoney(fee, 'en')}`
  await world.receipts.finish({ key, outcome: 'REFUSED', answer: { says } })
  throw refused('registry-refused', says)
}

/** The name as we asked for it under this key: ours, with the secret that only this request's key makes. Undefined: not (or not by this request). */
async function ourEarlierCreate(
  registry: RegistryPort,
  item: ItemForRegistry,
  authInfo: string,
): Promise<Exclude<RegisterAnswer, { kind: 'taken' }> | undefined> {
  const held = await registry.find(item.name)
  if (!held?.ours || held.authInfo !== authInfo) return undefined
  if (held.statuses.includes('pendingCreate') || !held.expiresOn) return { kind: 'pending', reference: held.roid }
  return { kind: 'registered', reference: held.roid, expiresOn: held.expiresOn }
}

/** A handle that the holder and the data determine: asking twice for the same contact object finds the first. */
const handleFor = (item: ItemForRegistry): string =>
  `K${createHash('sha256').update(`${item.holderContactId}/${item.holderDigest}`).digest('hex').slice(0, 14).toUpperCase()}`

const wordsOf = (answer: unknown): string =>
  typeof answer === 'object' && answer !== null && 'says' in answer && typeof answer.says === 'string' ? answer.says : 'refused'
