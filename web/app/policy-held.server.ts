import type { PolicyOperations } from '../../api/operations/dunning-types'
import type { Principal } from '../../api/operations/types'
import type { DunningPolicy } from '../../workflows/policy/dunning'

/** The dunning rules that hold today. */
export async function policyHeld(policies: Pick<PolicyOperations, 'list'>, me: Principal): Promise<DunningPolicy> {
  const { rows } = await policies.list(me, { kind: 'dunning', pageSize: 200 })
  const held = rows.find(({ standing }) => standing === 'in-force') ?? rows[0]
  if (!held) throw new Error('There are no dunning rules')
  return { ...(held.data as Omit<DunningPolicy, 'version'>), version: held.version }
}
