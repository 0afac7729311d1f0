/** Lists: one query for the rows of a page, one for how many there are; sorts and states from a list of known ones. */
import { said } from '../../workflows/policy/said'
import { Invalid } from './problems'
import type { ListInput, Page } from './types'

const usualSize = 25

export interface PageWanted {
  skip: number
  take: number
  page: number
}

export const pageWanted = ({ page = 1, pageSize = usualSize }: ListInput): PageWanted => ({
  page,
  skip: (page - 1) * pageSize,
  take: pageSize,
})

export const pageOf = <Row>(rows: Row[], total: number, { page, take }: PageWanted): Page<Row> => ({
  rows,
  total,
  page,
  pageSize: take,
})

/** `name` or `-name` (falling) out of the sorts a list offers; anything else is its first, so that an old bookmark goes on working. */
export function sortWanted<Order>(
  sort: string | undefined,
  offered: Record<string, (direction: 'asc' | 'desc') => Order>,
  usual: string,
): Order {
  const wanted = sort && offered[sort.replace(/^-/, '')] ? sort : usual
  const order = offered[wanted.replace(/^-/, '')]
  if (!order) throw new RangeError(`${usual} is not offered`)
  return order(wanted.startsWith('-') ? 'desc' : 'asc')
}

/** PARTLY_DELIVERED is written partly-delivered for people and programs. */
export const spoken = (state: string): string => state.toLowerCase().replaceAll('_', '-')

/** The record's state from its spoken form; a state that does not exist is the asker's mistake. */
export function stateWanted<State extends string>(state: string | undefined, states: Record<string, State>): State | undefined {
  if (state === undefined || state === '' || state === 'all') return undefined
  const found = states[state.toUpperCase().replaceAll('-', '_')]
  if (!found) throw new Invalid({ state: said('field.choice') })
  return found
}
