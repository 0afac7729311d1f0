/**
 * The frames of EPP, built and read: RFC 5730-5733, and secDNS-1.1 (5910), rgp-1.0 (3915), launch-1.0 (8334), fee-1.0 (8748),
 * loginSec-1.0 (8807). Nothing here knows of connections; everything that is built is valid against the schemas or refused first.
 */
import { createHash } from 'node:crypto'
import type { Element } from '@xmldom/xmldom'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { toASCII } from 'tr46'
import { refused } from '../../failures'
import type {
  Availability,
  ContactData,
  DsRecord,
  HeldName,
  PollMessage,
  RegisterCommand,
  TransferOperation,
  TransferState,
  UpdateNameCommand,
} from '../../world'
import { all, BadXml, child, children, line, node, readXml, token, writeXml, type XmlNode } from './xml'

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
const { '': epp, domain, contact, host, secDNS, rgp, fee, loginSec } = namespaces

export type Extension = 'secDNS' | 'rgp' | 'launch' | 'fee' | 'loginSec'

/** What both sides can do, known after the greeting. */
export interface Negotiated {
  objects: string[]
  extensions: Set<Extension>
}

// ── values ──

/** The clTRID of an idempotency key: the key itself where it is a token of 3 to 64 characters, else its SHA-256 in hexadecimal. */
export const clTRIDOf = (key: string): string =>
  /^[\x21-\x7e]{3,64}$/.test(key) ? key : createHash('sha256').update(key).digest('hex')

/** A name as it travels: lower-case A-labels (RFC 5891). Anything that is no name is refused before it is sent. */
export const aLabel = (name: string): string => {
  // longer than any name: conversion takes quadratic time
  const ascii =
    name.length <= 255 &&
    toASCII(name, {
      useSTD3ASCIIRules: true,
      verifyDNSLength: true,
      checkHyphens: false,
      transitionalProcessing: false,
    })
  if (!ascii || !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(ascii)) {
    throw refused('registry-refused', 'This is not a domain name', { field: 'name' })
  }
  return ascii
}

/** One line of a contact: text that XML can carry, white space single, and short enough for RFC 5733. */
const fitting = (field: string, value: string, most: number, least = 1): string => {
  const text = value.replace(/[\t\r\n\u0085\u2028\u2029]+/g, ' ').trim()
  if (/[\u0000-\u001f\ufffe\uffff]/.test(text) || /\p{Surrogate}/u.test(text))
    throw refused('contact-refused', `${field} holds characters that no registry takes`, { field })
  const length = [...text].length
  if (length > most) throw refused('contact-refused', `${field} is longer than ${most} characters`, { field })
  if (length < least) throw refused('contact-refused', `${field} is missing`, { field })
  return text
}

/** E.164 as people's computers write it (+4930123456) in EPP's form with a dot (RFC 5733 §2.5). */
const eppPhone = (phone: string): string => {
  if (/^\+[0-9]{1,3}\.[0-9]{1,14}$/.test(phone)) return phone
  const parsed = parsePhoneNumberFromString(phone)
  if (!parsed) throw refused('contact-refused', 'phone is not an international number', { field: 'phone' })
  return `+${parsed.countryCallingCode}.${parsed.nationalNumber}`
}

const handleOf = (handle: string): string => {
  if (!/^\S{3,16}$/.test(handle)) throw refused('contact-refused', 'A contact handle has 3 to 16 characters', { field: 'handle' })
  return handle
}

const secretOf = (authInfo: string): string => {
  if (authInfo === '' || /[^\x20-\x7e]/.test(authInfo))
    throw refused('registry-refused', 'The authorisation code holds characters that no registry takes', { field: 'authInfo' })
  return authInfo
}

const digitsOf = (currency: string) =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

const decimalOf = ({ amount, currency }: { amount: number; currency: string }): string => {
  const digits = digitsOf(currency)
  const whole = String(amount).padStart(digits + 1, '0')
  return digits === 0 ? whole : `${whole.slice(0, -digits)}.${whole.slice(-digits)}`
}

/** undefined: not an amount of whole minor units. */
const minorUnits = (decimal: string, currency: string): number | undefined => {
  const digits = digitsOf(currency)
  const parts = /^\+?(\d{1,12})(?:\.(\d*?)0*)?$/.exec(decimal)
  if (!parts || (parts[2] ?? '').length > digits) return undefined
  return Number(`${parts[1]}${(parts[2] ?? '').padEnd(digits, '0')}`)
}

// ── building ──

const frame = (content: XmlNode[]) => writeXml(node('epp', content), namespaces)

const command = (verb: XmlNode, clTRID: string, extensions: (XmlNode | undefined)[] = []): string => {
  const present = extensions.filter((extension) => extension !== undefined)
  return frame([node('command', [verb, present.length > 0 ? node('extension', present) : undefined, node('clTRID', clTRID)])])
}

const some = (name: string, value: string | undefined): XmlNode | undefined =>
  value === undefined ? undefined : node(name, value)
const authInfo = (prefix: 'domain' | 'contact', value: string) =>
  node(`${prefix}:authInfo`, [node(`${prefix}:pw`, secretOf(value))])
const years = (count: number) => node('domain:period', String(count), { unit: 'y' })
const address = (name: string) => (value: string) => node(name, value, { ip: value.includes(':') ? 'v6' : 'v4' })
const dsNode = ({ keyTag, algorithm, digestType, digest }: DsRecord) =>
  node('secDNS:dsData', [
    node('secDNS:keyTag', String(keyTag)),
    node('secDNS:alg', String(algorithm)),
    node('secDNS:digestType', String(digestType)),
    node('secDNS:digest', digest),
  ])

const nameservers = (names: string[], { objects }: Negotiated): XmlNode | undefined =>
  names.length === 0
    ? undefined
    : node(
        'domain:ns',
        names.map((name) =>
          objects.includes(host)
            ? node('domain:hostObj', aLabel(name))
            : node('domain:hostAttr', [node('domain:hostName', aLabel(name))]),
        ),
      )

const need = (extension: Extension, { extensions }: Negotiated, what: string) => {
  if (!extensions.has(extension)) throw refused('registry-refused', `This registry has no ${what}`, { field: what })
}

const postalLines = (data: ContactData) => {
  // three lines are all that RFC 5733 has
  const [first, second, ...rest] = data.street.split(/\r\n|\r|\n/).filter((street) => street.trim() !== '')
  return [first ?? '', second, rest.length > 0 ? rest.join(', ') : undefined].filter((street) => street !== undefined)
}

const contactFields = (data: ContactData, type: 'loc' | 'int') => [
  node(
    'contact:postalInfo',
    [
      node('contact:name', fitting('name', data.name, 255)),
      data.organisation ? node('contact:org', fitting('organisation', data.organisation, 255)) : undefined,
      node('contact:addr', [
        ...postalLines(data).map((street) => node('contact:street', fitting('street', street, 255))),
        node('contact:city', fitting('city', data.city, 255)),
        node('contact:pc', fitting('postcode', data.postcode, 16, 0).replace(/ +/g, ' ')),
        node('contact:cc', fitting('country', data.country, 2, 2)),
      ]),
    ],
    { type },
  ),
  node('contact:voice', eppPhone(data.phone)),
  node('contact:email', fitting('email', data.email, 320).replace(/ +/g, ' ')),
]

export const build = {
  hello: () => frame([node('hello')]),

  login: (
    clTRID: string,
    { clientId, password }: { clientId: string; password: string },
    { objects, extensions }: Negotiated,
  ) => {
    // a password that RFC 5730's 16 characters don't hold goes by RFC 8807
    const long = password.length > 16
    return command(
      node('login', [
        node('clID', clientId),
        node('pw', long ? '[LOGIN-SECURITY]' : password),
        node('options', [node('version', '1.0'), node('lang', 'en')]),
        node('svcs', [
          ...objects.map((uri) => node('objURI', uri)),
          extensions.size > 0
            ? node(
                'svcExtension',
                [...extensions].map((name) => node('extURI', namespaces[name])),
              )
            : undefined,
        ]),
      ]),
      clTRID,
      [long ? node('loginSec:loginSec', [node('loginSec:pw', password)]) : undefined],
    )
  },

  logout: (clTRID: string) => command(node('logout'), clTRID),

  checkNames: (clTRID: string, names: string[], period: number, { extensions }: Negotiated) =>
    command(
      node('check', [
        node(
          'domain:check',
          names.map((name) => node('domain:name', aLabel(name))),
        ),
      ]),
      clTRID,
      [
        extensions.has('fee')
          ? node('fee:check', [node('fee:command', [node('fee:period', String(period), { unit: 'y' })], { name: 'create' })])
          : undefined,
      ],
    ),

  infoName: (clTRID: string, name: string) =>
    command(node('info', [node('domain:info', [node('domain:name', aLabel(name))])]), clTRID),

  createName: (clTRID: string, order: RegisterCommand, negotiated: Negotiated) => {
    if (order.fee) need('fee', negotiated, 'fees')
    const { claimsNoticeId, claimsNotAfter, claimsAcceptedAt } = order.extra ?? {}
    if (claimsNoticeId) need('launch', negotiated, 'claims')
    return command(
      node('create', [
        node('domain:create', [
          node('domain:name', aLabel(order.name)),
          years(order.years),
          nameservers(order.nameservers, negotiated),
          node('domain:registrant', handleOf(order.registrant)),
          ...(order.admin ? [node('domain:contact', handleOf(order.admin), { type: 'admin' })] : []),
          ...(order.tech ? [node('domain:contact', handleOf(order.tech), { type: 'tech' })] : []),
          authInfo('domain', order.authInfo),
        ]),
      ]),
      clTRID,
      [
        claimsNoticeId
          ? node('launch:create', [
              node('launch:phase', 'claims'),
              node('launch:notice', [
                node('launch:noticeID', claimsNoticeId),
                node('launch:notAfter', new Date(claimsNotAfter ?? '').toISOString()),
                node('launch:acceptedDate', new Date(claimsAcceptedAt ?? '').toISOString()),
              ]),
            ])
          : undefined,
        order.fee
          ? node('fee:create', [node('fee:currency', order.fee.currency), node('fee:fee', decimalOf(order.fee))])
          : undefined,
      ],
    )
  },

  deleteName: (clTRID: string, name: string) =>
    command(node('delete', [node('domain:delete', [node('domain:name', aLabel(name))])]), clTRID),

  renewName: (clTRID: string, name: string, currentExpiry: string, count: number) =>
    command(
      node('renew', [
        node('domain:renew', [
          node('domain:name', aLabel(name)),
          node('domain:curExpDate', currentExpiry.slice(0, 10)),
          years(count),
        ]),
      ]),
      clTRID,
    ),

  transferName: (
    clTRID: string,
    operation: TransferOperation,
    name: string,
    secret: string | undefined,
    count: number | undefined,
  ) =>
    command(
      node(
        'transfer',
        [
          node('domain:transfer', [
            node('domain:name', aLabel(name)),
            count === undefined ? undefined : years(count),
            secret === undefined ? undefined : authInfo('domain', secret),
          ]),
        ],
        { op: operation },
      ),
      clTRID,
    ),

  updateName: (clTRID: string, order: UpdateNameCommand, negotiated: Negotiated) => {
    const { addDs = [], removeDs = [] } = order
    if (addDs.length + removeDs.length > 0) need('secDNS', negotiated, 'DNSSEC')
    if (order.restore) need('rgp', negotiated, 'restore')
    const part = (name: string, servers: string[] = [], statuses: string[] = []) =>
      servers.length + statuses.length === 0
        ? undefined
        : node(name, [nameservers(servers, negotiated), ...statuses.map((s) => node('domain:status', [], { s }))])
    const changes = order.registrant !== undefined || order.authInfo !== undefined || order.restore === true
    return command(
      node('update', [
        node('domain:update', [
          node('domain:name', aLabel(order.name)),
          part('domain:add', order.addNameservers, order.addStatuses),
          part('domain:rem', order.removeNameservers, order.removeStatuses),
          changes
            ? node('domain:chg', [
                some('domain:registrant', order.registrant === undefined ? undefined : handleOf(order.registrant)),
                order.authInfo === undefined ? undefined : authInfo('domain', order.authInfo),
              ])
            : undefined,
        ]),
      ]),
      clTRID,
      [
        addDs.length + removeDs.length > 0
          ? node('secDNS:update', [
              removeDs.length > 0 ? node('secDNS:rem', removeDs.map(dsNode)) : undefined,
              addDs.length > 0 ? node('secDNS:add', addDs.map(dsNode)) : undefined,
            ])
          : undefined,
        order.restore ? node('rgp:update', [node('rgp:restore', [], { op: 'request' })]) : undefined,
      ],
    )
  },

  infoContact: (clTRID: string, handle: string) =>
    command(node('info', [node('contact:info', [node('contact:id', handleOf(handle))])]), clTRID),

  createContact: (clTRID: string, handle: string, data: ContactData, secret: string, type: 'loc' | 'int') =>
    command(
      node('create', [
        node('contact:create', [node('contact:id', handleOf(handle)), ...contactFields(data, type), authInfo('contact', secret)]),
      ]),
      clTRID,
    ),

  updateContact: (clTRID: string, handle: string, data: ContactData, type: 'loc' | 'int') =>
    command(
      node('update', [
        node('contact:update', [node('contact:id', handleOf(handle)), node('contact:chg', contactFields(data, type))]),
      ]),
      clTRID,
    ),

  deleteContact: (clTRID: string, handle: string) =>
    command(node('delete', [node('contact:delete', [node('contact:id', handleOf(handle))])]), clTRID),

  infoHost: (clTRID: string, name: string) =>
    command(node('info', [node('host:info', [node('host:name', aLabel(name))])]), clTRID),

  createHost: (clTRID: string, name: string, addresses: string[]) =>
    command(
      node('create', [node('host:create', [node('host:name', aLabel(name)), ...addresses.map(address('host:addr'))])]),
      clTRID,
    ),

  updateHost: (clTRID: string, name: string, add: string[], remove: string[], newName: string | undefined) =>
    command(
      node('update', [
        node('host:update', [
          node('host:name', aLabel(name)),
          add.length > 0 ? node('host:add', add.map(address('host:addr'))) : undefined,
          remove.length > 0 ? node('host:rem', remove.map(address('host:addr'))) : undefined,
          newName === undefined ? undefined : node('host:chg', [node('host:name', aLabel(newName))]),
        ]),
      ]),
      clTRID,
    ),

  deleteHost: (clTRID: string, name: string) =>
    command(node('delete', [node('host:delete', [node('host:name', aLabel(name))])]), clTRID),

  poll: (clTRID: string) => command(node('poll', [], { op: 'req' }), clTRID),
  ack: (clTRID: string, id: string) => command(node('poll', [], { op: 'ack', msgID: id }), clTRID),
}

// ── reading ──

export interface Greeting {
  serverId: string
  objects: string[]
  extensions: string[]
}

export interface EppReply {
  code: number
  /** RFC 5730's words for the code, in the registry's wording */
  message: string
  reasons: { reason?: string; element?: string; text?: string }[]
  queue?: { id: string; count: number; at?: string; text?: string }
  data: Element[]
  extensions: Element[]
  clTRID?: string
  svTRID: string
}

export type ReadFrame = { kind: 'greeting'; greeting: Greeting } | { kind: 'reply'; reply: EppReply } | { kind: 'other' }

/** Reads whatever a registry sends. Throws BadXml for what is not EPP at all. */
export const readFrame = (bytes: Uint8Array): ReadFrame => {
  const root = readXml(bytes)
  if (root.namespaceURI !== epp || root.localName !== 'epp') throw new BadXml('not an EPP frame')
  const greeting = child(root, epp, 'greeting')
  if (greeting) {
    const menu = child(greeting, epp, 'svcMenu')
    return {
      kind: 'greeting',
      greeting: {
        serverId: line(child(greeting, epp, 'svID')) ?? '',
        objects: all(menu, epp, 'objURI').map((uri) => token(uri) ?? ''),
        extensions: all(child(menu, epp, 'svcExtension'), epp, 'extURI').map((uri) => token(uri) ?? ''),
      },
    }
  }
  const response = child(root, epp, 'response')
  if (!response) return { kind: 'other' }
  const results = all(response, epp, 'result')
  const [first] = results
  const code = Number(first?.getAttribute('code'))
  if (!first || !(code >= 1000 && code <= 2599)) throw new BadXml('a response without a result')
  const queue = child(response, epp, 'msgQ')
  const queueAt = token(child(queue, epp, 'qDate'))
  const queueText = child(queue, epp, 'msg')?.textContent?.trim()
  const clTRID = token(child(response, epp, 'trID', 'clTRID'))
  return {
    kind: 'reply',
    reply: {
      code,
      message: line(child(first, epp, 'msg'))?.trim() ?? '',
      reasons: results.flatMap((result) => [
        ...all(result, epp, 'extValue').map((detail) => {
          const [value] = children(child(detail, epp, 'value'))
          const reason = line(child(detail, epp, 'reason'))?.trim()
          const text = token(value)
          return {
            ...(reason ? { reason } : {}),
            ...(value?.localName && value.localName !== 'undef' ? { element: value.localName } : {}),
            ...(text ? { text } : {}),
          }
        }),
        ...all(result, epp, 'value').map((value) => {
          const [at] = children(value)
          const text = token(at)
          return { ...(at?.localName && at.localName !== 'undef' ? { element: at.localName } : {}), ...(text ? { text } : {}) }
        }),
      ]),
      ...(queue
        ? {
            queue: {
              id: queue.getAttribute('id') ?? '',
              count: Number(queue.getAttribute('count')),
              ...(queueAt ? { at: queueAt } : {}),
              ...(queueText ? { text: queueText } : {}),
            },
          }
        : {}),
      data: children(child(response, epp, 'resData')),
      extensions: children(child(response, epp, 'extension')),
      ...(clTRID ? { clTRID } : {}),
      svTRID: token(child(response, epp, 'trID', 'svTRID')) ?? '',
    },
  }
}

const part = (elements: Element[], namespace: string, name: string) =>
  elements.find((element) => element.namespaceURI === namespace && element.localName === name)

/** The registry's instants, whatever zone it writes them in, in UTC. */
const instant = (element: Element | undefined): string | undefined => {
  const at = Date.parse(token(element) ?? '')
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

const is = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })

export const read = {
  /** One answer per name that the registry spoke of, by A-label. */
  availability(reply: EppReply): Map<string, Availability> {
    const fees = part(reply.extensions, fee, 'chkData')
    const currency = token(child(fees, fee, 'currency')) ?? ''
    const priced = new Map<string, { premium?: string; fee?: { amount: number; currency: string } }>()
    for (const quoted of all(fees, fee, 'cd')) {
      const create = all(quoted, fee, 'command').find((asked) => asked.getAttribute('name') === 'create')
      const feeClass = token(child(quoted, fee, 'class'))
      const amounts = all(create, fee, 'fee').map((amount) => minorUnits(token(amount) ?? '', currency))
      const known = amounts.length > 0 && amounts.every((amount) => amount !== undefined)
      const standard =
        ['1', 'true'].includes(create?.getAttribute('standard') ?? '') ||
        feeClass === undefined ||
        feeClass.toLowerCase() === 'standard'
      priced.set((token(child(quoted, fee, 'objID')) ?? '').toLowerCase(), {
        ...(standard ? {} : { premium: feeClass }),
        ...(known ? { fee: { amount: amounts.reduce((sum: number, amount) => sum + (amount ?? 0), 0), currency } } : {}),
      })
    }
    return new Map(
      all(part(reply.data, domain, 'chkData'), domain, 'cd').map((checked) => {
        const named = child(checked, domain, 'name')
        const name = (token(named) ?? '').toLowerCase()
        return [
          name,
          {
            name,
            available: ['1', 'true'].includes(named?.getAttribute('avail') ?? ''),
            ...is('reason', token(child(checked, domain, 'reason'))),
            ...priced.get(name),
          },
        ]
      }),
    )
  },

  heldName(reply: EppReply, clientId: string): HeldName | undefined {
    const info = part(reply.data, domain, 'infData')
    if (!info) return undefined
    const get = (name: string) => token(child(info, domain, name))
    const ns = child(info, domain, 'ns')
    return {
      name: (get('name') ?? '').toLowerCase(),
      roid: get('roid') ?? '',
      ours: get('clID') === clientId,
      ...is('registrant', get('registrant')),
      statuses: all(info, domain, 'status').map((status) => status.getAttribute('s') ?? ''),
      nameservers: [
        ...all(ns, domain, 'hostObj'),
        ...all(ns, domain, 'hostAttr').map((server) => child(server, domain, 'hostName')),
      ].map((server) => (token(server) ?? '').toLowerCase()),
      createdAt: instant(child(info, domain, 'crDate')) ?? '',
      ...is('expiresOn', instant(child(info, domain, 'exDate'))),
      ...is('authInfo', line(child(info, domain, 'authInfo', 'pw'))),
      rgpStatuses: all(part(reply.extensions, rgp, 'infData'), rgp, 'rgpStatus').map((status) => status.getAttribute('s') ?? ''),
      dsRecords: all(part(reply.extensions, secDNS, 'infData'), secDNS, 'dsData').map((record) => ({
        keyTag: Number(token(child(record, secDNS, 'keyTag'))),
        algorithm: Number(token(child(record, secDNS, 'alg'))),
        digestType: Number(token(child(record, secDNS, 'digestType'))),
        digest: (token(child(record, secDNS, 'digest')) ?? '').toUpperCase(),
      })),
    }
  },

  /** exDate of a create, renew or transfer. */
  expiry(reply: EppReply): string | undefined {
    return reply.data.map((data) => instant(child(data, domain, 'exDate'))).find((at) => at !== undefined)
  },

  transfer(reply: EppReply): TransferState | undefined {
    const data = part(reply.data, domain, 'trnData')
    if (!data) return undefined
    const get = (name: string) => token(child(data, domain, name)) ?? ''
    return {
      name: get('name').toLowerCase(),
      status: get('trStatus'),
      requestedBy: get('reID'),
      requestedAt: instant(child(data, domain, 'reDate')) ?? '',
      actBy: get('acID'),
      actionAt: instant(child(data, domain, 'acDate')) ?? '',
      ...is('expiresOn', instant(child(data, domain, 'exDate'))),
    }
  },

  contact(reply: EppReply, clientId: string): (ContactData & { handle: string; ours: boolean }) | undefined {
    const info = part(reply.data, contact, 'infData')
    if (!info) return undefined
    const forms = all(info, contact, 'postalInfo')
    const postal = forms.find((form) => form.getAttribute('type') === 'loc') ?? forms[0]
    const addr = child(postal, contact, 'addr')
    const organisation = line(child(postal, contact, 'org'))
    return {
      handle: token(child(info, contact, 'id')) ?? '',
      ours: token(child(info, contact, 'clID')) === clientId,
      name: line(child(postal, contact, 'name')) ?? '',
      ...(organisation ? { organisation } : {}),
      street: all(addr, contact, 'street')
        .map((street) => line(street) ?? '')
        .filter((street) => street !== '')
        .join('\n'),
      postcode: token(child(addr, contact, 'pc')) ?? '',
      city: line(child(addr, contact, 'city')) ?? '',
      country: token(child(addr, contact, 'cc')) ?? '',
      email: token(child(info, contact, 'email')) ?? '',
      phone: (token(child(info, contact, 'voice')) ?? '').replace('.', ''),
    }
  },

  host(reply: EppReply, clientId: string): { name: string; addresses: string[]; ours: boolean } | undefined {
    const info = part(reply.data, host, 'infData')
    return (
      info && {
        name: (token(child(info, host, 'name')) ?? '').toLowerCase(),
        addresses: all(info, host, 'addr').map((at) => token(at) ?? ''),
        ours: token(child(info, host, 'clID')) === clientId,
      }
    )
  },

  /** panData does not say what was pending: where the registry's words don't either, it was a create. */
  message(reply: EppReply): PollMessage | undefined {
    const { queue } = reply
    if (!queue) return undefined
    const text = queue.text ?? ''
    const pan = part(reply.data, domain, 'panData')
    const transfer = this.transfer(reply)
    const named = child(pan, domain, 'name')
    const paTRID = child(pan, domain, 'paTRID')
    const name =
      token(named)?.toLowerCase() ?? transfer?.name ?? token(child(part(reply.data, domain, 'infData'), domain, 'name'))
    const done = ['1', 'true'].includes(named?.getAttribute('paResult') ?? '')
    const action = /transfer/i.test(text) ? 'transfer' : /delet|restor|updat|renew/i.test(text) ? 'other' : 'create'
    return {
      id: queue.id,
      count: queue.count,
      at: queue.at === undefined || Number.isNaN(Date.parse(queue.at)) ? '' : new Date(queue.at).toISOString(),
      text,
      ...is('name', name),
      ...(pan
        ? {
            pending: {
              action,
              done,
              ...is('reference', token(child(paTRID, epp, 'svTRID'))),
              ...is('key', token(child(paTRID, epp, 'clTRID'))),
            },
          }
        : transfer && transfer.status !== 'pending'
          ? {
              pending: {
                action: 'transfer' as const,
                done: /Approved$/.test(transfer.status),
                ...is('expiresOn', transfer.expiresOn),
              },
            }
          : {}),
      ...is('transfer', transfer),
    }
  },

  /** Security events that a registry tells of at login (RFC 8807): a password or certificate that is running out. */
  loginEvents(reply: EppReply): string[] {
    return all(part(reply.extensions, loginSec, 'loginSecData'), loginSec, 'event').map((event) =>
      [event.getAttribute('type'), event.getAttribute('exDate'), line(event)].filter(Boolean).join(' '),
    )
  },
}
