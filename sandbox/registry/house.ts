/** What one sandbox registry is: its top-level domains with their rules and prices, and the registrars that have an account. */

/** All amounts are minor units of the house's currency; all durations are milliseconds. */
export interface TldHouseRules {
  prices: { create: number; renew: number; transfer: number; restore: number }
  minYears: number
  maxYears: number
  /** the longest that a name may be paid ahead, in years */
  maxAheadYears: number
  registrantRequired: boolean
  adminRequired: boolean
  techRequired: boolean
  /** ISO 3166-1 alpha-2: only registrants of these countries may hold a name */
  residents?: string[]
  /** name servers are host objects (RFC 5732) or attributes of the name (RFC 5731 §1.1) */
  hosts: 'objects' | 'attributes'
  /** an external host object that does not exist yet is made in passing */
  implicitHosts: boolean
  maxNameservers: number
  /** labels longer than this are refused (63 by DNS) */
  maxLabel: number
  minLabel: number
  /** a create is decided only after this delay (1001) */
  pendingCreateMs?: number
  /** a transfer is decided by the losing registrar, or by time; 0: at once, the authInfo is enough */
  transferMs: number
  transferAddsYear: boolean
  addGraceMs: number
  renewGraceMs: number
  autoRenewGraceMs: number
  transferGraceMs: number
  redemptionMs: number
  pendingDeleteMs: number
  autoRenew: boolean
  reserved: string[]
  /** held by another registrar since the registry began */
  taken: string[]
  premium: Record<string, { class: string; create: number; renew: number; transfer: number; restore: number }>
  /** labels in the trademark claims service: a create needs the accepted notice (RFC 8334) */
  claims: string[]
}

export interface HouseAccount {
  clientId: string
  /** what the registrar has paid in */
  balance: number
  creditLimit: number
}

export interface House {
  id: string
  /** shown in the greeting */
  svId: string
  /** suffix of every ROID, at most 8 word characters */
  repository: string
  currency: string
  maxSessions: number
  /** names per check command */
  maxCheck: number
  tlds: Record<string, TldHouseRules>
  /** external host objects that exist since the registry began */
  hosts: string[]
  /** the first is the house's own registrar, the second everybody else's */
  accounts: [HouseAccount, HouseAccount, ...HouseAccount[]]
}

const DAY = 86_400_000

export const ordinaryTld: TldHouseRules = {
  prices: { create: 950, renew: 950, transfer: 950, restore: 4000 },
  minYears: 1,
  maxYears: 10,
  maxAheadYears: 10,
  registrantRequired: true,
  adminRequired: false,
  techRequired: false,
  hosts: 'objects',
  implicitHosts: false,
  maxNameservers: 13,
  maxLabel: 63,
  minLabel: 1,
  transferMs: 5 * DAY,
  transferAddsYear: true,
  addGraceMs: 5 * DAY,
  renewGraceMs: 5 * DAY,
  autoRenewGraceMs: 45 * DAY,
  transferGraceMs: 5 * DAY,
  redemptionMs: 30 * DAY,
  pendingDeleteMs: 5 * DAY,
  autoRenew: true,
  reserved: ['nic', 'whois', 'www', 'rdds', 'icann', 'iana'],
  taken: ['google', 'amazon', 'facebook', 'wikipedia', 'microsoft', 'apple', 'bahn', 'siemens', 'vergeben', 'taken'],
  premium: {},
  claims: [],
}
