/**
 * A registry's rules: what RFC 5730-5733, 3915, 5910, 8334 and 8748 ask of a registry, over objects in memory. One command at a
 * time, no waiting, no XML. Time is the caller's clock; what time brings about (a pending create decided, a name purged) happens
 * at the next look.
 */
import { timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import {
  type AgreedFee,
  type Caller,
  type CheckedName,
  type Command,
  type ContactFields,
  type ContactLink,
  type DsRecord,
  type FeeCommand,
  type HostAttribute,
  type MessageData,
  type Period,
  Refusal,
  type Reply,
  type TransferData,
} from './commands'
import type { House, TldHouseRules } from './house'
import type { JournalEntry } from './journal'
import type { ContactObject, DomainObject, Grace, HostObject, State } from './state'

export type Note = (entry: Omit<JournalEntry, 'seq' | 'at' | 'svTRID'> & { svTRID?: string }) => void

export interface RulesOptions {
  house: House
  state: State
  now: () => number
  /** told once per command or event that may have changed something, right after it */
  note: Note
}

const clientStatuses = {
  domain: ['clientDeleteProhibited', 'clientHold', 'clientRenewProhibited', 'clientTransferProhibited', 'clientUpdateProhibited'],
  contact: ['clientDeleteProhibited', 'clientTransferProhibited', 'clientUpdateProhibited'],
  host: ['clientDeleteProhibited', 'clientUpdateProhibited'],
}

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const countries = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
const sameSecret = (a: string, b: string) => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
const isHostName = (name: string) =>
  name.length <= 253 && name.includes('.') && name.split('.').every((part) => part.length <= 63 && label.test(part))

/** The same day `years` later; 29 February becomes the 28th. */
export const yearsLater = (instant: string, years: number): string => {
  const from = new Date(instant)
  const to = new Date(from)
  to.setUTCFullYear(from.getUTCFullYear() + years)
  if (to.getUTCDate() !== from.getUTCDate()) to.setUTCDate(0)
  return to.toISOString()
}

export const createRules = ({ house, state, now, note }: RulesOptions) => {
  const { domains, contacts, hosts, accounts, messages } = state
  const instant = (ms = now()) => new Date(ms).toISOString()
  const roid = (letter: string) => `${letter}${state.next('roid')}-${house.repository}`
  const money = (amount: number) => ({ amount, currency: house.currency })
  const offersHosts = Object.values(house.tlds).some((tld) => tld.hosts === 'objects')

  /** What the command at work has charged so far. */
  let charged: number | undefined

  // ── names, fees, credit ──

  const tldOf = (name: string): string | undefined =>
    Object.keys(house.tlds)
      .filter((tld) => name.endsWith(`.${tld}`))
      .sort((a, b) => b.length - a.length)[0]

  /** The label and the rules that a name stands under. */
  const under = (name: string): { label: string; tld: string; rules: TldHouseRules } => {
    const value = { prefix: 'domain' as const, element: 'name', text: name }
    const tld = tldOf(name)
    const rules = tld === undefined ? undefined : house.tlds[tld]
    if (tld === undefined || !rules) throw new Refusal(2306, 'This registry does not run that top-level domain', value)
    const own = name.slice(0, -tld.length - 1)
    if (!label.test(own) || own.length > 63)
      throw new Refusal(2005, 'Not a label of letters, digits and hyphens below the top-level domain', value)
    if (own.slice(2, 4) === '--' && !(own.startsWith('xn--') && isALabel(own)))
      throw new Refusal(2005, 'Not a valid A-label', value)
    const shown = own.startsWith('xn--') ? domainToUnicode(own) : own
    if ([...shown].length < rules.minLabel || own.length > rules.maxLabel) {
      throw new Refusal(2306, `Labels under .${tld} have ${rules.minLabel} to ${rules.maxLabel} characters`, value)
    }
    return { label: own, tld, rules }
  }

  const isALabel = (own: string) => {
    const shown = domainToUnicode(own)
    return shown !== '' && shown !== own && domainToASCII(shown) === own
  }

  const priceOf = (name: string, command: FeeCommand, years = 1): { amount: number; feeClass?: string } => {
    const { label: own, rules } = under(name)
    const premium = rules.premium[own]
    const prices = premium ?? rules.prices
    const amount =
      command === 'create'
        ? prices.create + (years - 1) * prices.renew
        : command === 'renew'
          ? prices.renew * years
          : prices[command]
    return { amount, ...(premium ? { feeClass: premium.class } : {}) }
  }

  /** The fee of a command, if the client has agreed to at least as much where it must (RFC 8748). */
  const agreed = (name: string, command: FeeCommand, years: number, fee: AgreedFee | undefined): number => {
    const { amount, feeClass } = priceOf(name, command, years)
    if (fee?.currency !== undefined && fee.currency !== house.currency) {
      throw new Refusal(2004, `Fees are in ${house.currency}`, { prefix: 'fee', element: 'currency', text: fee.currency })
    }
    if (fee && fee.amount < amount) {
      throw new Refusal(2004, `The fee is ${(amount / 100).toFixed(2)} ${house.currency}`, {
        prefix: 'fee',
        element: 'fee',
        text: (fee.amount / 100).toFixed(2),
      })
    }
    if (!fee && feeClass !== undefined) {
      throw new Refusal(
        2306,
        `A ${feeClass} name: its fee of ${(amount / 100).toFixed(2)} ${house.currency} must be agreed to`,
        nameValue(name),
      )
    }
    return amount
  }

  const accountOf = (clientId: string) => {
    const account = accounts.get(clientId)
    if (!account) throw new Refusal(2201, 'No such registrar')
    return account
  }

  const mustAfford = (clientId: string, amount: number) => {
    const { balance, creditLimit } = accountOf(clientId)
    if (balance - amount < -creditLimit) throw new Refusal(2104, 'The account has not enough credit left')
  }

  const charge = (clientId: string, amount: number) => {
    const account = accountOf(clientId)
    state.put('accounts', clientId, { ...account, balance: account.balance - amount })
    charged = (charged ?? 0) + amount
  }

  const balanceOf = (clientId: string) => money(accountOf(clientId).balance)

  // ── what is common to objects ──

  const nameValue = (name: string) => ({ prefix: 'domain' as const, element: 'name', text: name })

  const domainAt = (name: string): DomainObject => {
    const domain = domains.get(name)
    if (!domain) throw new Refusal(2303, 'No such name', nameValue(name))
    return domain
  }
  const contactAt = (id: string): ContactObject => {
    const contact = contacts.get(id)
    if (!contact) throw new Refusal(2303, 'No such contact', { prefix: 'contact', element: 'id', text: id })
    return contact
  }
  const hostAt = (name: string): HostObject => {
    const host = hosts.get(name)
    if (!host) throw new Refusal(2303, 'No such host', { prefix: 'host', element: 'name', text: name })
    return host
  }
  const mustSponsor = (object: { clientId: string }, { clientId }: Caller) => {
    if (object.clientId !== clientId) throw new Refusal(2201, 'Sponsored by another registrar')
  }
  const mustNotBe = (statuses: string[], ...prohibiting: string[]) => {
    const found = prohibiting.find((status) => statuses.includes(status))
    if (found) throw new Refusal(2304, `Status ${found}`)
  }
  const changedBy = ({ clientId }: Caller) => ({ updatedBy: clientId, updatedAt: instant() })

  const statusesAfter = (kind: keyof typeof clientStatuses, held: string[], add: string[], remove: string[]): string[] => {
    const value = (text: string) => ({ prefix: kind, element: 'status', text })
    for (const status of [...add, ...remove]) {
      if (!clientStatuses[kind].includes(status)) throw new Refusal(2306, 'Not a status that a registrar may set', value(status))
    }
    for (const status of remove) if (!held.includes(status)) throw new Refusal(2306, 'Status is not set', value(status))
    for (const status of add) if (held.includes(status)) throw new Refusal(2306, 'Status is set already', value(status))
    return [...held.filter((status) => !remove.includes(status)), ...add]
  }

  const tell = (clientId: string, text: string, data?: MessageData) => {
    const id = String(state.next('message'))
    state.put('messages', `${clientId}/${id}`, { id, clientId, at: instant(), text, ...(data ? { data } : {}) })
  }

  // ── domain names ──

  let nextDue = 0
  const putDomain = (domain: DomainObject) => {
    state.put('domains', domain.name, domain)
    nextDue = Math.min(nextDue, dueOf(domain))
  }

  const dueOf = (domain: DomainObject): number => {
    if (!house.tlds[domain.tld]) return Infinity // the house has given that top-level domain up
    if (domain.pendingCreate) return Date.parse(domain.pendingCreate.decideAt)
    const moments = [domain.deletion?.purgeAt ?? domain.expiresOn]
    if (domain.transfer?.status === 'pending') moments.push(domain.transfer.actionAt)
    return Math.min(...moments.map((moment) => Date.parse(moment)))
  }

  const statusesOf = (domain: DomainObject): string[] => {
    const all = [
      ...domain.statuses,
      ...(domain.pendingCreate ? ['pendingCreate'] : []),
      ...(domain.deletion ? ['pendingDelete'] : []),
      ...(domain.transfer?.status === 'pending' ? ['pendingTransfer'] : []),
      ...(domain.nameservers.length + (domain.hostAttributes?.length ?? 0) === 0 ? ['inactive'] : []),
    ]
    return all.length === 0 ? ['ok'] : all
  }

  const rgpOf = (domain: DomainObject): string[] => {
    if (domain.deletion) return [now() < Date.parse(domain.deletion.redemptionUntil) ? 'redemptionPeriod' : 'pendingDelete']
    return [...new Set(domain.grace.filter(({ until }) => Date.parse(until) > now()).map(({ kind }) => kind))]
  }

  const grace = (domain: DomainObject, kind: Grace['kind'], length: number, fee: number, clientId: string): Grace[] => [
    ...domain.grace.filter(({ until }) => Date.parse(until) > now()),
    ...(length > 0 ? [{ kind, until: instant(now() + length), fee, clientId }] : []),
  ]

  const yearsOf = (period: Period | undefined, rules: TldHouseRules): number => {
    if (!period) return rules.minYears
    const value = { prefix: 'domain' as const, element: 'period', text: String(period.count) }
    if (period.unit !== 'y') throw new Refusal(2306, 'Periods are in years', value)
    if (period.count < rules.minYears || period.count > rules.maxYears) {
      throw new Refusal(
        2004,
        rules.minYears === rules.maxYears
          ? `The period is ${rules.minYears} year`
          : `${rules.minYears} to ${rules.maxYears} years`,
        value,
      )
    }
    return period.count
  }

  const mustHoldContact = (id: string, caller: Caller): ContactObject => {
    const contact = contacts.get(id)
    if (!contact) throw new Refusal(2303, 'No such contact', { prefix: 'contact', element: 'id', text: id })
    if (contact.clientId !== caller.clientId) {
      throw new Refusal(2201, 'The contact belongs to another registrar', { prefix: 'contact', element: 'id', text: id })
    }
    return contact
  }

  const mustBeResident = (rules: TldHouseRules, tld: string, registrant: ContactObject | undefined) => {
    if (!rules.residents || !registrant) return
    const country = registrant.fields.postal.find(({ address }) => address)?.address?.cc ?? ''
    if (!rules.residents.includes(country)) {
      throw new Refusal(2306, `The registrant of a .${tld} name must reside in an eligible country`, {
        prefix: 'contact',
        element: 'cc',
        text: country,
      })
    }
  }

  /** The name servers of a create or update, if the top-level domain takes them in this form. */
  const checkNameservers = (rules: TldHouseRules, caller: Caller, named: string[], attributes: HostAttribute[]) => {
    const value = (text: string) => ({ prefix: 'domain' as const, element: 'ns', text })
    if (rules.hosts === 'objects' && attributes.length > 0)
      throw new Refusal(2306, 'Name servers are host objects here', value(attributes[0]?.name ?? ''))
    if (rules.hosts === 'attributes' && named.length > 0)
      throw new Refusal(2306, 'Name servers are host attributes here', value(named[0] ?? ''))
    const all = [...named, ...attributes.map(({ name }) => name)]
    const twice = all.find((name, at) => all.indexOf(name) !== at)
    if (twice !== undefined) throw new Refusal(2306, 'Name server given twice', value(twice))
    for (const name of all) if (!isHostName(name)) throw new Refusal(2005, 'Not a host name', value(name))
    for (const { addresses } of attributes) checkAddresses(addresses)
    for (const name of named) {
      if (!hosts.has(name) && !(rules.implicitHosts && tldOf(name) === undefined)) {
        throw new Refusal(2303, 'No such host', { prefix: 'domain', element: 'hostObj', text: name })
      }
    }
    return () => {
      for (const name of named) if (!hosts.has(name)) putHost(name, [], caller)
    }
  }

  const checkDs = (records: DsRecord[]) => {
    const lengths: Record<number, number> = { 1: 40, 2: 64, 4: 96 }
    for (const { algorithm, digestType, digest } of records) {
      if (![8, 10, 13, 14, 15, 16].includes(algorithm))
        throw new Refusal(2306, 'Algorithm not taken', { prefix: 'secDNS', element: 'alg', text: String(algorithm) })
      const length = lengths[digestType]
      if (length === undefined)
        throw new Refusal(2306, 'Digest type not taken', { prefix: 'secDNS', element: 'digestType', text: String(digestType) })
      if (digest.length !== length)
        throw new Refusal(2005, `A digest of type ${digestType} has ${length} hexadecimal digits`, {
          prefix: 'secDNS',
          element: 'digest',
          text: digest,
        })
    }
  }
  const sameDs = (a: DsRecord, b: DsRecord) =>
    a.keyTag === b.keyTag &&
    a.algorithm === b.algorithm &&
    a.digestType === b.digestType &&
    a.digest.toUpperCase() === b.digest.toUpperCase()

  const checkAuthInfo = (authInfo: string) => {
    if (authInfo.length < 6 || authInfo.length > 64) throw new Refusal(2306, 'authInfo has 6 to 64 characters')
  }

  const subordinateHosts = (name: string) => [...hosts.keys()].filter((host) => host.endsWith(`.${name}`))

  const commands = {
    'domain:check'({ names, fees, claims }): Reply {
      if (names.length > house.maxCheck) throw new Refusal(2306, `At most ${house.maxCheck} names in one check`)
      if (fees?.currency !== undefined && fees.currency !== house.currency) {
        throw new Refusal(2004, `Fees are in ${house.currency}`, { prefix: 'fee', element: 'currency', text: fees.currency })
      }
      const checked = names.map((asked): CheckedName => {
        const name = asked.toLowerCase()
        try {
          const { label: own, rules } = under(name)
          const price = priceOf(name, 'create')
          const reserved = rules.reserved.includes(own)
          const taken = domains.has(name)
          return {
            name: asked,
            available: !taken && !reserved,
            ...(taken ? { reason: 'In use' } : reserved ? { reason: 'Reserved' } : {}),
            ...(claims ? (rules.claims.includes(own) ? { claimKey: claimKey(name) } : {}) : {}),
            ...(fees
              ? {
                  feeClass: price.feeClass ?? 'standard',
                  standard: price.feeClass === undefined,
                  fees: fees.commands.map(({ name: command, years }) => {
                    const asks = years ?? (command === 'restore' ? undefined : 1)
                    if (
                      asks !== undefined &&
                      (command === 'create' || command === 'renew') &&
                      (asks < rules.minYears || asks > rules.maxYears)
                    ) {
                      return { command, years: asks, reason: `Periods of ${rules.minYears} to ${rules.maxYears} years` }
                    }
                    return {
                      command,
                      ...(asks === undefined ? {} : { years: asks }),
                      amount: priceOf(name, command, asks).amount,
                    }
                  }),
                }
              : {}),
          }
        } catch (refusal) {
          if (!(refusal instanceof Refusal)) throw refusal
          return { name: asked, available: false, reason: refusal.code === 2306 ? 'Against the policy' : 'Invalid name' }
        }
      })
      return {
        code: 1000,
        data: {
          type: 'domain:check',
          currency: house.currency,
          names: checked,
          withFees: fees !== undefined,
          withClaims: claims === true,
        },
      }
    },

    'domain:info'({ name, authInfo }, caller): Reply {
      const domain = domainAt(name)
      const sponsor = domain.clientId === caller.clientId
      if (authInfo !== undefined && !sponsor && !sameSecret(authInfo, domain.authInfo))
        throw new Refusal(2202, 'Not the authInfo of this name')
      return {
        code: 1000,
        data: {
          type: 'domain:info',
          domain: {
            name,
            roid: domain.roid,
            statuses: statusesOf(domain),
            clientId: domain.clientId,
            createdAt: domain.createdAt,
            ...(domain.pendingCreate ? {} : { expiresOn: domain.expiresOn }),
            rgpStatuses: rgpOf(domain),
            ds: domain.ds,
            ...(sponsor || authInfo !== undefined
              ? {
                  full: {
                    ...(domain.registrant === undefined ? {} : { registrant: domain.registrant }),
                    contacts: domain.contacts,
                    nameservers: domain.nameservers,
                    ...(domain.hostAttributes ? { hostAttributes: domain.hostAttributes } : {}),
                    subordinateHosts: subordinateHosts(name),
                    createdBy: domain.createdBy,
                    ...(domain.updatedBy === undefined ? {} : { updatedBy: domain.updatedBy }),
                    ...(domain.updatedAt === undefined ? {} : { updatedAt: domain.updatedAt }),
                    ...(domain.transferredAt === undefined ? {} : { transferredAt: domain.transferredAt }),
                    ...(sponsor ? { authInfo: domain.authInfo } : {}),
                  },
                }
              : {}),
          },
        },
      }
    },

    'domain:create'(command, caller): Reply {
      const { name } = command
      const { label: own, tld, rules } = under(name)
      if (domains.has(name)) throw new Refusal(2302, 'The name is taken', nameValue(name))
      if (rules.reserved.includes(own)) throw new Refusal(2306, 'The name is reserved', nameValue(name))
      const years = yearsOf(command.period, rules)
      checkAuthInfo(command.authInfo)
      const need = (type: ContactLink['type'], wanted: boolean) => {
        if (wanted && !command.contacts.some((link) => link.type === type))
          throw new Refusal(2003, `A ${type} contact is needed`, { prefix: 'domain', element: 'contact', text: type })
      }
      if (rules.registrantRequired && command.registrant === undefined)
        throw new Refusal(2003, 'A registrant is needed', { prefix: 'domain', element: 'registrant', text: '' })
      need('admin', rules.adminRequired)
      need('tech', rules.techRequired)
      const registrant = command.registrant === undefined ? undefined : mustHoldContact(command.registrant, caller)
      for (const { id } of command.contacts) mustHoldContact(id, caller)
      mustBeResident(rules, tld, registrant)
      const named = command.nameservers ?? []
      const attributes = command.hostAttributes ?? []
      const makeHosts = checkNameservers(rules, caller, named, attributes)
      if (named.length + attributes.length > rules.maxNameservers)
        throw new Refusal(2308, `At most ${rules.maxNameservers} name servers`)
      checkDs(command.ds ?? [])
      if (rules.claims.includes(own)) checkClaims(name, command.launch)
      const fee = agreed(name, 'create', years, command.fee)
      mustAfford(caller.clientId, fee)

      makeHosts()
      charge(caller.clientId, fee)
      const createdAt = instant()
      const domain: DomainObject = {
        name,
        tld,
        roid: roid('D'),
        clientId: caller.clientId,
        createdBy: caller.clientId,
        createdAt,
        expiresOn: yearsLater(createdAt, years),
        ...(command.registrant === undefined ? {} : { registrant: command.registrant }),
        contacts: command.contacts,
        nameservers: named,
        ...(attributes.length > 0 ? { hostAttributes: attributes } : {}),
        statuses: [],
        authInfo: command.authInfo,
        ds: command.ds ?? [],
        grace: [],
      }
      if (rules.pendingCreateMs !== undefined) {
        putDomain({
          ...domain,
          pendingCreate: {
            decideAt: instant(now() + rules.pendingCreateMs),
            svTRID: caller.svTRID,
            fee,
            ...(caller.clTRID === undefined ? {} : { clTRID: caller.clTRID }),
          },
        })
        return {
          code: 1001,
          data: { type: 'domain:create', name, createdAt, fee: money(fee), balance: balanceOf(caller.clientId) },
        }
      }
      putDomain({ ...domain, grace: grace(domain, 'addPeriod', rules.addGraceMs, fee, caller.clientId) })
      return {
        code: 1000,
        data: {
          type: 'domain:create',
          name,
          createdAt,
          expiresOn: domain.expiresOn,
          fee: money(fee),
          balance: balanceOf(caller.clientId),
        },
      }
    },

    'domain:renew'({ name, currentExpiry, period, fee }, caller): Reply {
      const domain = domainAt(name)
      const { rules } = under(name)
      mustSponsor(domain, caller)
      mustNotBe(
        statusesOf(domain),
        'pendingCreate',
        'pendingDelete',
        'pendingTransfer',
        'clientRenewProhibited',
        'serverRenewProhibited',
      )
      if (domain.expiresOn.slice(0, 10) !== currentExpiry) {
        throw new Refusal(2306, `curExpDate is not the name's expiry date`, {
          prefix: 'domain',
          element: 'curExpDate',
          text: currentExpiry,
        })
      }
      const years = yearsOf(period, rules)
      const expiresOn = yearsLater(domain.expiresOn, years)
      if (expiresOn > yearsLater(instant(), rules.maxAheadYears))
        throw new Refusal(2105, `No further ahead than ${rules.maxAheadYears} years`)
      const due = agreed(name, 'renew', years, fee)
      mustAfford(caller.clientId, due)

      charge(caller.clientId, due)
      putDomain({
        ...domain,
        ...changedBy(caller),
        expiresOn,
        grace: grace(domain, 'renewPeriod', rules.renewGraceMs, due, caller.clientId),
      })
      return { code: 1000, data: { type: 'domain:renew', name, expiresOn, fee: money(due), balance: balanceOf(caller.clientId) } }
    },

    'domain:update'(command, caller): Reply {
      const { name } = command
      const domain = domainAt(name)
      const { rules, tld } = under(name)
      mustSponsor(domain, caller)
      const asksMore =
        command.registrant !== undefined ||
        command.authInfo !== undefined ||
        command.removeAllDs === true ||
        [
          command.addDs,
          command.removeDs,
          ...[command.add, command.remove].flatMap((links) => [
            links.nameservers,
            links.hostAttributes,
            links.contacts,
            links.statuses,
          ]),
        ].some((list) => list.length > 0)
      if (command.restore) {
        if (asksMore) throw new Refusal(2306, 'A restore changes nothing else')
        return restore(domain, rules, command.fee, caller)
      }
      const held = statusesOf(domain)
      mustNotBe(held, 'pendingCreate', 'pendingDelete', 'pendingTransfer', 'serverUpdateProhibited')
      if (!command.remove.statuses.includes('clientUpdateProhibited')) mustNotBe(held, 'clientUpdateProhibited')
      const statuses = statusesAfter('domain', domain.statuses, command.add.statuses, command.remove.statuses)

      const nsValue = (text: string) => ({ prefix: 'domain' as const, element: 'ns', text })
      const makeHosts = checkNameservers(rules, caller, command.add.nameservers, command.add.hostAttributes)
      const attributes = domain.hostAttributes ?? []
      const removed = command.remove.hostAttributes.map((host) => host.name)
      for (const host of command.remove.nameservers)
        if (!domain.nameservers.includes(host)) throw new Refusal(2306, 'Not a name server of this name', nsValue(host))
      for (const host of removed)
        if (!attributes.some((attribute) => attribute.name === host))
          throw new Refusal(2306, 'Not a name server of this name', nsValue(host))
      const nameservers = domain.nameservers.filter((host) => !command.remove.nameservers.includes(host))
      const hostAttributes = attributes.filter((attribute) => !removed.includes(attribute.name))
      for (const host of command.add.nameservers)
        if (nameservers.includes(host)) throw new Refusal(2306, 'Is a name server of this name already', nsValue(host))
      for (const host of command.add.hostAttributes) {
        if (hostAttributes.some((attribute) => attribute.name === host.name))
          throw new Refusal(2306, 'Is a name server of this name already', nsValue(host.name))
      }
      nameservers.push(...command.add.nameservers)
      hostAttributes.push(...command.add.hostAttributes)
      if (nameservers.length + hostAttributes.length > rules.maxNameservers)
        throw new Refusal(2308, `At most ${rules.maxNameservers} name servers`)

      const sameLink = (a: ContactLink, b: ContactLink) => a.type === b.type && a.id === b.id
      const linkValue = (text: string) => ({ prefix: 'domain' as const, element: 'contact', text })
      for (const link of command.remove.contacts)
        if (!domain.contacts.some((held) => sameLink(held, link)))
          throw new Refusal(2306, 'Not a contact of this name', linkValue(link.id))
      const links = domain.contacts.filter((held) => !command.remove.contacts.some((link) => sameLink(held, link)))
      for (const link of command.add.contacts) {
        mustHoldContact(link.id, caller)
        if (links.some((held) => sameLink(held, link)))
          throw new Refusal(2306, 'Is a contact of this name already', linkValue(link.id))
        links.push(link)
      }
      for (const [type, needed] of [['admin', rules.adminRequired] as const, ['tech', rules.techRequired] as const]) {
        if (needed && !links.some((link) => link.type === type)) throw new Refusal(2308, `A ${type} contact must remain`)
      }
      if (command.registrant === '' && rules.registrantRequired) throw new Refusal(2308, 'A registrant must remain')
      const registrant = command.registrant === '' ? undefined : (command.registrant ?? domain.registrant)
      if (command.registrant) mustBeResident(rules, tld, mustHoldContact(command.registrant, caller))
      if (command.authInfo !== undefined) checkAuthInfo(command.authInfo)

      checkDs(command.addDs)
      const dsValue = (record: DsRecord) => ({ prefix: 'secDNS' as const, element: 'keyTag', text: String(record.keyTag) })
      for (const record of command.removeDs)
        if (!domain.ds.some((held) => sameDs(held, record))) throw new Refusal(2306, 'No such DS record', dsValue(record))
      const ds = command.removeAllDs ? [] : domain.ds.filter((held) => !command.removeDs.some((record) => sameDs(held, record)))
      for (const record of command.addDs) {
        if (ds.some((held) => sameDs(held, record))) throw new Refusal(2306, 'DS record is there already', dsValue(record))
        ds.push(record)
      }

      makeHosts()
      const { registrant: _before, hostAttributes: _attributes, ...rest } = domain
      putDomain({
        ...rest,
        ...changedBy(caller),
        ...(registrant === undefined ? {} : { registrant }),
        ...(hostAttributes.length > 0 ? { hostAttributes } : {}),
        contacts: links,
        nameservers,
        statuses,
        ds,
        authInfo: command.authInfo ?? domain.authInfo,
      })
      return { code: 1000, data: { type: 'domain:update' } }
    },

    'domain:delete'({ name }, caller): Reply {
      const domain = domainAt(name)
      const { rules } = under(name)
      mustSponsor(domain, caller)
      mustNotBe(
        statusesOf(domain),
        'pendingCreate',
        'pendingDelete',
        'pendingTransfer',
        'clientDeleteProhibited',
        'serverDeleteProhibited',
        'clientUpdateProhibited',
      )
      const serving = subordinateHosts(name).find((host) =>
        [...domains.values()].some((other) => other.name !== name && other.nameservers.includes(host)),
      )
      if (serving !== undefined)
        throw new Refusal(2305, 'A host below this name serves other names', { prefix: 'host', element: 'name', text: serving })

      const running = domain.grace.filter(({ until, clientId }) => Date.parse(until) > now() && clientId === caller.clientId)
      const credit = running.reduce((sum, { fee }) => sum + fee, 0)
      if (credit > 0) charge(caller.clientId, -credit)
      const data = {
        type: 'domain:delete' as const,
        ...(credit > 0 ? { credit: money(-credit), balance: balanceOf(caller.clientId) } : {}),
      }
      if (running.some(({ kind }) => kind === 'addPeriod') || rules.redemptionMs + rules.pendingDeleteMs === 0) {
        purge(domain)
        return { code: 1000, data }
      }
      putDomain({
        ...domain,
        ...changedBy(caller),
        grace: [],
        deletion: {
          requestedAt: instant(),
          redemptionUntil: instant(now() + rules.redemptionMs),
          purgeAt: instant(now() + rules.redemptionMs + rules.pendingDeleteMs),
        },
      })
      return { code: 1001, data }
    },

    'domain:transfer'({ operation, name, period, authInfo, fee }, caller): Reply {
      const domain = domainAt(name)
      const { rules } = under(name)
      if (operation === 'request') {
        if (domain.clientId === caller.clientId) throw new Refusal(2106, 'The name is with you already')
        const held = statusesOf(domain)
        if (held.includes('pendingTransfer')) throw new Refusal(2300, 'A transfer of this name is under way')
        mustNotBe(held, 'pendingCreate', 'pendingDelete', 'clientTransferProhibited', 'serverTransferProhibited')
        if (authInfo === undefined)
          throw new Refusal(2003, 'authInfo is needed', { prefix: 'domain', element: 'authInfo', text: '' })
        if (!sameSecret(authInfo, domain.authInfo)) throw new Refusal(2202, 'Not the authInfo of this name')
        const years = rules.transferAddsYear ? yearsOf(period, { ...rules, minYears: 1, maxYears: 1 }) : 0
        const due = agreed(name, 'transfer', years, fee)
        mustAfford(caller.clientId, due)
        const transfer = {
          name,
          status: 'pending',
          requestedBy: caller.clientId,
          requestedAt: instant(),
          actBy: domain.clientId,
          actionAt: instant(now() + rules.transferMs),
          expiresOn: laterCapped(domain.expiresOn, years, rules),
          fee: due,
          years,
        }
        if (rules.transferMs === 0) {
          const done = completeTransfer({ ...domain, transfer }, 'serverApproved')
          return { code: 1000, data: { type: 'domain:transfer', transfer: done, fee: money(due) } }
        }
        putDomain({ ...domain, transfer })
        tell(domain.clientId, 'Transfer requested.', { type: 'trn', transfer: publicTransfer(transfer) })
        return { code: 1001, data: { type: 'domain:transfer', transfer: publicTransfer(transfer), fee: money(due) } }
      }
      const { transfer } = domain
      if (operation === 'query') {
        const party = transfer && [transfer.requestedBy, transfer.actBy, domain.clientId].includes(caller.clientId)
        if (!party && !(authInfo !== undefined && sameSecret(authInfo, domain.authInfo)))
          throw new Refusal(2201, 'Not a party to a transfer of this name')
        if (!transfer) throw new Refusal(2301, 'No transfer of this name')
        return { code: 1000, data: { type: 'domain:transfer', transfer: publicTransfer(transfer) } }
      }
      if (transfer?.status !== 'pending') throw new Refusal(2301, 'No transfer of this name is under way')
      const decider = operation === 'cancel' ? transfer.requestedBy : transfer.actBy
      if (caller.clientId !== decider)
        throw new Refusal(2201, `Only ${operation === 'cancel' ? 'the gaining' : 'the losing'} registrar may ${operation}`)
      if (operation === 'approve') {
        mustAfford(transfer.requestedBy, transfer.fee)
        return { code: 1000, data: { type: 'domain:transfer', transfer: completeTransfer(domain, 'clientApproved') } }
      }
      const ended = { ...transfer, status: operation === 'cancel' ? 'clientCancelled' : 'clientRejected', actionAt: instant() }
      const { expiresOn: _never, ...shown } = publicTransfer(ended)
      putDomain({ ...domain, transfer: ended })
      const other = operation === 'cancel' ? transfer.actBy : transfer.requestedBy
      tell(other, operation === 'cancel' ? 'Transfer cancelled.' : 'Transfer rejected.', { type: 'trn', transfer: shown })
      return { code: 1000, data: { type: 'domain:transfer', transfer: shown } }
    },

    // ── contacts ──

    'contact:check'({ ids }): Reply {
      if (ids.length > house.maxCheck) throw new Refusal(2306, `At most ${house.maxCheck} contacts in one check`)
      return {
        code: 1000,
        data: {
          type: 'contact:check',
          items: ids.map((id) => ({ id, available: !contacts.has(id), ...(contacts.has(id) ? { reason: 'In use' } : {}) })),
        },
      }
    },

    'contact:info'({ id, authInfo }, caller): Reply {
      const contact = contactAt(id)
      const sponsor = contact.clientId === caller.clientId
      if (!sponsor && authInfo === undefined) throw new Refusal(2201, 'Contacts are shown to their own registrar')
      if (!sponsor && !(contact.fields.authInfo && sameSecret(authInfo ?? '', contact.fields.authInfo)))
        throw new Refusal(2202, 'Not the authInfo of this contact')
      const { authInfo: secret, ...open } = contact.fields
      const { fields: _fields, statuses, ...rest } = contact
      const shown = [...statuses, ...(state.linked('contact', id) ? ['linked'] : [])]
      if (statuses.length === 0) shown.unshift('ok')
      return {
        code: 1000,
        data: {
          type: 'contact:info',
          contact: { ...rest, statuses: shown, fields: sponsor && secret !== undefined ? { ...open, authInfo: secret } : open },
        },
      }
    },

    'contact:create'({ id, fields }, { clientId }): Reply {
      if (contacts.has(id)) throw new Refusal(2302, 'The identifier is taken', { prefix: 'contact', element: 'id', text: id })
      checkContact(fields)
      const createdAt = instant()
      state.put('contacts', id, { id, roid: roid('C'), clientId, createdBy: clientId, createdAt, statuses: [], fields })
      return { code: 1000, data: { type: 'contact:create', id, createdAt } }
    },

    'contact:update'({ id, addStatuses, removeStatuses, change }, caller): Reply {
      const contact = contactAt(id)
      mustSponsor(contact, caller)
      if (!removeStatuses.includes('clientUpdateProhibited'))
        mustNotBe(contact.statuses, 'clientUpdateProhibited', 'serverUpdateProhibited')
      const statuses = statusesAfter('contact', contact.statuses, addStatuses, removeStatuses)
      const postal = [...contact.fields.postal]
      for (const info of change.postal) {
        const at = postal.findIndex(({ type }) => type === info.type)
        if (at < 0) postal.push(info)
        else postal[at] = { ...postal[at], ...info }
      }
      const fields = { ...contact.fields, ...change, postal }
      for (const number of ['voice', 'fax'] as const) if (change[number] === '') delete fields[number]
      checkContact(fields)
      const country = fields.postal.find(({ address }) => address)?.address?.cc ?? ''
      for (const domain of domains.values()) {
        const residents = domain.registrant === id ? house.tlds[domain.tld]?.residents : undefined
        if (residents && !residents.includes(country)) {
          throw new Refusal(2306, `The registrant of ${domain.name} must reside in an eligible country`, {
            prefix: 'contact',
            element: 'cc',
            text: country,
          })
        }
      }
      state.put('contacts', id, { ...contact, ...changedBy(caller), statuses, fields })
      return { code: 1000 }
    },

    'contact:delete'({ id }, caller): Reply {
      const contact = contactAt(id)
      mustSponsor(contact, caller)
      mustNotBe(contact.statuses, 'clientDeleteProhibited', 'serverDeleteProhibited')
      if (state.linked('contact', id))
        throw new Refusal(2305, 'Names still use this contact', { prefix: 'contact', element: 'id', text: id })
      state.put('contacts', id, null)
      return { code: 1000 }
    },

    'contact:transfer'(): Reply {
      throw new Refusal(2101, 'Contacts are not transferred here: the gaining registrar makes its own')
    },

    // ── hosts ──

    'host:check'({ names }): Reply {
      mustOfferHosts()
      if (names.length > house.maxCheck) throw new Refusal(2306, `At most ${house.maxCheck} hosts in one check`)
      return {
        code: 1000,
        data: {
          type: 'host:check',
          items: names.map((name) => {
            const reason = !isHostName(name) ? 'Invalid name' : hosts.has(name) ? 'In use' : undefined
            return { id: name, available: reason === undefined, ...(reason === undefined ? {} : { reason }) }
          }),
        },
      }
    },

    'host:info'({ name }): Reply {
      mustOfferHosts()
      const { statuses, ...host } = hostAt(name)
      const shown = [...statuses, ...(state.linked('host', name) ? ['linked'] : [])]
      if (statuses.length === 0) shown.unshift('ok')
      return { code: 1000, data: { type: 'host:info', host: { ...host, statuses: shown } } }
    },

    'host:create'({ name, addresses }, caller): Reply {
      mustOfferHosts()
      if (!isHostName(name)) throw new Refusal(2005, 'Not a host name', { prefix: 'host', element: 'name', text: name })
      if (hosts.has(name)) throw new Refusal(2302, 'The host exists', { prefix: 'host', element: 'name', text: name })
      checkPlace(name, addresses, caller)
      putHost(name, addresses, caller)
      return { code: 1000, data: { type: 'host:create', name, createdAt: instant() } }
    },

    'host:update'(command, caller): Reply {
      mustOfferHosts()
      const host = hostAt(command.name)
      mustSponsor(host, caller)
      if (!command.removeStatuses.includes('clientUpdateProhibited'))
        mustNotBe(host.statuses, 'clientUpdateProhibited', 'serverUpdateProhibited')
      const statuses = statusesAfter('host', host.statuses, command.addStatuses, command.removeStatuses)
      const value = (text: string) => ({ prefix: 'host' as const, element: 'addr', text })
      for (const address of command.removeAddresses)
        if (!host.addresses.includes(address)) throw new Refusal(2306, 'Not an address of this host', value(address))
      const addresses = host.addresses.filter((address) => !command.removeAddresses.includes(address))
      for (const address of command.addAddresses) {
        if (addresses.includes(address)) throw new Refusal(2306, 'Is an address of this host already', value(address))
        addresses.push(address)
      }
      const name = command.newName ?? host.name
      if (name !== host.name) {
        const renamed = { prefix: 'host' as const, element: 'name', text: name }
        if (!isHostName(name)) throw new Refusal(2005, 'Not a host name', renamed)
        if (hosts.has(name)) throw new Refusal(2302, 'The host exists', renamed)
        if (tldOf(host.name) === undefined && state.linked('host', host.name))
          throw new Refusal(2305, 'Names of others may use this host', renamed)
      }
      checkPlace(name, addresses, caller)

      state.put('hosts', host.name, null)
      state.put('hosts', name, { ...host, ...changedBy(caller), name, addresses, statuses })
      if (name !== host.name && state.linked('host', host.name)) {
        for (const domain of domains.values()) {
          if (domain.nameservers.includes(host.name))
            putDomain({ ...domain, nameservers: domain.nameservers.map((server) => (server === host.name ? name : server)) })
        }
      }
      return { code: 1000 }
    },

    'host:delete'({ name }, caller): Reply {
      mustOfferHosts()
      const host = hostAt(name)
      mustSponsor(host, caller)
      mustNotBe(host.statuses, 'clientDeleteProhibited', 'serverDeleteProhibited')
      if (state.linked('host', name))
        throw new Refusal(2305, 'Names still use this host', { prefix: 'host', element: 'name', text: name })
      state.put('hosts', name, null)
      return { code: 1000 }
    },

    // ── the message queue ──

    poll(command, { clientId }): Reply {
      const waiting = queueOf(clientId)
      if (command.operation === 'ack') {
        const message = messages.get(`${clientId}/${command.id}`)
        if (!message) throw new Refusal(2303, 'No such message', { prefix: 'epp', element: 'msgID', text: command.id })
        state.put('messages', `${clientId}/${command.id}`, null)
        const next = waiting.find(({ id }) => id !== command.id)
        return { code: 1000, queue: { count: waiting.length - 1, id: next?.id ?? command.id } }
      }
      const [first] = waiting
      if (!first) return { code: 1300 }
      return {
        code: 1301,
        queue: {
          count: waiting.length,
          id: first.id,
          at: first.at,
          text: first.text,
          ...(first.data ? { data: first.data } : {}),
        },
      }
    },
  } satisfies { [C in Command['type']]: (command: Extract<Command, { type: C }>, caller: Caller) => Reply }

  const queueOf = (clientId: string) => [...messages.values()].filter((message) => message.clientId === clientId)

  // ── the end of things that were begun ──

  const laterCapped = (expiresOn: string, years: number, rules: TldHouseRules) => {
    const wanted = yearsLater(expiresOn, years)
    const latest = yearsLater(instant(), rules.maxAheadYears)
    return wanted > latest ? latest : wanted
  }

  const publicTransfer = ({
    name,
    status,
    requestedBy,
    requestedAt,
    actBy,
    actionAt,
    expiresOn,
  }: TransferData): TransferData => ({
    name,
    status,
    requestedBy,
    requestedAt,
    actBy,
    actionAt,
    ...(expiresOn === undefined ? {} : { expiresOn }),
  })

  const completeTransfer = (domain: DomainObject, status: 'clientApproved' | 'serverApproved'): TransferData => {
    const { rules } = under(domain.name)
    const { transfer } = domain
    if (!transfer) throw new Refusal(2301, 'No transfer of this name')
    const expiresOn = laterCapped(domain.expiresOn, transfer.years, rules)
    const done = { ...transfer, status, actionAt: instant(), expiresOn }
    charge(transfer.requestedBy, transfer.fee)
    putDomain({
      ...domain,
      clientId: transfer.requestedBy,
      transferredAt: instant(),
      expiresOn,
      transfer: done,
      statuses: domain.statuses.filter((held) => held.startsWith('server')),
      grace: grace(domain, 'transferPeriod', rules.transferGraceMs, transfer.fee, transfer.requestedBy),
    })
    for (const name of subordinateHosts(domain.name)) {
      const host = hosts.get(name)
      if (host) state.put('hosts', name, { ...host, clientId: transfer.requestedBy })
    }
    const shown = publicTransfer(done)
    tell(transfer.actBy, 'Transfer completed.', { type: 'trn', transfer: shown })
    if (status === 'serverApproved' && rules.transferMs === 0) return shown
    tell(transfer.requestedBy, 'Transfer completed.', { type: 'trn', transfer: shown })
    return shown
  }

  const restore = (domain: DomainObject, rules: TldHouseRules, fee: AgreedFee | undefined, caller: Caller): Reply => {
    if (!domain.deletion || now() >= Date.parse(domain.deletion.redemptionUntil))
      throw new Refusal(2304, 'Not in its redemption period')
    const due = agreed(domain.name, 'restore', 1, fee)
    mustAfford(caller.clientId, due)
    charge(caller.clientId, due)
    const { deletion: _over, ...rest } = domain
    const lapsed = Date.parse(domain.expiresOn) <= now()
    putDomain({
      ...rest,
      ...changedBy(caller),
      expiresOn: lapsed ? yearsLater(domain.expiresOn, rules.minYears) : domain.expiresOn,
    })
    return { code: 1000, data: { type: 'domain:update', fee: money(due) } }
  }

  const purge = (domain: DomainObject) => {
    state.put('domains', domain.name, null)
    for (const host of subordinateHosts(domain.name)) if (!state.linked('host', host)) state.put('hosts', host, null)
  }

  /** Ends a pending create and tells its registrar (RFC 5731 §3.3). */
  const decideCreate = (name: string, approve: boolean, reason: string) => {
    const domain = domainAt(name)
    const { pendingCreate, ...rest } = domain
    if (!pendingCreate) throw new Refusal(2304, 'Not pending')
    const { rules } = under(name)
    const at = instant()
    if (approve) {
      const years = Math.max(1, Math.round((Date.parse(domain.expiresOn) - Date.parse(domain.createdAt)) / (365.25 * 86_400_000)))
      putDomain({
        ...rest,
        expiresOn: yearsLater(at, years),
        grace: grace(domain, 'addPeriod', rules.addGraceMs, pendingCreate.fee, domain.clientId),
      })
    } else {
      charge(domain.clientId, -pendingCreate.fee)
      purge(domain)
    }
    const { clTRID, svTRID } = pendingCreate
    tell(domain.clientId, approve ? 'Pending create approved.' : `Pending create refused: ${reason}`, {
      type: 'pan',
      name,
      done: approve,
      svTRID,
      at,
      ...(clTRID === undefined ? {} : { clTRID }),
    })
  }

  /** Whatever time has brought about since the last look. */
  const advance = () => {
    if (now() < nextDue) return
    for (const domain of [...domains.values()]) {
      if (dueOf(domain) > now()) continue
      charged = undefined
      const happened = (command: string) =>
        note({ by: 'registry', command, object: domain.name, code: 1000, ...(charged === undefined ? {} : { fee: charged }) })
      if (domain.pendingCreate) {
        const refuse = (domain.name.split('.')[0] ?? '').startsWith('refused')
        decideCreate(domain.name, !refuse, 'against the registration policy')
        happened(refuse ? 'create:refused' : 'create:approved')
      } else if (domain.deletion && now() >= Date.parse(domain.deletion.purgeAt)) {
        purge(domain)
        tell(domain.clientId, `Name ${domain.name} deleted.`)
        happened('purge')
      } else if (domain.transfer?.status === 'pending' && now() >= Date.parse(domain.transfer.actionAt)) {
        completeTransfer(domain, 'serverApproved')
        happened('transfer:approved')
      } else if (!domain.deletion) {
        const { rules } = under(domain.name)
        if (rules.autoRenew) {
          const { amount } = priceOf(domain.name, 'renew')
          charge(domain.clientId, amount)
          putDomain({
            ...domain,
            expiresOn: yearsLater(domain.expiresOn, 1),
            grace: grace(domain, 'autoRenewPeriod', rules.autoRenewGraceMs, amount, domain.clientId),
          })
          tell(domain.clientId, `Name ${domain.name} renewed automatically.`)
          happened('auto-renew')
        } else {
          putDomain({
            ...domain,
            grace: [],
            deletion: {
              requestedAt: instant(),
              redemptionUntil: instant(now() + rules.redemptionMs),
              purgeAt: instant(now() + rules.redemptionMs + rules.pendingDeleteMs),
            },
          })
          tell(domain.clientId, `Name ${domain.name} has expired.`)
          happened('expire')
        }
      }
    }
    nextDue = Math.min(Infinity, ...[...domains.values()].map(dueOf))
  }

  // ── contacts, hosts, claims ──

  const checkContact = (fields: ContactFields) => {
    const value = (element: string, text: string) => ({ prefix: 'contact' as const, element, text })
    for (const { type, name, org, address } of fields.postal) {
      if (!name?.trim()) throw new Refusal(2003, 'A name is needed', value('name', ''))
      if (!address) throw new Refusal(2003, 'An address is needed', value('addr', ''))
      if (!address.city.trim()) throw new Refusal(2003, 'A city is needed', value('city', ''))
      if (!/^[A-Z]{2}$/.test(address.cc))
        throw new Refusal(2005, 'Not a country code of two capital letters', value('cc', address.cc))
      if (countries.of(address.cc) === undefined || address.cc === 'ZZ')
        throw new Refusal(2004, 'No such country', value('cc', address.cc))
      const all = [name, org ?? '', ...address.street, address.city, address.sp ?? '', address.pc ?? '']
      const strange = type === 'int' ? all.find((text) => /[^\u0020-\u007e]/.test(text)) : undefined
      if (strange !== undefined)
        throw new Refusal(2005, 'The internationalised form is ASCII (RFC 5733)', value('postalInfo', strange))
    }
    if (fields.email !== undefined && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(fields.email))
      throw new Refusal(2005, 'Not an e-mail address', value('email', fields.email))
    if (!fields.voice) throw new Refusal(2003, 'A telephone number is needed', value('voice', ''))
  }

  const mustOfferHosts = () => {
    if (!offersHosts) throw new Refusal(2307, 'Name servers are attributes of the name here')
  }

  const checkAddresses = (addresses: string[]) => {
    for (const address of addresses) {
      const value = { prefix: 'host' as const, element: 'addr', text: address }
      if (isIP(address) === 0) throw new Refusal(2005, 'Not an IP address', value)
      if (/^(0\.|127\.|224\.|255\.|::1?$|fe80:)/i.test(address))
        throw new Refusal(2306, 'Not an address of the open Internet', value)
    }
  }

  /** A host below a name of this registry belongs to that name's registrar and needs an address; any other host has none. */
  const checkPlace = (name: string, addresses: string[], caller: Caller) => {
    checkAddresses(addresses)
    const tld = tldOf(name)
    if (tld === undefined) {
      if (addresses.length > 0)
        throw new Refusal(2306, 'A host outside this registry has no addresses here', {
          prefix: 'host',
          element: 'addr',
          text: addresses[0] ?? '',
        })
      return
    }
    const above = `${
      name
        .slice(0, -tld.length - 1)
        .split('.')
        .at(-1) ?? ''
    }.${tld}`
    if (above === name) throw new Refusal(2306, 'A host is below a name', { prefix: 'host', element: 'name', text: name })
    const domain = domains.get(above)
    if (!domain) throw new Refusal(2303, 'The name above this host does not exist', nameValue(above))
    mustSponsor(domain, caller)
    mustNotBe(statusesOf(domain), 'pendingCreate', 'pendingDelete')
    if (addresses.length === 0)
      throw new Refusal(2003, 'A host below a name of this registry needs an address', {
        prefix: 'host',
        element: 'addr',
        text: '',
      })
  }

  const putHost = (name: string, addresses: string[], { clientId }: Caller) =>
    state.put('hosts', name, {
      name,
      roid: roid('H'),
      clientId,
      createdBy: clientId,
      createdAt: instant(),
      statuses: [],
      addresses,
    })

  const claimKey = (name: string) => `2013041500/2/6/9/${Buffer.from(name).toString('hex').slice(0, 24)}`

  /** RFC 8334 §3.3.2: in the claims phase the client shows that the holder has seen the notice. Looked at for shape and dates only. */
  const checkClaims = (name: string, launch: Extract<Command, { type: 'domain:create' }>['launch']) => {
    const value = (element: string, text: string) => ({ prefix: 'launch' as const, element, text })
    const [notice] = launch?.notices ?? []
    if (launch?.phase !== 'claims' || !notice)
      throw new Refusal(2003, 'The trademark claims notice must be accepted', nameValue(name))
    if (!/^[0-9a-fA-F]{8,27}$/.test(notice.noticeId))
      throw new Refusal(2005, 'Not a notice identifier', value('noticeID', notice.noticeId))
    if (!(Date.parse(notice.notAfter) > now()))
      throw new Refusal(2306, 'The notice has lapsed', value('notAfter', notice.notAfter))
    if (!(Date.parse(notice.acceptedAt) <= now()))
      throw new Refusal(2306, 'Accepted in the future', value('acceptedDate', notice.acceptedAt))
  }

  // ── a registry on its first day ──

  if (accounts.size === 0) {
    for (const account of house.accounts) state.put('accounts', account.clientId, account)
    const other = { clientId: house.accounts[1].clientId, svTRID: 'seed' }
    for (const [tld, rules] of Object.entries(house.tlds)) {
      for (const own of rules.taken) {
        const name = `${own}.${tld}`
        const createdAt = yearsLater(instant(), -1)
        putDomain({
          name,
          tld,
          roid: roid('D'),
          clientId: other.clientId,
          createdBy: other.clientId,
          createdAt,
          expiresOn: yearsLater(instant(), 2),
          contacts: [],
          nameservers: [],
          statuses: [],
          authInfo: `auth-${own}-${tld}`,
          ds: [],
          grace: [],
        })
      }
    }
    for (const name of house.hosts) putHost(name, [], other)
    note({ by: 'registry', command: 'begin', code: 1000 })
  }

  const objectOf = (command: Command): string | undefined =>
    'name' in command ? command.name : 'id' in command ? command.id : undefined
  const reads = new Set<Command['type']>([
    'domain:check',
    'domain:info',
    'contact:check',
    'contact:info',
    'host:check',
    'host:info',
  ])
  const namesOf = (command: Command): Command => ('name' in command ? { ...command, name: command.name.toLowerCase() } : command)

  return {
    house,
    state,
    offersHosts,
    advance,
    statusesOf,
    rgpOf,
    queueOf,

    /** Carries out one command; what it may have changed is noted. Never throws for what a registrar may get wrong. */
    execute(asked: Command, caller: Caller): Reply {
      advance()
      charged = undefined
      const command = namesOf(asked)
      let reply: Reply
      try {
        reply = (commands[command.type] as (command: Command, caller: Caller) => Reply)(command, caller)
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal
        reply = { code: refusal.code, reason: refusal.reason, ...(refusal.value ? { value: refusal.value } : {}) }
      }
      const reading =
        reads.has(command.type) ||
        (command.type === 'poll' && command.operation === 'req') ||
        (command.type === 'domain:transfer' && command.operation === 'query')
      if (!reading) {
        const object = objectOf(command)
        note({
          by: caller.clientId,
          command:
            command.type === 'domain:transfer'
              ? `domain:transfer:${command.operation}`
              : command.type === 'poll'
                ? 'poll:ack'
                : command.type,
          code: reply.code,
          svTRID: caller.svTRID,
          ...(object === undefined ? {} : { object }),
          ...(caller.clTRID === undefined ? {} : { clTRID: caller.clTRID }),
          ...(reply.reason === undefined ? {} : { reason: reply.reason }),
          ...(charged === undefined ? {} : { fee: charged }),
        })
      }
      return reply
    },

    /** A tester's click: ends a pending create now. */
    decide(name: string, approve: boolean, reason = 'refused by hand') {
      charged = undefined
      decideCreate(name, approve, reason)
      note({
        by: 'tester',
        command: approve ? 'create:approved' : 'create:refused',
        object: name,
        code: 1000,
        ...(charged === undefined ? {} : { fee: charged }),
      })
    },

    /** A tester's click: sets what a registrar has left. */
    setBalance(clientId: string, balance: number) {
      state.put('accounts', clientId, { ...accountOf(clientId), balance })
      note({ by: 'tester', command: 'balance', object: clientId, code: 1000 })
    },
  }
}
