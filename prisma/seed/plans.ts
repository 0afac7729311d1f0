import type { PlanKind } from '../client/enums'

/** What the demo house sells by subscription. Prices are net per period in euro cents; a dearer year begins on a day. */
export interface PlanSeed {
  id: string
  kind: PlanKind
  nameDe: string
  nameEn: string
  revenueGroup: string
  months: number
  prices: { validFrom: string; amount: number }[]
}

export const planSeeds: PlanSeed[] = [
  {
    ...{ id: 'hosting-s', kind: 'HOSTING', nameDe: 'Webhosting S', nameEn: 'Web hosting S', revenueGroup: 'hosting', months: 1 },
    prices: [
      { validFrom: '2025-01-01', amount: 490 },
      { validFrom: '2027-01-01', amount: 590 },
    ],
  },
  {
    ...{ id: 'hosting-l', kind: 'HOSTING', nameDe: 'Webhosting L', nameEn: 'Web hosting L', revenueGroup: 'hosting', months: 1 },
    prices: [
      { validFrom: '2025-01-01', amount: 1490 },
      { validFrom: '2027-01-01', amount: 1690 },
    ],
  },
  {
    ...{ id: 'escrow', kind: 'ESCROW', nameDe: 'Data Escrow', nameEn: 'Data escrow', revenueGroup: 'escrow', months: 3 },
    prices: [{ validFrom: '2025-01-01', amount: 89_000 }],
  },
  {
    ...{ id: 'support', kind: 'SUPPORT', nameDe: 'Betreuung', nameEn: 'Support', revenueGroup: 'support', months: 12 },
    prices: [{ validFrom: '2025-01-01', amount: 59_900 }],
  },
]

/** Which customer of people.ts (by its place there) has what; each begins on the first of the month in which the house is made. */
export const serviceSeeds: { customer: number; planId: string; subject: string; quantity?: number }[] = [
  { customer: 0, planId: 'hosting-s', subject: 'anna-webt.example' },
  { customer: 1, planId: 'hosting-l', subject: 'hafenkontor.example' },
  { customer: 1, planId: 'support', subject: 'Hafenkontor', quantity: 1 },
  { customer: 2, planId: 'hosting-s', subject: 'studio.example', quantity: 3 },
]
