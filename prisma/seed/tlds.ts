import { said } from '../../workflows/policy/said'
import type { ExtraField, TldRules } from '../../workflows/policy/tld-rules'
import { letters } from './letters'

/** What the demo house sells. Prices are net per year in euro cents and made up; facts about the TLDs: SOURCES.md. */
export interface TldSeed {
  tld: string
  registryId: string
  groups: string[]
  /** years, letters, holders and questions; dated where they have changed */
  rules: TldRules[]
  /** by the day they begin; the last list is announced only */
  prices: PriceList[]
  /** in other currencies, made up as well */
  foreign: (PriceList & { currency: string })[]
}

interface PriceList {
  validFrom: string
  register: number
  renew: number
  transfer: number
  restore: number
}

/** Which TLDs are also sold in which currency, and how much dearer in figures. */
const abroad: Record<string, { per: number; tlds: string[] }> = {
  USD: { per: 1.15, tlds: ['com', 'net', 'org', 'shop', 'info', 'online', 'app', 'dev'] },
  CHF: { per: 0.98, tlds: ['ch', 'com', 'net', 'org', 'shop'] },
}

type Shape = Partial<Omit<TldRules, 'tld' | 'validFrom' | 'label'>> & { idn?: string; min?: number }

const bookFrom = '2025-01-01'
const priceDays = ['2025-01-01', '2026-01-01', '2027-01-01'] as const

/** labels that every registry keeps for itself (ICANN Specification 5, and the ccTLDs alike) */
const reserved = ['nic', 'whois', 'www', 'rdds', 'icann', 'iana']

const rulesFrom = (tld: string, validFrom: string, { idn = '', min = 2, ...shape }: Shape): TldRules => ({
  tld,
  validFrom,
  years: { min: 1, max: 10 },
  label: { min, max: 63, idn, reserved },
  holder: { kinds: ['individual', 'organisation'] },
  extra: [],
  pendingCreate: false,
  notes: [],
  ...shape,
})

type Prices = [number, number, number]

const sold = (
  registryId: string,
  groups: string[],
  tld: string,
  register: Prices,
  shape: Shape,
  { renew = register, changes = [] }: { renew?: Prices; changes?: [string, Shape][] } = {},
): TldSeed => {
  const prices = priceDays.map((validFrom, list) => ({
    validFrom,
    register: register[list] ?? 0,
    renew: renew[list] ?? 0,
    transfer: register[list] ?? 0,
    restore: Math.max(4_900, (register[list] ?? 0) * 5),
  }))
  return {
    tld,
    registryId,
    groups,
    rules: [rulesFrom(tld, bookFrom, shape), ...changes.map(([day, change]) => rulesFrom(tld, day, { ...shape, ...change }))],
    prices,
    foreign: Object.entries(abroad).flatMap(([currency, { per, tlds }]) =>
      tlds.includes(tld) ? prices.map((list) => ({ currency, ...inFigures(list, per) })) : [],
    ),
  }
}

/** To the next price that ends in 90. */
const inFigures = ({ validFrom, ...amounts }: PriceList, per: number): PriceList => {
  const round = (amount: number) => Math.ceil((amount * per + 10) / 100) * 100 - 10
  const { register, renew, transfer, restore } = amounts
  return { validFrom, register: round(register), renew: round(renew), transfer: round(transfer), restore: round(restore) }
}

/** EU-27 and the EEA states Iceland, Liechtenstein, Norway (Regulation (EU) 2019/517, Art. 3). */
const union = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' ')

const nis2 = said('rules.note.nis2')
const oneYear = { years: { min: 1, max: 1 } }
const yearNote = said('rules.note.year')
const premiumNotes = [said('rules.note.premium'), said('rules.note.premium-renewal')]

const cityLink: ExtraField = {
  id: 'cityLink',
  title: said('rules.extra.city.link'),
  kind: 'choice',
  required: true,
  choices: ['lives', 'works', 'offers', 'ties'].map((value) => ({ value, title: said(`rules.extra.city.link.${value}`) })),
}

const generic = (tld: string, prices: Prices, idn: string, groups = ['gtld']) =>
  sold('sandbox-generic', groups, tld, prices, { idn, notes: [said('rules.note.abuse')] })

const newGeneric = (tld: string, prices: Prices, shape: Shape = {}, groups = ['new-gtld']) =>
  sold('sandbox-generic', groups, tld, prices, { idn: letters.latin, notes: premiumNotes, ...shape })

const https = { notes: [said('rules.note.https', { tld: 'app' }), ...premiumNotes] }

const place = (tld: string, prices: Prices, shape: Shape = {}) =>
  newGeneric(tld, prices, { notes: [said('rules.note.city'), ...premiumNotes], ...shape }, [
    'new-gtld',
    ...(['wien', 'tirol'].includes(tld) ? ['europe'] : ['german-cities']),
  ])

const country = (tld: string, prices: Prices, shape: Shape, groups = ['europe']) =>
  sold('sandbox-cc', groups, tld, prices, { ...oneYear, ...shape, notes: [yearNote, ...(shape.notes ?? [])] })

/** In the order of the shop. */
export const tldSeeds: TldSeed[] = [
  sold(
    'sandbox-de',
    ['top10', 'europe'],
    'de',
    [490, 540, 590],
    { ...oneYear, idn: letters.de, min: 1, notes: [yearNote, said('rules.note.abuse')] },
    // the German law that carries out NIS 2 is in force since 2025-12-06 (BGBl. 2025 I Nr. 301)
    { changes: [['2025-12-06', { notes: [yearNote, said('rules.note.abuse'), nis2] }]] },
  ),
  generic('com', [1190, 1290, 1390], letters.latin, ['top10', 'gtld']),
  sold('sandbox-eu', ['top10', 'europe'], 'eu', [690, 750, 790], {
    idn: letters.latin,
    holder: { kinds: ['individual', 'organisation'], countries: union, why: said('rules.country.eu', { tld: 'eu' }) },
    notes: [said('rules.note.eu'), nis2],
  }),
  generic('net', [1290, 1390, 1490], letters.latin, ['top10', 'gtld']),
  generic('org', [1290, 1390, 1390], letters.european, ['top10', 'gtld']),
  country('at', [1290, 1390, 1390], { idn: letters.at, min: 1, notes: [nis2] }, ['top10', 'europe']),
  country('ch', [1090, 1190, 1190], { idn: letters.ch, min: 3 }, ['top10', 'europe']),
  newGeneric('shop', [3190, 3290, 3490], {}, ['top10', 'new-gtld']),
  generic('info', [1790, 1890, 1990], letters.european, ['top10', 'gtld']),
  newGeneric('online', [2890, 2990, 3190], {}, ['top10', 'new-gtld']),

  generic('biz', [1690, 1790, 1890], letters.european),
  generic('name', [1090, 1190, 1190], letters.latin),

  newGeneric('app', [1690, 1790, 1890], https),
  newGeneric('dev', [1490, 1590, 1590], { notes: [said('rules.note.https', { tld: 'dev' }), ...premiumNotes] }),
  newGeneric('cloud', [2290, 2390, 2490]),
  newGeneric('blog', [2690, 2790, 2890]),
  newGeneric('store', [4590, 4790, 4990]),
  newGeneric('xyz', [1290, 1390, 1490]),

  place('berlin', [4790, 4990, 5190], { extra: [cityLink] }),
  place('hamburg', [4790, 4990, 5190], { extra: [cityLink] }),
  place('koeln', [4190, 4290, 4490]),
  place('cologne', [4190, 4290, 4490]),
  place('bayern', [3590, 3690, 3790]),
  place('nrw', [3590, 3690, 3790]),
  place('saarland', [3590, 3690, 3790]),
  place('wien', [3390, 3490, 3590], { extra: [cityLink] }),
  place('tirol', [3790, 3890, 3990]),

  country('nl', [690, 750, 790], { min: 3, notes: [nis2] }),
  country('fr', [890, 950, 990], {
    idn: letters.fr,
    holder: {
      kinds: ['individual', 'organisation'],
      countries: [...union, 'CH'],
      why: said('rules.country.eea-ch', { tld: 'fr' }),
    },
    extra: [
      {
        id: 'born',
        title: said('rules.extra.fr.born'),
        hint: said('rules.extra.fr.born.hint'),
        kind: 'date',
        required: true,
        for: 'individual',
      },
    ],
    pendingCreate: true,
    notes: [said('rules.note.eea-ch'), said('rules.note.pending')],
  }),
  country('it', [890, 950, 990], {
    idn: letters.it,
    min: 3,
    holder: {
      kinds: ['individual', 'organisation'],
      countries: [...union, 'CH', 'GB', 'SM', 'VA'],
      why: said('rules.country.it', { tld: 'it' }),
    },
    extra: [
      {
        id: 'code',
        title: said('rules.extra.it.code'),
        hint: said('rules.extra.it.code.hint'),
        kind: 'text',
        required: true,
        pattern: '[A-Za-z0-9]{5,20}',
        maxLength: 20,
      },
    ],
    pendingCreate: true,
    notes: [said('rules.note.it'), said('rules.note.pending')],
  }),
  country('es', [990, 1050, 1090], {
    idn: letters.es,
    min: 3,
    extra: [
      {
        id: 'nif',
        title: said('rules.extra.es.nif'),
        hint: said('rules.extra.es.nif.hint'),
        kind: 'text',
        required: true,
        pattern: '\\d{8}[A-Za-z]|[XYZxyz]\\d{7}[A-Za-z]|[A-Za-z0-9]{5,20}',
        maxLength: 20,
      },
    ],
    notes: [said('rules.note.es')],
  }),
  country('be', [790, 850, 890], { idn: letters.be, notes: [nis2] }),
  country('lu', [2190, 2290, 2390], { idn: letters.ch, min: 3 }),
  country('pl', [1590, 1690, 1690], { idn: letters.pl, min: 3 }),
  country('cz', [1190, 1290, 1290], {}),
  country('dk', [1290, 1390, 1490], { idn: letters.dk, notes: [nis2] }),
  country('se', [1890, 1990, 1990], {
    idn: letters.se,
    extra: [
      {
        id: 'number',
        title: said('rules.extra.se.number'),
        hint: said('rules.extra.se.number.hint'),
        kind: 'text',
        required: true,
        pattern: '[A-Za-z0-9-]{5,20}',
        maxLength: 20,
      },
    ],
    notes: [said('rules.note.se')],
  }),
  country('li', [1090, 1190, 1190], { idn: letters.ch, min: 3 }),
  sold('sandbox-cc', ['europe'], 'uk', [890, 950, 990], { min: 3 }),
  sold('sandbox-cc', [], 'io', [4490, 4690, 4990], { years: { min: 1, max: 5 }, idn: letters.latin, notes: premiumNotes }),
  sold('sandbox-cc', [], 'me', [1990, 2090, 2190], { idn: letters.latin, notes: premiumNotes }),
  sold('sandbox-cc', [], 'tv', [3790, 3890, 3990], { notes: premiumNotes }),
  sold('sandbox-cc', [], 'co', [2990, 3090, 3190], { years: { min: 1, max: 5 }, idn: letters.co, min: 3, notes: premiumNotes }),
]
