import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { schemaError } from '../../../sandbox/registry/schema'
import { readRequest, writeReply } from '../../../sandbox/registry/wire'
import type { ContactData } from '../../world'
import { aLabel, build, clTRIDOf, namespaces, read, readFrame, type EppReply, type Negotiated } from './frames'

const frames = fileURLToPath(new URL('../../../sandbox/registry/schemas/rfc-frames/', import.meta.url))
const invalid = new Set(
  readFileSync(`${frames}XSD-INVALID.csv`, 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split(',')[0]),
)
const examples = readdirSync(frames).filter((file) => file.endsWith('.xml') && !invalid.has(file))
const bytes = (text: string) => Buffer.from(text, 'utf8')
const everything: Negotiated = {
  objects: [namespaces.domain, namespaces.contact, namespaces.host],
  extensions: new Set(['secDNS', 'rgp', 'launch', 'fee', 'loginSec']),
}
const replyIn = (frame: Uint8Array): EppReply => {
  const read = readFrame(frame)
  if (read.kind !== 'reply') throw new Error(read.kind)
  return read.reply
}
const example = (file: string) => replyIn(readFileSync(`${frames}${file}.xml`))

test('the 171 schema-valid examples of the RFCs are read, each as what it is', () => {
  expect(examples).toHaveLength(171)
  for (const file of examples) {
    const frame = readFileSync(`${frames}${file}`)
    const { kind } = readFrame(frame)
    const text = frame.toString('utf8')
    expect([file, kind]).toEqual([
      file,
      text.includes('<greeting>') ? 'greeting' : text.includes('<response>') ? 'reply' : 'other',
    ])
    if (kind === 'reply') {
      const reply = replyIn(frame)
      for (const reader of [read.availability, read.expiry, read.transfer, read.loginEvents]) reader(reply)
      read.heldName(reply, 'ClientX')
      read.contact(reply, 'ClientX')
      read.host(reply, 'ClientX')
      read.message(reply)
      expect(reply.code).toBeGreaterThanOrEqual(1000)
    }
  }
})

test('what the RFC examples say is what is read', () => {
  expect(read.heldName(example('rfc5731-05-server'), 'ClientX')).toEqual({
    name: 'example.com',
    roid: 'EXAMPLE1-REP',
    ours: true,
    registrant: 'jd1234',
    statuses: ['ok'],
    nameservers: ['ns1.example.com', 'ns1.example.net'],
    createdAt: '1999-04-03T22:00:00.000Z',
    expiresOn: '2005-04-03T22:00:00.000Z',
    authInfo: '2fooBAR',
    rgpStatuses: [],
    dsRecords: [],
  })
  expect(read.availability(example('rfc8748-02-server')).get('example.com')).toEqual({
    name: 'example.com',
    available: true,
    premium: 'Premium',
    fee: { amount: 1000, currency: 'USD' },
  })
  expect(read.availability(example('rfc8748-02-server')).get('example.net')).toEqual({
    name: 'example.net',
    available: true,
    fee: { amount: 500, currency: 'USD' },
  })
  expect(read.availability(example('rfc8748-02-server')).get('example.xyz')).toEqual({ name: 'example.xyz', available: true })
  expect(read.message(example('rfc5731-20-server'))).toMatchObject({
    id: '12345',
    count: 5,
    at: '1999-04-04T22:01:00.000Z',
    name: 'example.com',
    pending: { action: 'create', done: true, reference: '54321-XYZ', key: 'ABC-12345' },
  })
  expect(read.transfer(example('rfc5731-08-server'))).toMatchObject({
    name: 'example.com',
    status: 'pending',
    requestedBy: 'ClientX',
    actBy: 'ClientY',
  })
  expect(example('rfc5730-06-server')).toMatchObject({
    code: 2004,
    message: 'Parameter value range error',
    reasons: [
      { element: 'elem1', text: '2525' },
      { reason: 'Invalid character found.', element: 'elem3', text: 'abc.ex(ample' },
      { element: 'elem2', text: 'ex(ample' },
    ],
  })
})

test('an idempotency key that is a short token is the clTRID; any other is hashed, always to the same', () => {
  expect(clTRIDOf('order:K-2026-000123/create/1')).toBe('order:K-2026-000123/create/1')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (key) => {
      const clTRID = clTRIDOf(key)
      expect(clTRID).toMatch(/^[\x21-\x7e]{3,64}$/)
      expect(clTRIDOf(key)).toBe(clTRID)
    }),
  )
  expect(clTRIDOf(`${'x'.repeat(64)}a`)).not.toBe(clTRIDOf(`${'x'.repeat(64)}b`))
})

test('names are sent as lower-case A-labels, and what is no name is refused before it is sent', () => {
  expect(aLabel('MÜNCHEN.de')).toBe('xn--mnchen-3ya.de')
  expect(aLabel('straße.de')).toBe('xn--strae-oqa.de')
  for (const wrong of [
    '',
    'de',
    '.de',
    'a..de',
    'a b.de',
    'a<b.de',
    `${'a'.repeat(64)}.de`,
    'a.de\u0000',
    '-a.de',
    'a_b.de',
    'x'.repeat(1_000_000),
  ]) {
    expect(() => aLabel(wrong)).toThrow(expect.objectContaining({ type: 'refused' }))
  }
})

const contact: ContactData = {
  name: 'Ada',
  street: 'Weg 1',
  postcode: '1',
  city: 'Wien',
  country: 'AT',
  email: 'a@b.example',
  phone: '+43123456789',
}

test('any text of a contact survives the way to the registry and back, or is refused; the frames are valid', () => {
  const single = (text: string) => text.replace(/[\t\r\n\u0085\u2028\u2029]+/g, ' ').trim()
  const text = (maxLength: number) =>
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength }),
      fc.string({ unit: 'binary', maxLength }),
      fc.constantFrom(
        '<!DOCTYPE x>',
        ']]>',
        '&amp;',
        '<b>"\'</b>',
        '&#0;',
        '<!-- -->',
        '‮abc',
        '😀',
        'a\u0000b',
        '\ud800',
        "'; DROP TABLE x",
      ),
    )
  let refusals = 0
  fc.assert(
    fc.property(text(40), text(40), text(40), text(12), (name, organisation, city, postcode) => {
      const data = { ...contact, name, organisation, city, postcode }
      let xml: string
      try {
        xml = build.createContact('key-1', 'HANDLE-1', data, 'a & <b>', 'loc')
      } catch (error) {
        expect(error).toMatchObject({ type: 'refused', details: [{ code: 'contact-refused' }] })
        refusals += 1
        return
      }
      // a DOCTYPE in a text is only text
      const request = readRequest(bytes(xml))
      if (request.kind !== 'command' || request.command.type !== 'contact:create') throw new Error('not a contact')
      const { fields } = request.command
      const back = writeReply(
        {
          code: 1000,
          data: {
            type: 'contact:info',
            contact: {
              id: 'HANDLE-1',
              roid: 'C1-X',
              statuses: ['ok'],
              fields,
              clientId: 'kontor',
              createdBy: 'kontor',
              createdAt: '2026-01-01T00:00:00Z',
            },
          },
        },
        { clTRID: 'key-1', svTRID: 'sv-1', extensions: [] },
      )
      expect(schemaError(back)).toBeUndefined()
      const found = read.contact(replyIn(bytes(back)), 'kontor')
      expect(found).toMatchObject({ name: single(name), city: single(city), postcode: single(postcode).replace(/ +/g, ' ') })
      expect(found?.organisation ?? '').toBe(single(organisation))
      expect(fields.authInfo).toBe('a & <b>')
    }),
    { numRuns: 500 },
  )
  expect(refusals).toBeGreaterThan(0)
})

test('a street of several lines stays several lines, three at most', () => {
  const streets = (street: string) => {
    const request = readRequest(bytes(build.createContact('key-1', 'HANDLE-1', { ...contact, street }, 'secret', 'loc')))
    return request.kind === 'command' && request.command.type === 'contact:create'
      ? request.command.fields.postal[0]?.address?.street
      : []
  }
  expect(streets('a\nb')).toEqual(['a', 'b'])
  expect(streets('a\r\nb\n\nc\nd')).toEqual(['a', 'b', 'c, d'])
})

test('what would break the schema is refused at its field', () => {
  const create =
    (data: Partial<ContactData>, handle = 'HANDLE-1') =>
    () =>
      build.createContact('key-1', handle, { ...contact, ...data }, 'secret', 'loc')
  const at = (field: string) =>
    expect.objectContaining({ type: 'refused', details: [expect.objectContaining({ code: 'contact-refused', field })] })
  expect(create({ name: 'x'.repeat(256) })).toThrow(at('name'))
  expect(create({ name: ' ' })).toThrow(at('name'))
  expect(create({ city: 'x'.repeat(1_000_000) })).toThrow(at('city'))
  expect(create({ postcode: 'x'.repeat(17) })).toThrow(at('postcode'))
  expect(create({ country: 'Austria' })).toThrow(at('country'))
  expect(create({ phone: '12345' })).toThrow(at('phone'))
  expect(create({}, 'this-handle-is-too-long')).toThrow(at('handle'))
})

test('every kind of frame that we send is valid against the schemas', () => {
  const ds = { keyTag: 1, algorithm: 13, digestType: 2, digest: 'AB'.repeat(32) }
  const sent = [
    build.hello(),
    build.login('t-1', { clientId: 'kontor', password: 'short-one' }, everything),
    build.login('t-1', { clientId: 'kontor', password: 'a password that is longer than sixteen characters' }, everything),
    build.logout('t-1'),
    build.checkNames('t-1', ['a.de', 'b.de'], 2, everything),
    build.createName(
      't-1',
      {
        key: 'k',
        name: 'a.de',
        years: 1,
        registrant: 'AAA',
        admin: 'BBB',
        tech: 'CCC',
        nameservers: ['ns1.x.de'],
        authInfo: 'secret',
        fee: { amount: 5, currency: 'EUR' },
        extra: { claimsNoticeId: 'abcdef0123', claimsNotAfter: '2027-01-01T00:00:00Z', claimsAcceptedAt: '2026-01-01T00:00:00Z' },
      },
      everything,
    ),
    build.updateName(
      't-1',
      {
        key: 'k',
        name: 'a.de',
        addDs: [ds],
        removeDs: [ds],
        addStatuses: ['clientHold'],
        removeNameservers: ['ns1.x.de'],
        registrant: 'AAA',
        authInfo: 'secret',
      },
      everything,
    ),
    build.updateName('t-1', { key: 'k', name: 'a.de', restore: true }, everything),
    ...(['request', 'query', 'approve', 'reject', 'cancel'] as const).map((operation) =>
      build.transferName('t-1', operation, 'a.de', 'secret', 1),
    ),
    build.updateHost('t-1', 'ns1.x.de', ['192.0.2.1'], ['2001:db8::1'], 'ns2.x.de'),
    build.poll('t-1'),
    build.ack('t-1', '17'),
  ]
  for (const frame of sent) expect([schemaError(frame), frame]).toEqual([undefined, frame])
  expect(sent[5]).toContain('<fee:fee>0.05</fee:fee>')
})

test('hostile XML is no frame', () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE epp [<!ENTITY a "${'a'.repeat(1000)}"><!ENTITY b "&a;&a;&a;&a;&a;">]><epp xmlns="${namespaces['']}"><greeting>&b;</greeting></epp>`
  for (const frame of [
    bytes(bomb),
    bytes('<!DOCTYPE epp SYSTEM "file:///etc/passwd"><epp/>'),
    bytes(`<epp xmlns="${namespaces['']}"><response>&xxe;</response></epp>`),
    bytes(`<epp xmlns="${namespaces['']}"><response><result code="1000"></response></epp>`),
    bytes(`<epp xmlns="${namespaces['']}"><response><result code="9000"/></response></epp>`),
    bytes('<epp/>'),
    bytes(''),
    Buffer.from([0xff, 0xfe, 0x3c, 0x00]),
    Buffer.concat([bytes('<epp>'), Buffer.from([0xc3, 0x28]), bytes('</epp>')]),
  ]) {
    expect(() => readFrame(frame)).toThrow()
  }
})
