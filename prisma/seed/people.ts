import type { ContactDetails } from '../../workflows/policy/people'
import type { StaffRole } from '../client/enums'

/** The people of the demo house. All made up; VAT IDs have the right form and check digits and belong to nobody we know of. */
export interface CustomerSeed {
  id: string
  userId: string
  email: string
  language: 'de' | 'en'
  person: {
    firstName: string
    lastName: string
    phone: string
    street: string
    postcode: string
    city: string
    country: string
  }
  company?: {
    organisation: string
    vatId?: string
    taxNumber?: string
    taxOffice?: string
    billingStreet: string
    billingPostcode: string
    billingCity: string
    billingCountry: string
  }
  /** staff has looked at the data: orders go on without a hold */
  reviewed: boolean
  contacts: (ContactDetails & { id: string })[]
}

export interface StaffSeed {
  id: string
  email: string
  displayName: string
  language: 'de' | 'en'
  role: StaffRole
}

const id = (kind: number, number: number): string =>
  `00000000-0000-4000-8000-${String(kind).padStart(4, '0')}${String(number).padStart(8, '0')}`

export const staffSeeds: StaffSeed[] = [
  { id: id(1, 1), email: 'admin@kontor.example', displayName: 'Ada Petersen', language: 'de', role: 'ADMIN' },
  { id: id(1, 2), email: 'clearing@kontor.example', displayName: 'Clara Lindner', language: 'de', role: 'CLEARING' },
  { id: id(1, 3), email: 'accounting@kontor.example', displayName: 'Bela Vogt', language: 'de', role: 'ACCOUNTING' },
  { id: id(1, 4), email: 'support@kontor.example', displayName: 'Sam Weaver', language: 'en', role: 'SUPPORT' },
  { id: id(1, 5), email: 'operator@kontor.example', displayName: 'Olga Brandt', language: 'de', role: 'OPERATOR' },
]

export const customerSeeds: CustomerSeed[] = [
  {
    id: id(2, 1),
    userId: id(3, 1),
    email: 'anna@example.com',
    language: 'de',
    person: {
      firstName: 'Anna',
      lastName: 'Müller',
      phone: '+49301234567',
      street: 'Torstraße 1',
      postcode: '10115',
      city: 'Berlin',
      country: 'DE',
    },
    reviewed: false,
    contacts: [
      {
        id: id(4, 1),
        name: 'Anna Müller',
        street: 'Torstraße 1',
        postcode: '10115',
        city: 'Berlin',
        country: 'DE',
        email: 'anna@example.com',
        phone: '+49301234567',
      },
      {
        id: id(4, 2),
        name: 'Anna Müller',
        organisation: 'Müllers Kräutergarten',
        street: 'Torstraße 1',
        postcode: '10115',
        city: 'Berlin',
        country: 'DE',
        email: 'garten@example.com',
        phone: '+49301234567',
      },
    ],
  },
  {
    id: id(2, 2),
    userId: id(3, 2),
    email: 'billing@acme.example',
    language: 'en',
    person: {
      firstName: 'Aoife',
      lastName: 'Byrne',
      phone: '+35312345678',
      street: '12 Harbour Square',
      postcode: 'D02 XY45',
      city: 'Dublin',
      country: 'IE',
    },
    company: {
      organisation: 'Acme Instruments Ltd',
      vatId: 'IE1230000TH',
      billingStreet: '12 Harbour Square',
      billingPostcode: 'D02 XY45',
      billingCity: 'Dublin',
      billingCountry: 'IE',
    },
    reviewed: true,
    contacts: [
      {
        id: id(4, 3),
        name: 'Aoife Byrne',
        organisation: 'Acme Instruments Ltd',
        street: '12 Harbour Square',
        postcode: 'D02 XY45',
        city: 'Dublin',
        country: 'IE',
        email: 'domains@acme.example',
        phone: '+35312345678',
      },
      {
        id: id(4, 4),
        name: 'Lee Chen',
        organisation: 'Acme Instruments Inc',
        street: '500 Market Street',
        postcode: '94105',
        city: 'San Francisco',
        country: 'US',
        email: 'us@acme.example',
        phone: '+14155550132',
      },
    ],
  },
  {
    id: id(2, 3),
    userId: id(3, 3),
    email: 'petra@example.com',
    language: 'de',
    person: {
      firstName: 'Petra',
      lastName: 'Stamm',
      phone: '+49405550199',
      street: 'Große Elbstraße 68',
      postcode: '22767',
      city: 'Hamburg',
      country: 'DE',
    },
    reviewed: true,
    contacts: [
      {
        id: id(4, 5),
        name: 'Petra Stamm',
        street: 'Große Elbstraße 68',
        postcode: '22767',
        city: 'Hamburg',
        country: 'DE',
        email: 'petra@example.com',
        phone: '+49405550199',
      },
    ],
  },
  {
    id: id(2, 4),
    userId: id(3, 4),
    email: 'lukas@example.at',
    language: 'de',
    person: {
      firstName: 'Lukas',
      lastName: 'Gruber',
      phone: '+436601234567',
      street: 'Neubaugasse 17',
      postcode: '1070',
      city: 'Wien',
      country: 'AT',
    },
    reviewed: false,
    contacts: [
      {
        id: id(4, 6),
        name: 'Lukas Gruber',
        street: 'Neubaugasse 17',
        postcode: '1070',
        city: 'Wien',
        country: 'AT',
        email: 'lukas@example.at',
        phone: '+436601234567',
      },
    ],
  },
  {
    id: id(2, 5),
    userId: id(3, 5),
    email: 'einkauf@werkstatt.example',
    language: 'de',
    person: {
      firstName: 'Jonas',
      lastName: 'Weiß',
      phone: '+49221987650',
      street: 'Venloer Straße 40',
      postcode: '50672',
      city: 'Köln',
      country: 'DE',
    },
    company: {
      organisation: 'Werkstatt Weiß GmbH',
      vatId: 'DE299000000',
      taxNumber: '215/5555/0123',
      taxOffice: 'Köln-Mitte',
      billingStreet: 'Venloer Straße 40',
      billingPostcode: '50672',
      billingCity: 'Köln',
      billingCountry: 'DE',
    },
    reviewed: true,
    contacts: [
      {
        id: id(4, 7),
        name: 'Jonas Weiß',
        organisation: 'Werkstatt Weiß GmbH',
        street: 'Venloer Straße 40',
        postcode: '50672',
        city: 'Köln',
        country: 'DE',
        email: 'einkauf@werkstatt.example',
        phone: '+49221987650',
      },
    ],
  },
  {
    id: id(2, 6),
    userId: id(3, 6),
    email: 'achats@atelier.example',
    language: 'en',
    person: {
      firstName: 'Élodie',
      lastName: 'Moreau',
      phone: '+33142685300',
      street: '8 rue de la Paix',
      postcode: '75002',
      city: 'Paris',
      country: 'FR',
    },
    company: {
      organisation: 'Atelier Moreau SARL',
      vatId: 'FR77900123000',
      billingStreet: '8 rue de la Paix',
      billingPostcode: '75002',
      billingCity: 'Paris',
      billingCountry: 'FR',
    },
    reviewed: true,
    contacts: [
      {
        id: id(4, 8),
        name: 'Élodie Moreau',
        organisation: 'Atelier Moreau SARL',
        street: '8 rue de la Paix',
        postcode: '75002',
        city: 'Paris',
        country: 'FR',
        email: 'achats@atelier.example',
        phone: '+33142685300',
      },
    ],
  },
]
