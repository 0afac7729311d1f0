import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  datevHead,
  datevLine,
  datevPolicies,
  debtorAccount,
  generalAccount,
  linesOfBooking,
  linesOfDocument,
  windows1252,
  type DocumentToBook,
} from './datev'

const policy = datevPolicies[0]!
const aDocument = (given: Partial<DocumentToBook> = {}): DocumentToBook => ({
  ...{ number: 'R-2026-000042', kind: 'invoice', issuedOn: '2026-11-22', dueOn: '2026-12-06', customerNumber: 'C-10001' },
  ...{ customerName: 'Müller; "Söhne"', currency: 'EUR', vat: { treatment: 'domestic', country: 'DE' } },
  lines: [{ net: 990, vat: 188, vatRate: 190 }],
  ...given,
})
const cells = (line: string) => line.trimEnd().split(';')

test('INV-05 the header is EXTF 700, category 21, version 13, and every line has the 125 columns of that version', () => {
  const head = datevHead({
    policy,
    chart: 'skr03',
    from: '2026-11-01',
    until: '2026-11-30',
    createdAt: '2026-12-01T08:09:10.011Z',
  })
  const [header = '', names = '', rest] = head.split('\r\n')
  expect(header.split(';').slice(0, 6)).toEqual(['"EXTF"', '700', '21', '"Buchungsstapel"', '13', '20261201080910011'])
  expect(header.split(';').slice(10, 16)).toEqual(['1001', '1', '20260101', '4', '20261101', '20261130'])
  expect(header.split(';')).toHaveLength(31)
  expect([names.split(';').length, rest]).toEqual([125, ''])
  const [line] = linesOfDocument(policy, 'skr03', aDocument({ customerName: 'Muster' }))
  expect(cells(datevLine(line!))).toHaveLength(125)
  expect(cells(datevLine(line!)).slice(0, 14)).toEqual([
    '11,78',
    '"S"',
    '"EUR"',
    '',
    '',
    '',
    '10001',
    '8400',
    '',
    '2211',
    '"R-2026-000042"',
    '"061226"',
    '',
    '"Muster"',
  ])
  expect(cells(datevLine(line!))[113]).toBe('1')
})

test('INV-05 each treatment of VAT has its account; corrections stand on the other side', () => {
  const told = (given: Partial<DocumentToBook>, chart: 'skr03' | 'skr04' = 'skr03') =>
    linesOfDocument(policy, chart, aDocument(given)).map(({ side, contra, amount, euCountry, euRate }) => [
      side,
      contra,
      amount,
      euCountry,
      euRate,
    ])
  expect(told({}, 'skr04')).toEqual([['S', '4400', 1178, undefined, undefined]])
  expect(told({ kind: 'cancellation' })).toEqual([['H', '8400', 1178, undefined, undefined]])
  expect(told({ kind: 'credit-note', lines: [{ net: -990, vat: -188, vatRate: 190 }] })).toEqual([
    ['S', '8400', 1178, undefined, undefined],
  ])
  expect(told({ vat: { treatment: 'oss', country: 'FR' }, lines: [{ net: 1000, vat: 200, vatRate: 200 }] })).toEqual([
    ['S', '8331', 1200, 'FR', 200],
  ])
  const services = { buyerVatId: 'ATU12345675', lines: [{ net: 1000, vat: 0, vatRate: 0 }] }
  expect(told({ vat: { treatment: 'reverse-charge', country: 'AT' }, ...services })).toEqual([
    ['S', '8336', 1000, 'ATU12345675', undefined],
  ])
  expect(told({ vat: { treatment: 'export', country: 'CH' }, ...services })).toEqual([['S', '8338', 1000, undefined, undefined]])
})

test("INV-05 the VAT that the program takes out of a gross line is the line's own, to the cent; where it is not, net and VAT go apart", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000_000 }), fc.constantFrom(70, 190), (net, vatRate) => {
      const vat = Math.round((net * vatRate) / 1000)
      const lines = linesOfDocument(policy, 'skr03', aDocument({ lines: [{ net, vat, vatRate }] }))
      expect(lines).toHaveLength(1)
      const { amount } = lines[0]!
      expect(Math.round((amount * vatRate) / (1000 + vatRate))).toBe(vat)
    }),
  )
  const apart = linesOfDocument(policy, 'skr03', aDocument({ lines: [{ net: 324, vat: 60, vatRate: 190 }] }))
  expect(apart.map(({ amount, contra, taxKey }) => [amount, contra, taxKey])).toEqual([
    [324, '8400', '40'],
    [60, '1776', undefined],
  ])
})

test('INV-05 any other booking is told in pairs that move exactly what it moved', () => {
  const posting = fc.record({
    account: fc.constantFrom(
      'bank:main',
      'provider:stripe',
      'credit:c',
      'loss:bad-debt',
      'fees:dunning',
      'claims:c',
      'suspense:bank',
    ),
    amount: fc.integer({ min: -10_000, max: 10_000 }),
  })
  fc.assert(
    fc.property(fc.array(posting, { minLength: 1, maxLength: 6 }), (some) => {
      const off = some.reduce((sum, { amount }) => sum + amount, 0)
      const postings = [...some, { account: 'receivable:x', amount: -off }].map((one) => ({
        ...one,
        currency: 'EUR',
        customerNumber: 'C-10007',
      }))
      const lines = linesOfBooking(policy, 'skr03', { day: '2026-11-22', description: 'x', postings })
      const want = new Map<string, number>()
      const add = (to: Map<string, number>, account: string, amount: number) => to.set(account, (to.get(account) ?? 0) + amount)
      for (const { account, amount } of postings)
        add(want, account.startsWith('receivable') ? '10007' : generalAccount(policy, 'skr03', account), amount)
      const got = new Map<string, number>()
      for (const { account, contra, amount } of lines) {
        add(got, account, amount)
        add(got, contra, -amount)
      }
      for (const account of new Set([...want.keys(), ...got.keys()]))
        expect([account, got.get(account) ?? 0]).toEqual([account, want.get(account) ?? 0])
    }),
  )
})

test('INV-05 debtors have accounts of their own, one digit longer; when they run out it is said', () => {
  expect(debtorAccount(policy, 'C-10001')).toBe('10001')
  expect(debtorAccount({ accountLength: 6 }, 'C-123456')).toBe('1113456')
  expect(() => debtorAccount(policy, 'C-99999')).toThrow(RangeError)
  expect(generalAccount({ ...policy, accountLength: 6 }, 'skr03', 'bank:main')).toBe('120000')
})

test('INV-05 no text breaks out of its field, and every byte is of Windows-1252', () => {
  const [line] = linesOfDocument(policy, 'skr03', aDocument({ customerName: 'a";\r\n=1+1;"Łódź 😀 € Straße' }))
  const text = datevLine(line!)
  expect(text.match(/\r\n/g)).toHaveLength(1)
  expect(text).toContain('"a""; =1+1;""Łódź 😀 € Straße"')
  expect(Buffer.from(windows1252('€ Straße ŠšŽžŒœŸ „“ Łódź Ǆ 😀')).toString('hex')).toBe(
    '802053747261df65208a9a8e9e8c9c9f208493203ff3647a203f203f',
  )
})
