/** EPP's XML (RFC 5730-5733, 3915, 5910, 8334, 8748, 8807) on one side, the registry's commands and replies on the other. */
import type { Element } from '@xmldom/xmldom'
import {
  type AgreedFee,
  type Command,
  type ContactFields,
  type ContactLink,
  type DomainData,
  type DomainLinks,
  type DsRecord,
  type FeeCommand,
  type HostAttribute,
  type MessageData,
  type Period,
  Refusal,
  type Reply,
  type ReplyData,
  resultMessages,
  type TransferData,
  type TransferOperation,
} from './commands'
import type { Money } from '../../workflows/policy/money'
import { schemaError } from './schema'
import { all, child, children, element, line, readXml, token, writeXml, type XmlNode } from './xml'

export const namespaces = {
  '': 'urn:ietf:params:xml:ns:epp-1.0',
  domain: 'urn:ietf:params:xml:ns:domain-1.0',
  contact: 'urn:ietf:params:xml:ns:contact-1.0',
  host: 'urn:ietf:params:xml:ns:host-1.0',
  secDNS: 'urn:ietf:params:xml:ns:secDNS-1.1',
  rgp: 'urn:ietf:params:xml:ns:rgp-1.0',
  launch: 'urn:ietf:params:xml:ns:launch-1.0',
  fee: 'urn:ietf:params:xml:ns:epp:fee-1.0',
  loginSec: 'urn:ietf:params:xml:ns:epp:loginSec-1.0',
}
const { '': epp, domain, contact, host, secDNS, rgp, launch, fee, loginSec } = namespaces
export const extensionUris = [secDNS, rgp, launch, fee, loginSec]

export interface Login {
  clientId: string
  password: string
  newPassword?: string
  version: string
  language: string
  objects: string[]
  extensions: string[]
}

export type Request =
  | { kind: 'hello' }
  | { kind: 'login'; login: Login; clTRID?: string }
  | { kind: 'logout'; clTRID?: string }
  | { kind: 'command'; command: Command; clTRID?: string }

/** A frame that could not be read as a command, with as much of its identity as could be found out. */
export class Unreadable extends Refusal {
  constructor(
    refusal: Refusal,
    readonly clTRID: string | undefined,
  ) {
    super(refusal.code, refusal.reason, refusal.value)
  }
}

// ── reading ──

const text = (parent: Element | undefined, namespace: string, name: string): string | undefined => {
  const found = child(parent, namespace, name)
  return found && token(found)
}
const texts = (parent: Element | undefined, namespace: string, name: string) => all(parent, namespace, name).map(token)
const missing = (name: string) => new Refusal(2003, `${name} is missing`)
const must = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw missing(name)
  return value
}
const lower = (names: string[]) => names.map((name) => name.toLowerCase())

const periodOf = (parent: Element | undefined, namespace = domain): { period?: Period } => {
  const found = child(parent, namespace, 'period')
  return found ? { period: { count: Number(token(found)), unit: found.getAttribute('unit') === 'm' ? 'm' : 'y' } } : {}
}

/** authInfo may have spaces inside: a normalizedString. */
const authInfoOf = (parent: Element | undefined, namespace: string): { authInfo?: string } => {
  const found = child(parent, namespace, 'authInfo')
  if (!found) return {}
  if (child(found, namespace, 'ext')) throw new Refusal(2102, 'authInfo is a password here')
  if (child(found, namespace, 'null')) throw new Refusal(2308, 'authInfo must remain')
  const pw = child(found, namespace, 'pw')
  return pw ? { authInfo: line(pw) } : {}
}

const hostAttributesOf = (ns: Element | undefined): HostAttribute[] =>
  all(ns, domain, 'hostAttr').map((attribute) => ({
    name: must(text(attribute, domain, 'hostName'), 'hostName').toLowerCase(),
    addresses: texts(attribute, domain, 'hostAddr'),
  }))

const contactLinks = (parent: Element | undefined): ContactLink[] =>
  all(parent, domain, 'contact').map((link) => {
    const type = link.getAttribute('type')
    if (type !== 'admin' && type !== 'tech' && type !== 'billing') throw new Refusal(2003, 'A contact needs its type')
    return { type, id: token(link) }
  })

const statusesOf = (parent: Element | undefined, namespace: string) =>
  all(parent, namespace, 'status').map((status) => status.getAttribute('s') ?? '')

const domainLinks = (parent: Element | undefined): DomainLinks => {
  const ns = child(parent, domain, 'ns')
  return {
    nameservers: lower(texts(ns, domain, 'hostObj')),
    hostAttributes: hostAttributesOf(ns),
    contacts: contactLinks(parent),
    statuses: statusesOf(parent, domain),
  }
}

const dsOf = (parent: Element | undefined): DsRecord[] => {
  if (all(parent, secDNS, 'keyData').length > 0) throw new Refusal(2102, 'Only the DS data interface is offered')
  return all(parent, secDNS, 'dsData').map((record) => ({
    keyTag: Number(text(record, secDNS, 'keyTag')),
    algorithm: Number(text(record, secDNS, 'alg')),
    digestType: Number(text(record, secDNS, 'digestType')),
    digest: must(text(record, secDNS, 'digest'), 'digest').toUpperCase(),
  }))
}

const minorUnits = (decimal: string): number => {
  const parts = /^\+?(\d{1,10})(?:\.(\d*?)0*)?$/.exec(decimal)
  if (!parts || (parts[2] ?? '').length > 2)
    throw new Refusal(2005, 'Not an amount with two decimal places', { prefix: 'fee', element: 'fee', text: decimal })
  return Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0'))
}

const agreedFee = (extension: Element | undefined, command: string): { fee?: AgreedFee } => {
  const found = child(extension, fee, command)
  if (!found) return {}
  const currency = text(found, fee, 'currency')
  return {
    fee: {
      amount: texts(found, fee, 'fee')
        .map(minorUnits)
        .reduce((sum, part) => sum + part, 0),
      ...(currency === undefined ? {} : { currency }),
    },
  }
}

const contactFields = (parent: Element | undefined): ContactFields => {
  const voice = text(parent, contact, 'voice')
  const fax = text(parent, contact, 'fax')
  const email = text(parent, contact, 'email')
  return {
    postal: all(parent, contact, 'postalInfo').map((info) => {
      const [name, org, address] = ['name', 'org', 'addr'].map((part) => child(info, contact, part))
      const [city, sp] = ['city', 'sp'].map((part) => child(address, contact, part))
      const pc = text(address, contact, 'pc')
      return {
        type: info.getAttribute('type') === 'int' ? 'int' : 'loc',
        ...(name ? { name: line(name) } : {}),
        ...(org ? { org: line(org) } : {}),
        ...(address
          ? {
              address: {
                street: all(address, contact, 'street').map(line),
                city: city ? line(city) : '',
                ...(sp ? { sp: line(sp) } : {}),
                ...(pc === undefined ? {} : { pc }),
                cc: text(address, contact, 'cc') ?? '',
              },
            }
          : {}),
      }
    }),
    ...(voice === undefined ? {} : { voice }),
    ...(fax === undefined ? {} : { fax }),
    ...(email === undefined ? {} : { email }),
    ...authInfoOf(parent, contact),
  }
}

const domainCommand = (verb: string, object: Element, extension: Element | undefined, operation: string | null): Command => {
  const name = () => must(text(object, domain, 'name'), 'name').toLowerCase()
  switch (verb) {
    case 'check': {
      const fees = child(extension, fee, 'check')
      const currency = text(fees, fee, 'currency')
      const launchCheck = child(extension, launch, 'check')
      const form = launchCheck?.getAttribute('type') ?? 'claims'
      if (launchCheck && form === 'trademark') throw new Refusal(2102, 'No trademark form')
      return {
        type: 'domain:check',
        names: texts(object, domain, 'name'),
        ...(fees
          ? {
              fees: {
                ...(currency === undefined ? {} : { currency }),
                commands: all(fees, fee, 'command').map((command) => {
                  const asked = command.getAttribute('name') ?? ''
                  if (!['create', 'renew', 'transfer', 'restore'].includes(asked)) throw new Refusal(2102, `No fees of ${asked}`)
                  const { period } = periodOf(command, fee)
                  return { name: asked as FeeCommand, ...(period ? { years: period.count } : {}) }
                }),
              },
            }
          : {}),
        ...(launchCheck && form === 'claims' ? { claims: true } : {}),
      }
    }
    case 'info':
      return { type: 'domain:info', name: name(), ...authInfoOf(object, domain) }
    case 'create': {
      const ns = child(object, domain, 'ns')
      const registrant = text(object, domain, 'registrant')
      const launchCreate = child(extension, launch, 'create')
      return {
        type: 'domain:create',
        name: name(),
        ...periodOf(object),
        nameservers: lower(texts(ns, domain, 'hostObj')),
        hostAttributes: hostAttributesOf(ns),
        ...(registrant === undefined ? {} : { registrant }),
        contacts: contactLinks(object),
        authInfo: must(authInfoOf(object, domain).authInfo, 'authInfo'),
        ds: dsOf(child(extension, secDNS, 'create')),
        ...agreedFee(extension, 'create'),
        ...(launchCreate
          ? {
              launch: {
                phase: text(launchCreate, launch, 'phase') ?? '',
                notices: all(launchCreate, launch, 'notice').map((notice) => ({
                  noticeId: text(notice, launch, 'noticeID') ?? '',
                  notAfter: text(notice, launch, 'notAfter') ?? '',
                  acceptedAt: text(notice, launch, 'acceptedDate') ?? '',
                })),
              },
            }
          : {}),
      }
    }
    case 'delete':
      return { type: 'domain:delete', name: name() }
    case 'renew':
      return {
        type: 'domain:renew',
        name: name(),
        currentExpiry: must(text(object, domain, 'curExpDate'), 'curExpDate').slice(0, 10),
        ...periodOf(object),
        ...agreedFee(extension, 'renew'),
      }
    case 'transfer':
      return {
        type: 'domain:transfer',
        operation: operation as TransferOperation,
        name: name(),
        ...periodOf(object),
        ...authInfoOf(object, domain),
        ...agreedFee(extension, 'transfer'),
      }
    case 'update': {
      const change = child(object, domain, 'chg')
      const registrant = text(change, domain, 'registrant')
      const sec = child(extension, secDNS, 'update')
      const remove = child(sec, secDNS, 'rem')
      const restore = child(child(extension, rgp, 'update'), rgp, 'restore')
      if (restore && restore.getAttribute('op') !== 'request') throw new Refusal(2102, 'A restore needs no report here')
      if (child(sec, secDNS, 'chg')) throw new Refusal(2102, 'maxSigLife is not kept')
      return {
        type: 'domain:update',
        name: name(),
        add: domainLinks(child(object, domain, 'add')),
        remove: domainLinks(child(object, domain, 'rem')),
        ...(registrant === undefined ? {} : { registrant }),
        ...authInfoOf(change, domain),
        addDs: dsOf(child(sec, secDNS, 'add')),
        removeDs: dsOf(remove),
        ...(['true', '1'].includes(text(remove, secDNS, 'all') ?? '') ? { removeAllDs: true } : {}),
        ...(restore ? { restore: true } : {}),
        ...agreedFee(extension, 'update'),
      }
    }
    default:
      throw new Refusal(2101, `No ${verb} of names`)
  }
}

const contactCommand = (verb: string, object: Element): Command => {
  const id = () => must(text(object, contact, 'id'), 'id')
  switch (verb) {
    case 'check':
      return { type: 'contact:check', ids: texts(object, contact, 'id') }
    case 'info':
      return { type: 'contact:info', id: id(), ...authInfoOf(object, contact) }
    case 'create':
      return { type: 'contact:create', id: id(), fields: contactFields(object) }
    case 'delete':
      return { type: 'contact:delete', id: id() }
    case 'transfer':
      return { type: 'contact:transfer', id: id() }
    case 'update':
      return {
        type: 'contact:update',
        id: id(),
        addStatuses: statusesOf(child(object, contact, 'add'), contact),
        removeStatuses: statusesOf(child(object, contact, 'rem'), contact),
        change: contactFields(child(object, contact, 'chg')),
      }
    default:
      throw new Refusal(2101, `No ${verb} of contacts`)
  }
}

const hostCommand = (verb: string, object: Element): Command => {
  const name = () => must(text(object, host, 'name'), 'name').toLowerCase()
  switch (verb) {
    case 'check':
      return { type: 'host:check', names: lower(texts(object, host, 'name')) }
    case 'info':
      return { type: 'host:info', name: name() }
    case 'create':
      return { type: 'host:create', name: name(), addresses: texts(object, host, 'addr') }
    case 'delete':
      return { type: 'host:delete', name: name() }
    case 'update': {
      const [add, remove, change] = ['add', 'rem', 'chg'].map((part) => child(object, host, part))
      const newName = text(change, host, 'name')
      return {
        type: 'host:update',
        name: name(),
        addAddresses: texts(add, host, 'addr'),
        removeAddresses: texts(remove, host, 'addr'),
        addStatuses: statusesOf(add, host),
        removeStatuses: statusesOf(remove, host),
        ...(newName === undefined ? {} : { newName: newName.toLowerCase() }),
      }
    }
    default:
      throw new Refusal(2101, `No ${verb} of hosts`)
  }
}

const readLogin = (login: Element, extension: Element | undefined): Login => {
  const services = child(login, epp, 'svcs')
  const options = child(login, epp, 'options')
  const security = child(extension, loginSec, 'loginSec')
  const secret = (name: string) => {
    const plain = text(login, epp, name)
    return plain === '[LOGIN-SECURITY]' ? (text(security, loginSec, name) ?? plain) : plain
  }
  const newPassword = secret('newPW')
  return {
    clientId: text(login, epp, 'clID') ?? '',
    password: secret('pw') ?? '',
    ...(newPassword === undefined ? {} : { newPassword }),
    version: text(options, epp, 'version') ?? '',
    language: text(options, epp, 'lang') ?? '',
    objects: texts(services, epp, 'objURI'),
    extensions: texts(child(services, epp, 'svcExtension'), epp, 'extURI'),
  }
}

/** One frame from a registrar. Throws Unreadable for whatever is not a command that this registry knows. */
export const readRequest = (bytes: Uint8Array): Request => {
  let clTRID: string | undefined
  try {
    const root = readXml(bytes)
    if (root.namespaceURI !== epp || root.localName !== 'epp') throw new Refusal(2001, 'Not an EPP frame')
    if (child(root, epp, 'hello')) return { kind: 'hello' }
    const command = child(root, epp, 'command')
    if (!command) throw new Refusal(2000, 'Neither a command nor a hello')
    const told = text(command, epp, 'clTRID')
    if (told !== undefined && told.length >= 3 && told.length <= 64) clTRID = told

    const extension = child(command, epp, 'extension')
    for (const part of extension ? children(extension) : []) {
      if (!extensionUris.includes(part.namespaceURI ?? '')) throw new Refusal(2103, `No extension ${part.namespaceURI ?? ''}`)
    }
    const [verb] = children(command)
    if (!verb) throw new Refusal(2000, 'An empty command')
    const [object] = children(verb)
    if (
      object &&
      !['login', 'logout', 'poll'].includes(verb.localName ?? '') &&
      ![domain, contact, host].includes(object.namespaceURI ?? '')
    ) {
      throw new Refusal(2307, `No objects ${object.namespaceURI ?? ''}`)
    }
    const wrong = schemaError(bytes)
    if (wrong !== undefined) throw new Refusal(2001, wrong)

    const own = clTRID === undefined ? {} : { clTRID }
    const name = verb.localName ?? ''
    if (name === 'login') return { kind: 'login', login: readLogin(verb, extension), ...own }
    if (name === 'logout') return { kind: 'logout', ...own }
    if (name === 'poll') {
      if (verb.getAttribute('op') === 'req') return { kind: 'command', command: { type: 'poll', operation: 'req' }, ...own }
      const id = verb.getAttribute('msgID')
      if (!id) throw missing('msgID')
      return { kind: 'command', command: { type: 'poll', operation: 'ack', id }, ...own }
    }
    if (!object) throw new Refusal(2000, 'Unknown command')
    const read =
      object.namespaceURI === domain
        ? domainCommand(name, object, extension, verb.getAttribute('op'))
        : object.namespaceURI === contact
          ? contactCommand(name, object)
          : hostCommand(name, object)
    return { kind: 'command', command: read, ...own }
  } catch (refusal) {
    if (refusal instanceof Refusal) throw new Unreadable(refusal, clTRID)
    throw refusal
  }
}

// ── writing ──

const one = (name: string, value: string | undefined): XmlNode | undefined =>
  value === undefined ? undefined : element(name, {}, value)
const decimal = ({ amount }: Money) => (amount / 100).toFixed(2)

const greetingMenu = (hosts: boolean): XmlNode =>
  element('svcMenu', {}, [
    element('version', {}, '1.0'),
    element('lang', {}, 'en'),
    element('objURI', {}, domain),
    element('objURI', {}, contact),
    ...(hosts ? [element('objURI', {}, host)] : []),
    element(
      'svcExtension',
      {},
      extensionUris.map((uri) => element('extURI', {}, uri)),
    ),
  ])

export const writeGreeting = (svId: string, at: string, hosts: boolean): string =>
  writeXml(
    element('epp', {}, [
      element('greeting', {}, [
        element('svID', {}, svId),
        element('svDate', {}, at),
        greetingMenu(hosts),
        element('dcp', {}, [
          element('access', {}, [element('all')]),
          element('statement', {}, [
            element('purpose', {}, [element('admin'), element('prov')]),
            element('recipient', {}, [element('ours'), element('public')]),
            element('retention', {}, [element('stated')]),
          ]),
        ]),
      ]),
    ]),
    namespaces,
  )

const transferNode = (transfer: TransferData): XmlNode =>
  element('domain:trnData', {}, [
    element('domain:name', {}, transfer.name),
    element('domain:trStatus', {}, transfer.status),
    element('domain:reID', {}, transfer.requestedBy),
    element('domain:reDate', {}, transfer.requestedAt),
    element('domain:acID', {}, transfer.actBy),
    element('domain:acDate', {}, transfer.actionAt),
    one('domain:exDate', transfer.expiresOn),
  ])

const messageNode = (data: MessageData): XmlNode =>
  data.type === 'trn'
    ? transferNode(data.transfer)
    : element('domain:panData', {}, [
        element('domain:name', { paResult: data.done ? '1' : '0' }, data.name),
        element('domain:paTRID', {}, [one('clTRID', data.clTRID), element('svTRID', {}, data.svTRID)]),
        element('domain:paDate', {}, data.at),
      ])

const addressNode = (name: string) => (address: string) => element(name, { ip: address.includes(':') ? 'v6' : 'v4' }, address)

const nameserverNode = ({ nameservers, hostAttributes = [] }: { nameservers: string[]; hostAttributes?: HostAttribute[] }) =>
  nameservers.length + hostAttributes.length === 0
    ? undefined
    : element('domain:ns', {}, [
        ...nameservers.map((name) => element('domain:hostObj', {}, name)),
        ...hostAttributes.map(({ name, addresses }) =>
          element('domain:hostAttr', {}, [
            element('domain:hostName', {}, name),
            ...addresses.map(addressNode('domain:hostAddr')),
          ]),
        ),
      ])

const domainNode = ({ full, ...shown }: DomainData): XmlNode =>
  element('domain:infData', {}, [
    element('domain:name', {}, shown.name),
    element('domain:roid', {}, shown.roid),
    ...shown.statuses.map((s) => element('domain:status', { s })),
    one('domain:registrant', full?.registrant),
    ...(full?.contacts ?? []).map(({ type, id }) => element('domain:contact', { type }, id)),
    full && nameserverNode(full),
    ...(full?.subordinateHosts ?? []).map((name) => element('domain:host', {}, name)),
    element('domain:clID', {}, shown.clientId),
    one('domain:crID', full?.createdBy),
    element('domain:crDate', {}, shown.createdAt),
    one('domain:upID', full?.updatedBy),
    one('domain:upDate', full?.updatedAt),
    one('domain:exDate', shown.expiresOn),
    one('domain:trDate', full?.transferredAt),
    full?.authInfo === undefined ? undefined : element('domain:authInfo', {}, [element('domain:pw', {}, full.authInfo)]),
  ])

const contactNode = ({ fields, ...shown }: Extract<ReplyData, { type: 'contact:info' }>['contact']): XmlNode =>
  element('contact:infData', {}, [
    element('contact:id', {}, shown.id),
    element('contact:roid', {}, shown.roid),
    ...shown.statuses.map((s) => element('contact:status', { s })),
    ...fields.postal.map(({ type, name, org, address }) =>
      element('contact:postalInfo', { type }, [
        element('contact:name', {}, name ?? ''),
        one('contact:org', org),
        address &&
          element('contact:addr', {}, [
            ...address.street.map((street) => element('contact:street', {}, street)),
            element('contact:city', {}, address.city),
            one('contact:sp', address.sp),
            one('contact:pc', address.pc),
            element('contact:cc', {}, address.cc),
          ]),
      ]),
    ),
    one('contact:voice', fields.voice),
    one('contact:fax', fields.fax),
    element('contact:email', {}, fields.email ?? ''),
    element('contact:clID', {}, shown.clientId),
    element('contact:crID', {}, shown.createdBy),
    element('contact:crDate', {}, shown.createdAt),
    one('contact:upID', shown.updatedBy),
    one('contact:upDate', shown.updatedAt),
    fields.authInfo === undefined ? undefined : element('contact:authInfo', {}, [element('contact:pw', {}, fields.authInfo)]),
  ])

const feeResult = (
  name: string,
  { fee, credit, balance }: { fee?: Money; credit?: Money; balance?: Money },
): XmlNode | undefined =>
  fee || credit
    ? element(name, {}, [
        element('fee:currency', {}, (fee ?? credit)?.currency),
        fee && element('fee:fee', {}, decimal(fee)),
        credit && element('fee:credit', {}, decimal(credit)),
        balance && element('fee:balance', {}, decimal(balance)),
      ])
    : undefined

/** The reply's own data and, of the extensions, those that the client has asked for at login. */
const dataNodes = (data: ReplyData, has: (uri: string) => boolean): { own?: XmlNode; extensions: (XmlNode | undefined)[] } => {
  switch (data.type) {
    case 'domain:check':
      return {
        own: element(
          'domain:chkData',
          {},
          data.names.map(({ name, available, reason }) =>
            element('domain:cd', {}, [
              element('domain:name', { avail: available ? '1' : '0' }, name),
              one('domain:reason', reason),
            ]),
          ),
        ),
        extensions: [
          data.withFees && has(fee)
            ? element('fee:chkData', {}, [
                element('fee:currency', {}, data.currency),
                ...data.names.map(({ name, feeClass, standard, fees }) =>
                  element('fee:cd', { avail: fees ? '1' : '0' }, [
                    element('fee:objID', {}, name),
                    one('fee:class', feeClass),
                    ...(fees ?? []).map(({ command, years, amount, reason }) =>
                      element('fee:command', { name: command, standard: standard ? '1' : undefined }, [
                        years === undefined ? undefined : element('fee:period', { unit: 'y' }, String(years)),
                        amount === undefined ? undefined : element('fee:fee', {}, decimal({ amount, currency: data.currency })),
                        one('fee:reason', reason),
                      ]),
                    ),
                    fees ? undefined : element('fee:reason', {}, 'No fees for that name'),
                  ]),
                ),
              ])
            : undefined,
          data.withClaims && has(launch)
            ? element('launch:chkData', {}, [
                element('launch:phase', {}, 'claims'),
                ...data.names.map(({ name, claimKey }) =>
                  element('launch:cd', {}, [
                    element('launch:name', { exists: claimKey === undefined ? '0' : '1' }, name),
                    claimKey === undefined ? undefined : element('launch:claimKey', { validatorID: 'tmch' }, claimKey),
                  ]),
                ),
              ])
            : undefined,
        ],
      }
    case 'domain:info': {
      const { rgpStatuses, ds } = data.domain
      return {
        own: domainNode(data.domain),
        extensions: [
          rgpStatuses.length > 0 && has(rgp)
            ? element(
                'rgp:infData',
                {},
                rgpStatuses.map((s) => element('rgp:rgpStatus', { s })),
              )
            : undefined,
          ds.length > 0 && has(secDNS)
            ? element(
                'secDNS:infData',
                {},
                ds.map((record) =>
                  element('secDNS:dsData', {}, [
                    element('secDNS:keyTag', {}, String(record.keyTag)),
                    element('secDNS:alg', {}, String(record.algorithm)),
                    element('secDNS:digestType', {}, String(record.digestType)),
                    element('secDNS:digest', {}, record.digest),
                  ]),
                ),
              )
            : undefined,
        ],
      }
    }
    case 'domain:create':
      return {
        own: element('domain:creData', {}, [
          element('domain:name', {}, data.name),
          element('domain:crDate', {}, data.createdAt),
          one('domain:exDate', data.expiresOn),
        ]),
        extensions: [has(fee) ? feeResult('fee:creData', data) : undefined],
      }
    case 'domain:renew':
      return {
        own: element('domain:renData', {}, [element('domain:name', {}, data.name), element('domain:exDate', {}, data.expiresOn)]),
        extensions: [has(fee) ? feeResult('fee:renData', data) : undefined],
      }
    case 'domain:transfer':
      return { own: transferNode(data.transfer), extensions: [has(fee) ? feeResult('fee:trnData', data) : undefined] }
    case 'domain:update':
      return { extensions: [has(fee) ? feeResult('fee:updData', data) : undefined] }
    case 'domain:delete':
      return { extensions: [has(fee) ? feeResult('fee:delData', data) : undefined] }
    case 'contact:check':
    case 'host:check': {
      const [prefix, key] = data.type === 'contact:check' ? ['contact', 'id'] : ['host', 'name']
      return {
        own: element(
          `${prefix}:chkData`,
          {},
          data.items.map(({ id, available, reason }) =>
            element(`${prefix}:cd`, {}, [
              element(`${prefix}:${key}`, { avail: available ? '1' : '0' }, id),
              one(`${prefix}:reason`, reason),
            ]),
          ),
        ),
        extensions: [],
      }
    }
    case 'contact:info':
      return { own: contactNode(data.contact), extensions: [] }
    case 'contact:create':
      return {
        own: element('contact:creData', {}, [element('contact:id', {}, data.id), element('contact:crDate', {}, data.createdAt)]),
        extensions: [],
      }
    case 'host:info':
      return {
        own: element('host:infData', {}, [
          element('host:name', {}, data.host.name),
          element('host:roid', {}, data.host.roid),
          ...data.host.statuses.map((s) => element('host:status', { s })),
          ...data.host.addresses.map(addressNode('host:addr')),
          element('host:clID', {}, data.host.clientId),
          element('host:crID', {}, data.host.createdBy),
          element('host:crDate', {}, data.host.createdAt),
          one('host:upID', data.host.updatedBy),
          one('host:upDate', data.host.updatedAt),
        ]),
        extensions: [],
      }
    case 'host:create':
      return {
        own: element('host:creData', {}, [element('host:name', {}, data.name), element('host:crDate', {}, data.createdAt)]),
        extensions: [],
      }
  }
}

export interface ReplyContext {
  clTRID: string | undefined
  svTRID: string
  /** extension namespaces that the client asked for at login */
  extensions: string[]
}

export const writeReply = (reply: Reply, { clTRID, svTRID, extensions }: ReplyContext): string => {
  const { own, extensions: extended } = reply.data
    ? dataNodes(reply.data, (uri) => extensions.includes(uri))
    : { own: undefined, extensions: [] }
  const message = reply.queue?.data ? messageNode(reply.queue.data) : undefined
  const present = extended.filter((node) => node !== undefined)
  const { value, reason, queue } = reply
  return writeXml(
    element('epp', {}, [
      element('response', {}, [
        element('result', { code: String(reply.code) }, [
          element('msg', {}, resultMessages[reply.code] ?? 'Command failed'),
          reason === undefined
            ? undefined
            : element('extValue', {}, [
                element('value', {}, [
                  value && value.prefix !== 'epp'
                    ? element(`${value.prefix}:${value.element}`, {}, value.text)
                    : element(value?.element ?? 'undef', {}, value?.text ?? ''),
                ]),
                element('reason', {}, reason),
              ]),
        ]),
        queue && element('msgQ', { count: String(queue.count), id: queue.id }, [one('qDate', queue.at), one('msg', queue.text)]),
        own || message ? element('resData', {}, [own ?? message]) : undefined,
        present.length > 0 ? element('extension', {}, present) : undefined,
        element('trID', {}, [one('clTRID', clTRID), element('svTRID', {}, svTRID)]),
      ]),
    ]),
    namespaces,
  )
}
