import type { InvariantActivities } from '../workflows/activity-types'
import { heartbeating } from './heartbeat'
import type { World } from './world'

export const createInvariantActivities = ({
  invariants,
  deliveries,
  queue,
}: Pick<World, 'invariants' | 'deliveries' | 'queue'>): InvariantActivities => ({
  async checkInvariants({ at, suspected }) {
    return heartbeating(async () => {
      const { findings, tookMs } = await invariants.check()
      const broken = findings.filter(({ violations }) => violations > 0)
      // what was not wrong two minutes ago may be right again in two minutes: the next round looks at it
      const lasting = suspected === undefined ? broken : broken.filter(({ name }) => suspected.includes(name))
      if (suspected === undefined && lasting.length > 0) return { suspected: lasting.map(({ name }) => name) }
      const { news } = await invariants.keep({ at, findings: lasting, holding: findings.length - lasting.length, tookMs })
      if (news.length > 0) {
        const mail = {
          key: `invariants/${at}`,
          template: 'invariants-broken',
          caseId: 'invariants',
          to: 'operators' as const,
          params: { count: news.length, names: news.join(', ') },
        }
        await queue.enqueue(await deliveries.queue([mail])).catch(() => undefined)
      }
      return { suspected: [] }
    })
  },
})
