import type { Prisma } from '../../../prisma/client/client'
import { heldOn } from '../../../workflows/policy/dated'
import { dunningPolicies, type DunningPolicy } from '../../../workflows/policy/dunning'
import { housePolicies, type HousePolicy } from '../../../workflows/policy/house'
import { orderPolicies, type OrderPolicy } from '../../../workflows/policy/order-policy'

type Reader = Pick<Prisma.TransactionClient, 'policy' | '$queryRaw'>

/** A day as a column of type date keeps it. */
export const dateColumn = (day: string): Date => new Date(`${day}T00:00:00.000Z`)

interface Dated {
  version: string
}

async function policyOn<P extends Dated>(reader: Reader, kind: string, day: string, own: readonly P[]): Promise<P> {
  const [row] = await reader.$queryRaw<{ version: string; data: unknown }[]>`
    select version, data from "Policy" where kind = ${kind} and "validFrom" <= ${day}::date order by "validFrom" desc limit 1`
  if (row) return { ...(row.data as P), version: row.version }
  const built = heldOn(day, own, ({ version }) => version) ?? own[0]
  if (!built) throw new Error(`There is no policy '${kind}' on ${day}`)
  return built
}

export const orderPolicyOn = (reader: Reader, day: string): Promise<OrderPolicy> => policyOn(reader, 'order', day, orderPolicies)

export const dunningPolicyOn = (reader: Reader, day: string): Promise<DunningPolicy> =>
  policyOn(reader, 'dunning', day, dunningPolicies)

export const housePolicyOn = (reader: Reader, day: string): Promise<HousePolicy> => policyOn(reader, 'house', day, housePolicies)

/** The policy that an order began with, by the version its row names. */
export async function orderPolicyNamed(reader: Reader, version: string): Promise<OrderPolicy> {
  const row = await reader.policy.findFirst({ where: { kind: 'order', version } })
  if (row) return { ...(row.data as unknown as OrderPolicy), version }
  const built = orderPolicies.find((policy) => policy.version === version)
  if (!built) throw new Error(`There is no order policy ${version}`)
  return built
}

/** Every version of the dunning policy by its name: a running case keeps the one that it began with. */
export async function dunningPoliciesKnown(reader: Reader): Promise<Map<string, DunningPolicy>> {
  const rows = await reader.policy.findMany({ where: { kind: 'dunning' } })
  return new Map([
    ...dunningPolicies.map((policy) => [policy.version, policy] as const),
    ...rows.map(({ version, data }) => [version, { ...(data as unknown as DunningPolicy), version }] as const),
  ])
}

/** The last rate of a currency that was published by that day, as on the invoice (kontor_exchange); undefined: none yet. */
export async function rateOn(
  reader: Pick<Prisma.TransactionClient, 'exchangeRate'>,
  currency: string,
  day: string,
): Promise<number | undefined> {
  const published = { where: { currency, day: { lte: dateColumn(day) } }, orderBy: { day: 'desc' } } as const
  return (await reader.exchangeRate.findFirst(published))?.rate
}
