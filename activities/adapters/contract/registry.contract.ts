/** What every RegistryPort must do. The same facts are proved over the wire and in process; `bench` is a fresh registry for each. */
import { expect, test } from '@jest/globals'
import type { ContactData, RegisterCommand, RegistryPort } from '../../world'

/** What the suite may do to the counterparty; the sandbox's own `Behaviour` in plain words. */
export interface RegistryBench {
  /** a registrar's port, and another registrar's at the same registry */
  ours: RegistryPort
  theirs: RegistryPort
  /** ours at another registry, which takes name servers as attributes of the name (RFC 5731 §1.1) and has no host objects */
  attributes: RegistryPort
  /** lets the registry's clock run ahead */
  ahead(milliseconds: number): void
  /** the next `count` commands of that kind are carried out and not answered */
  loseAnswers(count: number, command: string): void
  /** the next `count` commands are answered with that code and not carried out */
  answerWith(code: 2400 | 2502, count: number): void
  down(): Promise<void>
  up(): Promise<void>
  decide(name: string, approve: boolean): Promise<void>
  leaveCredit(cents: number): Promise<void>
  /** how often the registry has carried such a command out for this object */
  done(command: string, object: string): number
  close(): Promise<void>
}

const DAY = 86_400_000

export const ada: ContactData = {
  name: 'Ada Lovelace-Müller',
  organisation: 'Rechenwerk & Söhne <GmbH>',
  street: 'Straße des 17. Juni 135\nHinterhaus',
  postcode: '10623',
  city: 'Berlin',
  country: 'DE',
  email: 'ada@rechenwerk.example',
  phone: '+4930123456',
}

const servers = ['ns1.kontor.example', 'ns2.kontor.example']

const holder = async (port: RegistryPort, handle = 'ADA-1', data = ada) => {
  await port.createContact({ key: `contact-${handle}`, handle, data, authInfo: 'contact-secret' })
  return handle
}

const order = (name: string, more: Partial<RegisterCommand> = {}): RegisterCommand => ({
  key: `order/${name}`,
  name,
  years: 1,
  registrant: 'ADA-1',
  admin: 'ADA-1',
  tech: 'ADA-1',
  nameservers: servers,
  authInfo: 'Name-Secret-1',
  ...more,
})

/** Waits for a port that has lost its connection to work again, as a retrying activity would. */
export const eventually = async <T>(act: () => Promise<T>, patience = 10_000): Promise<T> => {
  const until = Date.now() + patience
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((later) => setTimeout(later, 10))
    }
  }
}

const refusedWith = (resultCode: number, field?: string) =>
  expect.objectContaining({
    type: 'refused',
    nonRetryable: true,
    details: [expect.objectContaining({ resultCode, ...(field === undefined ? {} : { field }) })],
  })
const isUnavailable = expect.objectContaining({ type: 'unavailable', nonRetryable: false })

export const registryContract = (kind: string, open: () => Promise<RegistryBench>) => {
  const fact = (name: string, prove: (bench: RegistryBench) => Promise<void>) =>
    test(`${kind}: ${name}`, async () => {
      const bench = await open()
      try {
        await prove(bench)
      } finally {
        await bench.close()
      }
    })

  // ── looking ──

  fact('a check answers every name asked, in the order asked, with the fee', async ({ ours }) => {
    const answers = await ours.check(['free-name.com', 'google.com', 'nic.com', 'hotel.shop', 'xn--mnchen-3ya.com'])
    expect(answers).toEqual([
      { name: 'free-name.com', available: true, fee: { amount: 950, currency: 'EUR' } },
      { name: 'google.com', available: false, reason: 'In use', fee: { amount: 950, currency: 'EUR' } },
      { name: 'nic.com', available: false, reason: 'Reserved', fee: { amount: 950, currency: 'EUR' } },
      { name: 'hotel.shop', available: true, premium: 'premium', fee: { amount: 250_000, currency: 'EUR' } },
      { name: 'xn--mnchen-3ya.com', available: true, fee: { amount: 950, currency: 'EUR' } },
    ])
  })

  fact('a check of sixty names, of one that the registry does not run, and of what is no name', async ({ ours }) => {
    const names = Array.from({ length: 60 }, (_, at) => `name-${at}.com`)
    expect(
      (await ours.check([...names, 'somewhere.invalid', 'no name.com', ''])).map(({ name, available }) => [name, available]),
    ).toEqual([...names.map((name) => [name, true]), ['somewhere.invalid', false], ['no name.com', false], ['', false]])
  })

  fact('a check for several years has their fee', async ({ ours }) => {
    expect(await ours.check(['hotel.shop'], 3)).toMatchObject([{ fee: { amount: 300_000, currency: 'EUR' } }])
  })

  fact('what is not there is undefined', async ({ ours }) => {
    expect(await ours.find('not-there.com')).toBeUndefined()
    expect(await ours.findContact('NOBODY-1')).toBeUndefined()
    expect(await ours.findHost('ns1.not-there.com')).toBeUndefined()
  })

  // ── contacts ──

  fact('a contact is created, found as it was written, changed and deleted', async ({ ours }) => {
    expect(await ours.createContact({ key: 'c-1', handle: 'ADA-1', data: ada, authInfo: 'secret-1' })).toEqual({
      kind: 'created',
    })
    expect(await ours.findContact('ADA-1')).toEqual({ ...ada, handle: 'ADA-1', ours: true })
    const moved = {
      ...ada,
      street: 'Rue de l’Église 7',
      postcode: '1000',
      city: 'Bruxelles',
      country: 'BE',
      phone: '+3221234567',
    }
    await ours.updateContact({ key: 'c-2', handle: 'ADA-1', data: moved })
    expect(await ours.findContact('ADA-1')).toEqual({ ...moved, handle: 'ADA-1', ours: true })
    await ours.deleteContact({ key: 'c-3', handle: 'ADA-1' })
    expect(await ours.findContact('ADA-1')).toBeUndefined()
  })

  fact(
    'a handle that is taken says so, and whose it is can be asked; what it holds stays with its registrar',
    async ({ ours, theirs }) => {
      await holder(theirs)
      expect(await ours.createContact({ key: 'c-1', handle: 'ADA-1', data: ada, authInfo: 'secret-1' })).toEqual({
        kind: 'exists',
      })
      expect(await ours.findContact('ADA-1')).toMatchObject({ ours: false, name: '', email: '' })
      await expect(ours.deleteContact({ key: 'c-2', handle: 'ADA-1' })).rejects.toEqual(refusedWith(2201))
    },
  )

  fact('a contact with a wrong datum is refused at that datum', async ({ ours }) => {
    const create = (data: ContactData) => ours.createContact({ key: 'c-1', handle: 'ADA-1', data, authInfo: 'secret-1' })
    await expect(create({ ...ada, country: 'XX' })).rejects.toEqual(refusedWith(2004, 'cc'))
    await expect(create({ ...ada, email: 'nobody' })).rejects.toEqual(refusedWith(2005, 'email'))
  })

  fact('a contact that a name uses is not deleted', async ({ ours }) => {
    await holder(ours)
    await ours.register(order('in-use.com'))
    await expect(ours.deleteContact({ key: 'c-2', handle: 'ADA-1' })).rejects.toEqual(refusedWith(2305))
  })

  // ── names ──

  fact('a name is registered and found as ours, with what was asked', async ({ ours, theirs }) => {
    await holder(ours)
    const answer = await ours.register(order('kontor-test.com', { years: 2 }))
    expect(answer).toMatchObject({ kind: 'registered', reference: expect.stringMatching(/./) })
    const held = await ours.find('kontor-test.com')
    expect(held).toMatchObject({
      name: 'kontor-test.com',
      ours: true,
      registrant: 'ADA-1',
      nameservers: servers,
      statuses: ['ok'],
      authInfo: 'Name-Secret-1',
      rgpStatuses: ['addPeriod'],
      dsRecords: [],
      expiresOn: answer.kind === 'registered' ? answer.expiresOn : '',
    })
    expect(Date.parse(held?.expiresOn ?? '') - Date.parse(held?.createdAt ?? '')).toBeGreaterThanOrEqual(730 * DAY)
    const shown = await theirs.find('kontor-test.com')
    expect(shown).toMatchObject({ ours: false, nameservers: [] })
    expect(shown?.authInfo).toBeUndefined()
    expect(shown?.registrant).toBeUndefined()
  })

  fact('an internationalised name travels as an A-label', async ({ ours }) => {
    await holder(ours)
    expect(await ours.register(order('münchen-kontor.com'))).toMatchObject({ kind: 'registered' })
    expect(await ours.find('xn--mnchen-kontor-wob.com')).toMatchObject({ name: 'xn--mnchen-kontor-wob.com', ours: true })
  })

  fact('where name servers are attributes of the name, there are no hosts to create', async ({ attributes }) => {
    await holder(attributes)
    const nameservers = ['ns1.anywhere.net', 'ns2.anywhere.net']
    expect(await attributes.createHost({ key: 'h-1', name: 'ns1.anywhere.net' })).toEqual({ kind: 'exists' })
    expect(await attributes.findHost('ns1.anywhere.net')).toBeUndefined()
    expect(await attributes.register(order('kontor-test.attr', { nameservers }))).toMatchObject({ kind: 'registered' })
    await attributes.update({
      key: 'u-1',
      name: 'kontor-test.attr',
      addNameservers: ['ns3.anywhere.net'],
      removeNameservers: ['ns1.anywhere.net'],
    })
    expect((await attributes.find('kontor-test.attr'))?.nameservers).toEqual(['ns2.anywhere.net', 'ns3.anywhere.net'])
  })

  fact('a name that is taken is an answer, whoever has it and whatever the key', async ({ ours }) => {
    await holder(ours)
    expect(await ours.register(order('google.com'))).toEqual({ kind: 'taken' })
    await ours.register(order('once.com'))
    expect(await ours.register(order('once.com'))).toEqual({ kind: 'taken' })
  })

  fact('a registry refuses what it refuses', async ({ ours, theirs }) => {
    await holder(ours)
    await holder(theirs, 'THEIRS-1')
    await expect(ours.register(order('nic.com'))).rejects.toEqual(refusedWith(2306, 'name'))
    await expect(ours.register(order('name.elsewhere'))).rejects.toEqual(refusedWith(2306, 'name'))
    await expect(ours.register(order('too-long-ahead.com', { years: 11 }))).rejects.toEqual(refusedWith(2004, 'period'))
    await expect(ours.register(order('no-holder.com', { registrant: 'NOBODY-1' }))).rejects.toEqual(refusedWith(2303, 'id'))
    await expect(ours.register(order('their-holder.com', { registrant: 'THEIRS-1' }))).rejects.toEqual(refusedWith(2201, 'id'))
    await expect(ours.register(order('no-host.com', { nameservers: ['ns1.nowhere.test'] }))).rejects.toEqual(
      refusedWith(2303, 'hostObj'),
    )
    await expect(ours.register(order('short.com', { authInfo: 'abc' }))).rejects.toEqual(refusedWith(2306))
    expect(await ours.find('no-host.com')).toBeUndefined()
  })

  fact('where only residents may hold a name, others are refused at their country', async ({ ours }) => {
    await holder(ours, 'ADA-1', { ...ada, country: 'US', phone: '+12025550123' })
    await expect(ours.register(order('abroad.resident'))).rejects.toEqual(refusedWith(2306, 'cc'))
    await ours.updateContact({ key: 'c-2', handle: 'ADA-1', data: ada })
    expect(await ours.register(order('abroad.resident'))).toMatchObject({ kind: 'registered' })
  })

  fact('a premium name is registered at the fee agreed, and neither without nor at another', async ({ ours }) => {
    await holder(ours)
    await expect(ours.register(order('hotel.shop'))).rejects.toEqual(refusedWith(2306, 'name'))
    await expect(ours.register(order('hotel.shop', { fee: { amount: 240_000, currency: 'EUR' } }))).rejects.toEqual(
      refusedWith(2004, 'fee'),
    )
    await expect(ours.register(order('hotel.shop', { fee: { amount: 250_000, currency: 'USD' } }))).rejects.toEqual(
      refusedWith(2004, 'currency'),
    )
    expect(await ours.register(order('hotel.shop', { fee: { amount: 250_000, currency: 'EUR' } }))).toMatchObject({
      kind: 'registered',
    })
  })

  fact('a name in the trademark claims service needs the accepted notice', async ({ ours }) => {
    await holder(ours)
    await expect(ours.register(order('marke.shop'))).rejects.toEqual(refusedWith(2003))
    const extra = {
      claimsNoticeId: '370d0b7c9223372036854775807',
      claimsNotAfter: new Date(Date.now() + DAY).toISOString(),
      claimsAcceptedAt: new Date(Date.now() - 60_000).toISOString(),
    }
    await expect(
      ours.register(order('marke.shop', { extra: { ...extra, claimsNotAfter: extra.claimsAcceptedAt } })),
    ).rejects.toEqual(refusedWith(2306, 'notAfter'))
    expect(await ours.register(order('marke.shop', { extra }))).toMatchObject({ kind: 'registered' })
  })

  fact('without credit nothing is registered or renewed', async ({ ours, leaveCredit }) => {
    await holder(ours)
    const first = await ours.register(order('before.com'))
    await leaveCredit(949)
    await expect(ours.register(order('after.com'))).rejects.toEqual(refusedWith(2104))
    const currentExpiry = first.kind === 'registered' ? first.expiresOn : ''
    await expect(ours.renew({ key: 'r-1', name: 'before.com', currentExpiry, years: 1 })).rejects.toEqual(refusedWith(2104))
    expect(await ours.find('after.com')).toBeUndefined()
  })

  fact('a renewal counts once: the same command again is refused for its date', async ({ ours, ahead }) => {
    await holder(ours)
    const first = await ours.register(order('renewed.com'))
    const currentExpiry = first.kind === 'registered' ? first.expiresOn : ''
    ahead(DAY)
    const { expiresOn } = await ours.renew({ key: 'r-1', name: 'renewed.com', currentExpiry, years: 2 })
    expect(expiresOn.slice(0, 4)).toBe(String(Number(currentExpiry.slice(0, 4)) + 2))
    await expect(ours.renew({ key: 'r-1', name: 'renewed.com', currentExpiry, years: 2 })).rejects.toEqual(
      refusedWith(2306, 'curExpDate'),
    )
    await expect(ours.renew({ key: 'r-2', name: 'renewed.com', currentExpiry: expiresOn, years: 9 })).rejects.toEqual(
      refusedWith(2105),
    )
    expect(await ours.find('renewed.com')).toMatchObject({ expiresOn, rgpStatuses: ['addPeriod', 'renewPeriod'] })
  })

  fact('a name is updated: name servers, statuses, secret, holder, DS records', async ({ ours }) => {
    await holder(ours)
    await holder(ours, 'BOB-1', { ...ada, name: 'Bob' })
    await ours.register(order('changing.com'))
    const ds = { keyTag: 12345, algorithm: 13, digestType: 2, digest: 'AB'.repeat(32) }
    await ours.createHost({ key: 'h-1', name: 'ns9.elsewhere.example' })
    await ours.update({
      key: 'u-1',
      name: 'changing.com',
      registrant: 'BOB-1',
      addNameservers: ['ns9.elsewhere.example'],
      removeNameservers: ['ns2.kontor.example'],
      addStatuses: ['clientTransferProhibited'],
      authInfo: 'Another & <Secret>',
      addDs: [ds],
    })
    expect(await ours.find('changing.com')).toMatchObject({
      registrant: 'BOB-1',
      nameservers: ['ns1.kontor.example', 'ns9.elsewhere.example'],
      statuses: ['clientTransferProhibited'],
      authInfo: 'Another & <Secret>',
      dsRecords: [ds],
    })
    await expect(ours.update({ key: 'u-2', name: 'changing.com', addStatuses: ['clientTransferProhibited'] })).rejects.toEqual(
      refusedWith(2306, 'status'),
    )
    await expect(ours.update({ key: 'u-3', name: 'changing.com', removeNameservers: ['ns2.kontor.example'] })).rejects.toEqual(
      refusedWith(2306, 'ns'),
    )
    await expect(ours.update({ key: 'u-4', name: 'changing.com', addDs: [{ ...ds, digest: 'AB' }] })).rejects.toEqual(
      refusedWith(2005, 'digest'),
    )
    await ours.update({ key: 'u-5', name: 'changing.com', removeStatuses: ['clientTransferProhibited'], removeDs: [ds] })
    expect(await ours.find('changing.com')).toMatchObject({ statuses: ['ok'], dsRecords: [] })
  })

  fact('a status that prohibits is obeyed until it is taken off', async ({ ours }) => {
    await holder(ours)
    await ours.register(order('locked.com'))
    await ours.update({ key: 'u-1', name: 'locked.com', addStatuses: ['clientDeleteProhibited', 'clientUpdateProhibited'] })
    await expect(ours.delete({ key: 'd-1', name: 'locked.com' })).rejects.toEqual(refusedWith(2304))
    await expect(ours.update({ key: 'u-2', name: 'locked.com', authInfo: 'Another-Secret' })).rejects.toEqual(refusedWith(2304))
    await ours.update({ key: 'u-3', name: 'locked.com', removeStatuses: ['clientUpdateProhibited', 'clientDeleteProhibited'] })
    expect(await ours.delete({ key: 'd-2', name: 'locked.com' })).toEqual({ kind: 'deleted' })
  })

  fact('deleted within the add grace period a name is gone; later it is redeemable, then lost', async ({ ours, ahead }) => {
    await holder(ours)
    await ours.register(order('quick.com'))
    await ours.register(order('slow.com'))
    expect(await ours.delete({ key: 'd-1', name: 'quick.com' })).toEqual({ kind: 'deleted' })
    expect(await ours.find('quick.com')).toBeUndefined()
    ahead(6 * DAY)
    expect(await ours.delete({ key: 'd-2', name: 'slow.com' })).toEqual({ kind: 'pending' })
    expect(await ours.find('slow.com')).toMatchObject({ statuses: ['pendingDelete'], rgpStatuses: ['redemptionPeriod'] })
    await ours.update({ key: 'u-1', name: 'slow.com', restore: true })
    expect(await ours.find('slow.com')).toMatchObject({ statuses: ['ok'], rgpStatuses: [] })
    await ours.delete({ key: 'd-3', name: 'slow.com' })
    ahead(31 * DAY)
    expect(await ours.find('slow.com')).toMatchObject({ rgpStatuses: ['pendingDelete'] })
    await expect(ours.update({ key: 'u-2', name: 'slow.com', restore: true })).rejects.toEqual(refusedWith(2304))
    ahead(5 * DAY)
    expect(await ours.find('slow.com')).toBeUndefined()
  })

  fact('another registrar changes nothing of ours', async ({ ours, theirs }) => {
    await holder(ours)
    const first = await ours.register(order('ours.com'))
    const currentExpiry = first.kind === 'registered' ? first.expiresOn : ''
    await expect(theirs.delete({ key: 'd-1', name: 'ours.com' })).rejects.toEqual(refusedWith(2201))
    await expect(theirs.update({ key: 'u-1', name: 'ours.com', authInfo: 'Stolen-Secret' })).rejects.toEqual(refusedWith(2201))
    await expect(theirs.renew({ key: 'r-1', name: 'ours.com', currentExpiry, years: 1 })).rejects.toEqual(refusedWith(2201))
    await expect(theirs.updateContact({ key: 'c-1', handle: 'ADA-1', data: ada })).rejects.toEqual(refusedWith(2201))
  })

  // ── hosts ──

  fact('a host below our name has addresses, serves names, and is not deleted while it does', async ({ ours, theirs }) => {
    await holder(ours)
    await ours.register(order('hoster.com'))
    await expect(ours.createHost({ key: 'h-1', name: 'ns1.hoster.com' })).rejects.toEqual(refusedWith(2003, 'addr'))
    await expect(ours.createHost({ key: 'h-1', name: 'ns1.hoster.com', addresses: ['127.0.0.1'] })).rejects.toEqual(
      refusedWith(2306, 'addr'),
    )
    await expect(ours.createHost({ key: 'h-1', name: 'ns1.nobodys.com', addresses: ['192.0.2.1'] })).rejects.toEqual(
      refusedWith(2303),
    )
    await expect(theirs.createHost({ key: 'h-1', name: 'ns1.hoster.com', addresses: ['192.0.2.1'] })).rejects.toEqual(
      refusedWith(2201),
    )
    expect(await ours.createHost({ key: 'h-1', name: 'ns1.hoster.com', addresses: ['192.0.2.1', '2001:db8::1'] })).toEqual({
      kind: 'created',
    })
    expect(await ours.createHost({ key: 'h-1', name: 'ns1.hoster.com', addresses: ['192.0.2.1'] })).toEqual({ kind: 'exists' })
    expect(await ours.findHost('ns1.hoster.com')).toEqual({
      name: 'ns1.hoster.com',
      addresses: ['192.0.2.1', '2001:db8::1'],
      ours: true,
    })
    await ours.updateHost({
      key: 'h-2',
      name: 'ns1.hoster.com',
      addAddresses: ['192.0.2.2'],
      removeAddresses: ['192.0.2.1'],
      newName: 'a.hoster.com',
    })
    expect(await ours.findHost('a.hoster.com')).toMatchObject({ addresses: ['2001:db8::1', '192.0.2.2'] })
    await ours.register(order('guest.com', { nameservers: ['a.hoster.com'] }))
    await expect(ours.deleteHost({ key: 'h-3', name: 'a.hoster.com' })).rejects.toEqual(refusedWith(2305))
    await expect(ours.delete({ key: 'd-1', name: 'hoster.com' })).rejects.toEqual(refusedWith(2305))
    await ours.update({ key: 'u-1', name: 'guest.com', removeNameservers: ['a.hoster.com'] })
    expect(await ours.find('guest.com')).toMatchObject({ statuses: ['inactive'], nameservers: [] })
    await ours.deleteHost({ key: 'h-4', name: 'a.hoster.com' })
    expect(await ours.findHost('a.hoster.com')).toBeUndefined()
  })

  // ── pending creates, transfers, the queue ──

  fact('an empty queue is undefined', async ({ ours }) => {
    expect(await ours.poll()).toBeUndefined()
  })

  fact('a pending create is decided in time, and a message tells of it until it is acknowledged', async ({ ours, ahead }) => {
    await holder(ours)
    const answer = await ours.register(order('waiting.pending', { key: 'order/waiting' }))
    expect(answer).toMatchObject({ kind: 'pending', reference: expect.stringMatching(/./) })
    expect((await ours.find('waiting.pending'))?.statuses).toContain('pendingCreate')
    expect((await ours.find('waiting.pending'))?.expiresOn).toBeUndefined()
    await expect(ours.update({ key: 'u-1', name: 'waiting.pending', authInfo: 'Another-Secret' })).rejects.toEqual(
      refusedWith(2304),
    )
    expect(await ours.poll()).toBeUndefined()
    ahead(6_000)
    const message = await ours.poll()
    expect(message).toMatchObject({
      count: 1,
      name: 'waiting.pending',
      pending: { action: 'create', done: true, key: 'order/waiting', reference: answer.kind === 'taken' ? '' : answer.reference },
    })
    expect((await ours.poll())?.id).toBe(message?.id)
    await ours.ack(message?.id ?? '')
    await ours.ack(message?.id ?? '')
    expect(await ours.poll()).toBeUndefined()
    expect((await ours.find('waiting.pending'))?.expiresOn).toMatch(/Z$/)
  })

  fact('a pending create that is refused leaves no name and says so', async ({ ours, decide }) => {
    await holder(ours)
    await ours.register(order('unlucky.pending'))
    await decide('unlucky.pending', false)
    expect(await ours.poll()).toMatchObject({
      name: 'unlucky.pending',
      pending: { action: 'create', done: false, key: 'order/unlucky.pending' },
    })
    expect(await ours.find('unlucky.pending')).toBeUndefined()
  })

  fact('a transfer: asked for with the secret, told to the other side, approved', async ({ ours, theirs }) => {
    await holder(theirs)
    const first = await theirs.register(order('moving.com'))
    const name = 'moving.com'
    await expect(ours.transfer({ key: 't-1', operation: 'request', name })).rejects.toEqual(refusedWith(2003, 'authInfo'))
    await expect(ours.transfer({ key: 't-1', operation: 'request', name, authInfo: 'wrong-secret' })).rejects.toEqual(
      refusedWith(2202),
    )
    await expect(theirs.transfer({ key: 't-1', operation: 'request', name, authInfo: 'Name-Secret-1' })).rejects.toEqual(
      refusedWith(2106),
    )
    await expect(ours.transfer({ key: 't-1', operation: 'query', name, authInfo: 'Name-Secret-1' })).rejects.toEqual(
      refusedWith(2301),
    )
    const asked = await ours.transfer({ key: 't-2', operation: 'request', name, authInfo: 'Name-Secret-1', years: 1 })
    expect(asked).toMatchObject({ name, status: 'pending', requestedBy: 'kontor', actBy: 'other-registrar' })
    await expect(ours.transfer({ key: 't-2', operation: 'request', name, authInfo: 'Name-Secret-1' })).rejects.toEqual(
      refusedWith(2300),
    )
    await expect(ours.transfer({ key: 't-3', operation: 'approve', name })).rejects.toEqual(refusedWith(2201))
    const told = await theirs.poll()
    expect(told).toMatchObject({ name, transfer: { status: 'pending', requestedBy: 'kontor' } })
    expect(told?.pending).toBeUndefined()
    await theirs.ack(told?.id ?? '')
    expect(await theirs.transfer({ key: 't-4', operation: 'approve', name })).toMatchObject({ status: 'clientApproved' })
    const heard = await ours.poll()
    expect(heard).toMatchObject({ name, pending: { action: 'transfer', done: true }, transfer: { status: 'clientApproved' } })
    const before = first.kind === 'registered' ? Number(first.expiresOn.slice(0, 4)) : 0
    const held = await ours.find(name)
    expect(held).toMatchObject({ ours: true, rgpStatuses: ['addPeriod', 'transferPeriod'] })
    expect(Number(held?.expiresOn?.slice(0, 4))).toBe(before + 1)
    expect(await theirs.find(name)).toMatchObject({ ours: false })
    expect(await ours.transfer({ key: 't-5', operation: 'query', name })).toMatchObject({ status: 'clientApproved' })
  })

  fact(
    'a transfer that nobody decides is approved by time; a rejected or cancelled one changes nothing',
    async ({ ours, theirs, ahead }) => {
      await holder(theirs)
      for (const name of ['patient.com', 'rejected.com', 'cancelled.com']) {
        await theirs.register(order(name))
        await ours.transfer({ key: `t-${name}`, operation: 'request', name, authInfo: 'Name-Secret-1' })
      }
      expect(await theirs.transfer({ key: 't-2', operation: 'reject', name: 'rejected.com' })).toMatchObject({
        status: 'clientRejected',
      })
      expect(await ours.transfer({ key: 't-3', operation: 'cancel', name: 'cancelled.com' })).toMatchObject({
        status: 'clientCancelled',
      })
      await expect(ours.transfer({ key: 't-4', operation: 'cancel', name: 'rejected.com' })).rejects.toEqual(refusedWith(2301))
      ahead(5 * DAY + 1)
      expect(await ours.find('patient.com')).toMatchObject({ ours: true })
      expect(await ours.find('rejected.com')).toMatchObject({ ours: false })
      expect(await ours.find('cancelled.com')).toMatchObject({ ours: false })
      expect(await ours.poll()).toMatchObject({ name: 'rejected.com', pending: { action: 'transfer', done: false } })
    },
  )

  fact('a name that lapses is renewed by the registry, which tells so', async ({ ours, ahead }) => {
    await holder(ours)
    const first = await ours.register(order('lapsing.com'))
    ahead(366 * DAY)
    const held = await ours.find('lapsing.com')
    expect(held?.rgpStatuses).toEqual(['autoRenewPeriod'])
    expect(held?.expiresOn?.slice(5)).toBe(first.kind === 'registered' ? first.expiresOn.slice(5) : '')
    expect((await ours.poll())?.text).toMatch(/lapsing\.com renewed automatically/)
  })

  // ── faults ──

  fact(
    'a create whose answer is lost is unavailable, was done once, and is found to be ours',
    async ({ ours, loseAnswers, done }) => {
      await holder(ours)
      loseAnswers(1, 'domain:create')
      await expect(ours.register(order('lost.com'))).rejects.toEqual(isUnavailable)
      expect(await eventually(() => ours.find('lost.com'))).toMatchObject({ ours: true, authInfo: 'Name-Secret-1' })
      expect(await ours.register(order('lost.com'))).toEqual({ kind: 'taken' })
      expect(done('domain:create', 'lost.com')).toBe(1)
    },
  )

  fact('a renewal whose answer is lost was done once', async ({ ours, loseAnswers, done }) => {
    await holder(ours)
    const first = await ours.register(order('lost.com'))
    const currentExpiry = first.kind === 'registered' ? first.expiresOn : ''
    loseAnswers(1, 'domain:renew')
    const renew = () => ours.renew({ key: 'r-1', name: 'lost.com', currentExpiry, years: 1 })
    await expect(renew()).rejects.toEqual(isUnavailable)
    expect((await eventually(() => ours.find('lost.com')))?.expiresOn).not.toBe(currentExpiry)
    await expect(renew()).rejects.toEqual(refusedWith(2306, 'curExpDate'))
    expect(done('domain:renew', 'lost.com')).toBe(1)
  })

  fact(
    '2400 and 2502 are unavailable, nothing was done, and the next attempt goes through',
    async ({ ours, answerWith, done }) => {
      await holder(ours)
      for (const [code, name] of [[2400, 'a.com'] as const, [2502, 'b.com'] as const]) {
        answerWith(code, 1)
        await expect(ours.register(order(name))).rejects.toEqual(isUnavailable)
        expect(done('domain:create', name)).toBe(0)
        expect(await eventually(() => ours.register(order(name)))).toMatchObject({ kind: 'registered' })
      }
    },
  )

  fact('a registry that is down is unavailable, and works again when it is up', async ({ ours, down, up }) => {
    await holder(ours)
    await down()
    await expect(ours.check(['any.com'])).rejects.toEqual(isUnavailable)
    await expect(ours.register(order('any.com'))).rejects.toEqual(isUnavailable)
    await up()
    expect(await eventually(() => ours.register(order('any.com')))).toMatchObject({ kind: 'registered' })
  })
}
