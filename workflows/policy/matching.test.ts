import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Known, type OpenInvoice, oldestFirst, propose, referencesIn } from './matching'
import { hasWords } from './words/words'

const invoice = (sequence: number, open: number, change: Partial<OpenInvoice> = {}): OpenInvoice => ({
  documentId: `d${sequence}`,
  number: `R-2026-${String(sequence).padStart(6, '0')}`,
  customerId: 'anna',
  open,
  currency: 'EUR',
  dueOn: `2026-11-${String((sequence % 28) + 1).padStart(2, '0')}`,
  ...change,
})
const nothing: Known = { named: [], customersNamed: [], accountOf: [], open: [] }
const pay = (amount: number, known: Partial<Known>, purpose = '') =>
  propose({ amount, currency: 'EUR', purpose }, { ...nothing, ...known })

test('PAY-03 invoice numbers are found however people write them', () => {
  const written = [
    'R-2026-000012',
    'Rechnung R-2026-000012 vom 1.11.',
    'R2026000012',
    'r 2026 000012',
    'RE-NR. 2026/12',
    'Re 2026-000012',
    'Rechnungsnr: 2026-12',
    'R-2026-000 012',
    'R-20 26-0000 12',
    'R-2O26-OOOO12',
    'RNR2026000012Danke',
    '2026000012',
    'Kunde 10001/R-2026-000012/Danke',
  ]
  for (const text of written)
    expect([text, referencesIn(text).invoices]).toEqual([text, expect.arrayContaining(['R-2026-000012'])])
  expect(referencesIn('R-2026-000012 und R-2026-000013').invoices).toEqual(['R-2026-000012', 'R-2026-000013'])
  expect(referencesIn(undefined, 'K-2026-000123, C-10001, Kd.-Nr. 10002, KDNR 10003')).toMatchObject({
    orders: ['K-2026-000123'],
    customers: expect.arrayContaining(['C-10001', 'C-10003']),
  })
  expect(referencesIn('Miete November, Danke', 'DE02120300000000202051')).toEqual({ invoices: [], customers: [], orders: [] })
  expect(referencesIn('20'.repeat(1000)).invoices.length).toBeLessThanOrEqual(100)
})

test('PAY-03 what is named and right to the cent is certain, also for several invoices and from a stranger’s account', () => {
  expect(pay(11_900, { named: [invoice(1, 11_900)], accountOf: ['berta'] })).toMatchObject({
    certain: true,
    customerId: 'anna',
    parts: [{ documentId: 'd1', amount: 11_900 }],
    rest: 0,
  })
  expect(pay(300, { named: [invoice(1, 100), invoice(2, 200)] })).toMatchObject({
    certain: true,
    parts: [{ amount: 100 }, { amount: 200 }],
  })
  // a parent that pays for two children: the sum is right
  expect(pay(300, { named: [invoice(1, 100), invoice(2, 200, { customerId: 'berta' })] })?.certain).toBe(true)
})

test('too much or too little for what is named needs a second sign; a mistyped number books nothing by itself', () => {
  const named = [invoice(1, 11_900)]
  expect(pay(11_000, { named })).toMatchObject({ certain: false, parts: [{ amount: 11_000 }], rest: 0 })
  expect(pay(11_000, { named, accountOf: ['anna'] })).toMatchObject({ certain: true })
  expect(pay(12_000, { named })).toMatchObject({ certain: false, parts: [{ amount: 11_900 }], rest: 100 })
  expect(pay(12_000, { named, customersNamed: ['anna'] })).toMatchObject({ certain: true, customerId: 'anna', rest: 100 })
  expect(pay(12_000, { named, accountOf: ['berta'] })?.certain).toBe(false)
  // the rest is another open invoice of theirs: a person looks
  expect(pay(12_000, { named, accountOf: ['anna'], open: [...named, invoice(2, 100)] })).toMatchObject({
    certain: false,
    parts: [{ amount: 11_900 }, { amount: 100 }],
    rest: 0,
  })
  expect(pay(50, { named: [invoice(1, 100), invoice(2, 200, { customerId: 'berta' })] })?.certain).toBe(false)
  expect(pay(500, { named: [invoice(1, 100), invoice(2, 200, { customerId: 'berta' })] })).toBeUndefined()
})

test('without an invoice number: a known customer and the one amount that fits are certain, everything ambiguous is not', () => {
  const open = [invoice(1, 100), invoice(2, 250), invoice(3, 100)]
  expect(pay(250, { accountOf: ['anna'], open })).toMatchObject({ certain: true, parts: [{ documentId: 'd2' }] })
  expect(pay(100, { accountOf: ['anna'], open })).toMatchObject({ certain: false, parts: [{ documentId: 'd1' }] })
  expect(pay(450, { customersNamed: ['anna'], open })).toMatchObject({ certain: true, parts: [{}, {}, {}] })
  expect(pay(350, { accountOf: ['anna'], open })?.certain).toBe(false)
  expect(pay(90, { accountOf: ['anna'], open })).toMatchObject({ certain: false, parts: [{ documentId: 'd1', amount: 90 }] })
  expect(pay(999, { accountOf: ['anna'], open })).toMatchObject({ certain: false, rest: 549 })
  // the text says berta, the account is anna's: berta's invoices are meant
  expect(pay(250, { accountOf: ['anna'], customersNamed: ['berta'], open })).toMatchObject({
    certain: false,
    customerId: 'berta',
    parts: [],
  })
  expect(pay(250, { accountOf: ['anna', 'berta'], open })).toBeUndefined()
  expect(pay(250, {})).toBeUndefined()
})

test('PAY-03 a deposit is put to the balance by itself when the text says so and names the customer', () => {
  expect(pay(5_000, { customersNamed: ['anna'] }, 'Guthaben C-10001')).toMatchObject({
    certain: true,
    customerId: 'anna',
    rest: 5_000,
  })
  expect(pay(5_000, { customersNamed: ['anna'] }, 'C-10001')?.certain).toBe(false)
  expect(pay(5_000, { accountOf: ['anna'] }, 'Guthaben')?.certain).toBe(false)
})

const invoices = fc
  .uniqueArray(
    fc.record({
      sequence: fc.integer({ min: 1, max: 60 }),
      open: fc.integer({ min: 1, max: 400 }),
      customerId: fc.constantFrom('anna', 'berta'),
      currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
    }),
    { selector: ({ sequence }) => sequence, maxLength: 9 },
  )
  .map((all) => all.map(({ sequence, open, ...change }) => invoice(sequence, open, change)))
const whos = fc.uniqueArray(fc.constantFrom('anna', 'berta'))
const knowns = fc
  .record({ open: invoices, customersNamed: whos, accountOf: whos, names: fc.array(fc.integer({ min: 0, max: 8 })) })
  .map(({ open, names, ...who }): Known => ({ ...who, open, named: names.flatMap((at) => open[at] ?? []) }))

test('any proposal spends exactly the money, no invoice beyond what is open, only its own currency, and has words', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1500 }), knowns, fc.string(), (amount, known, purpose) => {
      const proposal = propose({ amount, currency: 'EUR', purpose }, known)
      if (!proposal) return
      const { parts, rest, reason, customerId } = proposal
      expect(parts.reduce((total, part) => total + part.amount, 0) + rest).toBe(amount)
      expect(rest).toBeGreaterThanOrEqual(0)
      expect(new Set(parts.map(({ documentId }) => documentId)).size).toBe(parts.length)
      const all = [...known.open, ...known.named]
      for (const part of parts) {
        const item = all.find(({ documentId }) => documentId === part.documentId)
        expect(item?.currency).toBe('EUR')
        expect(part.amount).toBeGreaterThan(0)
        expect(part.amount).toBeLessThanOrEqual(item?.open ?? 0)
      }
      if (rest > 0) expect(customerId).toBeDefined()
      expect(hasWords(reason.key)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('what is certain rests on the amount to the cent, or on two signs that agree', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1500 }), knowns, (amount, known) => {
      const proposal = propose({ amount, currency: 'EUR', purpose: '' }, known)
      if (!proposal?.certain) return
      const all = [...known.open, ...known.named]
      const inFull = proposal.parts.every(({ documentId, amount: part }) =>
        all.some((item) => item.documentId === documentId && item.open === part),
      )
      const toTheCent = proposal.rest === 0 && inFull && proposal.parts.length > 0
      const who = proposal.customerId
      const twoSigns =
        who !== undefined &&
        known.named.some(({ customerId }) => customerId === who) &&
        [...known.accountOf, ...known.customersNamed].includes(who)
      expect(toTheCent || twoSigns).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('the answer does not depend on the order in which the record tells things', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1500 }), knowns, (amount, known) => {
      const turned = {
        ...known,
        open: [...known.open].reverse(),
        named: [...known.named].reverse(),
        accountOf: [...known.accountOf].reverse(),
      }
      expect(propose({ amount, currency: 'EUR', purpose: '' }, turned)).toEqual(
        propose({ amount, currency: 'EUR', purpose: '' }, known),
      )
    }),
    { numRuns: 500 },
  )
})

test('the oldest debt is paid first', () => {
  expect(oldestFirst(150, [invoice(5, 100), invoice(2, 100)])).toEqual({
    parts: [
      { documentId: 'd2', number: 'R-2026-000002', amount: 100 },
      { documentId: 'd5', number: 'R-2026-000005', amount: 50 },
    ],
    rest: 0,
  })
})
