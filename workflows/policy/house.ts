/** Who issues the documents: the dated policy 'house'. What an invoice must say of its issuer: § 14 (4) UStG, § 35a GmbHG, EN 16931 BG-4. */
export interface HousePolicy {
  /** shown to people, e.g. 2026-01-01 */
  version: string
  name: string
  street: string
  postcode: string
  city: string
  /** ISO 3166-1 alpha-2 */
  country: string
  vatId: string
  taxNumber: string
  /** commercial register: HRB 123456, Amtsgericht Hamburg */
  register: string
  directors: string[]
  phone: string
  email: string
  website: string
  bank: { name: string; iban: string; bic: string }
}

/** The demo house. IBAN and numbers are made up in their right form. */
export const housePolicies: HousePolicy[] = [
  {
    version: '2026-01-01',
    name: 'Kontor Domains GmbH',
    street: 'Speicherstraße 12',
    postcode: '20457',
    city: 'Hamburg',
    country: 'DE',
    vatId: 'DE123456788',
    taxNumber: '48/123/45678',
    register: 'HRB 123456, Amtsgericht Hamburg',
    directors: ['Ada Petersen'],
    phone: '+49 40 5550100',
    email: 'rechnung@kontor.example',
    website: 'kontor.example',
    bank: { name: 'Hafenbank Hamburg', iban: 'DE02120300000000202051', bic: 'BYLADEM1001' },
  },
]
