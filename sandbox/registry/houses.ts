/** The demo registries. Prices are what a registrar pays, in euro cents; they are made up. */
import { type House, ordinaryTld, type TldHouseRules } from './house'

const residentsOfTheUnion = (
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE ' + // European Union
  'IS LI NO'
) // European Economic Area
  .split(' ')

const tld = (create: number, more: Partial<TldHouseRules> = {}): TldHouseRules => ({
  ...ordinaryTld,
  prices: { create, renew: create, transfer: create, restore: create * 4 },
  ...more,
})

const premium = (fees: Record<string, number>): TldHouseRules['premium'] =>
  Object.fromEntries(
    Object.entries(fees).map(([label, create]) => [
      label,
      { class: 'premium', create, renew: Math.round(create / 10), transfer: Math.round(create / 10), restore: create },
    ]),
  )

const accounts: House['accounts'] = [
  { clientId: 'kontor', balance: 100_000_000, creditLimit: 0 },
  { clientId: 'other-registrar', balance: 100_000_000, creditLimit: 0 },
]

/** Name servers of well-known operators, and our own, exist as host objects from the first day. */
const hosts = [
  'ns1.kontor.example',
  'ns2.kontor.example',
  'ns3.kontor.example',
  'ns1.example.org',
  'ns2.example.org',
  'ns1.example.net',
  'ns2.example.net',
]

const ours = { maxSessions: 16, maxCheck: 50, currency: 'EUR', accounts }

/** Under .de a name is paid by the year and moves with its authInfo at once. */
const sandboxDe: House = {
  ...ours,
  id: 'sandbox-de',
  svId: 'Sandbox registry for .de',
  repository: 'SBDE',
  hosts: [],
  tlds: {
    de: tld(390, {
      maxYears: 1,
      maxAheadYears: 2,
      hosts: 'attributes',
      transferMs: 0,
      transferAddsYear: false,
      pendingDeleteMs: 0,
    }),
  },
}

const sandboxEu: House = {
  ...ours,
  id: 'sandbox-eu',
  svId: 'Sandbox registry for .eu',
  repository: 'SBEU',
  hosts: [],
  tlds: {
    eu: tld(400, {
      residents: residentsOfTheUnion,
      hosts: 'attributes',
      transferMs: 0,
      minLabel: 2,
      pendingDeleteMs: 0,
      redemptionMs: 40 * 86_400_000,
    }),
  },
}

const generic = (create: number, more: Partial<TldHouseRules> = {}) =>
  tld(create, {
    minLabel: 1,
    premium: premium({ hotel: 250_000, kaffee: 120_000, gold: 1_500_000, premium: 50_000 }),
    claims: ['marke', 'claims'],
    ...more,
  })

const sandboxGeneric: House = {
  ...ours,
  id: 'sandbox-generic',
  svId: 'Sandbox registry for generic names',
  repository: 'SBGEN',
  hosts,
  tlds: {
    com: tld(950),
    net: tld(1050),
    org: tld(990),
    info: tld(1490),
    biz: tld(1390),
    name: tld(890),
    xyz: generic(1090),
    online: generic(2490),
    shop: generic(2690),
    store: generic(3990),
    app: generic(1390),
    dev: generic(1190),
    cloud: generic(1890),
    blog: generic(2290),
    berlin: generic(3990, { adminRequired: true }),
    hamburg: generic(3990, { adminRequired: true }),
    koeln: generic(3490),
    cologne: generic(3490),
    bayern: generic(2990),
    nrw: generic(2990),
    saarland: generic(2990),
    wien: generic(2790),
    tirol: generic(3190),
  },
}

const european = (create: number, more: Partial<TldHouseRules> = {}) =>
  tld(create, { implicitHosts: true, maxYears: 1, maxAheadYears: 2, ...more })

const sandboxCc: House = {
  ...ours,
  id: 'sandbox-cc',
  svId: 'Sandbox registry for country codes',
  repository: 'SBCC',
  hosts,
  tlds: {
    at: european(900, { transferMs: 0 }),
    ch: european(700, { transferMs: 0, transferAddsYear: false }),
    li: european(700, { transferMs: 0, transferAddsYear: false }),
    nl: european(380, { transferMs: 0 }),
    be: european(450, { transferMs: 0 }),
    lu: european(1600),
    fr: european(550, { residents: [...residentsOfTheUnion, 'CH'], pendingCreateMs: 5_000, minLabel: 2 }),
    it: european(450, {
      residents: [...residentsOfTheUnion, 'CH', 'GB', 'SM', 'VA'],
      pendingCreateMs: 5_000,
      adminRequired: true,
      techRequired: true,
    }),
    es: european(650, { minLabel: 3 }),
    pl: european(1100),
    cz: european(750),
    dk: european(800),
    se: european(1400),
    uk: european(550, { transferMs: 0, maxYears: 10, maxAheadYears: 10 }),
    io: european(3800, { maxYears: 5, maxAheadYears: 10, premium: premium({ data: 90_000, ai: 350_000 }) }),
    me: european(1500, { maxYears: 10, maxAheadYears: 10, premium: premium({ love: 75_000 }) }),
    tv: european(3200, { maxYears: 10, maxAheadYears: 10, premium: premium({ sport: 180_000 }) }),
    co: european(2500, { maxYears: 5, maxAheadYears: 10, premium: premium({ fast: 60_000 }) }),
  },
}

export const demoHouses: House[] = [sandboxDe, sandboxEu, sandboxGeneric, sandboxCc]
