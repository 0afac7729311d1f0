import type { IssuedDocument } from '../../../workflows/policy/document'
import { housePolicies } from '../../../workflows/policy/house'
import { vatFor, type VatBuyer } from '../../../workflows/policy/vat'
import { said } from '../../../workflows/policy/said'
import { speaker } from '../../../workflows/policy/words/words'

/** An issued document for tests: one line per name, 9.99 each. */
export function anIssuedDocument({
  names = ['xn--mller-kva.de', 'example.com'],
  language = 'de',
  buyer = {},
  taxed = { country: 'DE', kind: 'individual', vatIdValid: false },
  ...given
}: Partial<Omit<IssuedDocument, 'data' | 'lines'>> & {
  names?: string[]
  buyer?: Partial<IssuedDocument['data']['buyer']>
  taxed?: VatBuyer
  corrects?: { number: string; issuedOn: string }
} = {}): IssuedDocument {
  const vat = vatFor(taxed, '2026-11-22')
  const lineVat = Math.round((999 * vat.rate) / 1000)
  const { corrects, ...columns } = given
  return {
    id: 'd1',
    kind: corrects ? 'credit-note' : 'invoice',
    number: corrects ? 'G-2026-000001' : 'R-2026-000042',
    issuedOn: '2026-11-22',
    language,
    currency: 'EUR',
    net: 999 * names.length,
    vat: lineVat * names.length,
    gross: (999 + lineVat) * names.length,
    lines: names.map((name, index) => ({
      position: index + 1,
      text: speaker(language)(said('invoice.line', { name, count: 1 })),
      quantity: 1,
      unitNet: 999,
      net: 999,
      vatRate: vat.rate,
      vat: lineVat,
    })),
    data: {
      seller: housePolicies[0]!,
      buyer: {
        number: 'C-10001',
        name: 'Jörg Müller',
        street: 'Große Straße 1',
        postcode: '20095',
        city: 'Hamburg',
        country: taxed.country,
        email: 'joerg@example.de',
        ...buyer,
      },
      vat,
      order: { id: 'K-2026-000123', placedOn: '2026-11-21' },
      payment: { on: '2026-11-22', label: 'Visa ···· 4242', reference: 'pi_1' },
      ...(corrects && { corrects }),
      lines: names.map((name, index) => ({ position: index + 1, name, from: '2026-11-22', until: '2027-11-22' })),
    },
    ...columns,
  }
}
