// What the benches measure against: a workflow that does nothing but as many activities, and one that only answers an update.
import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow'

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '10s' })

export async function sequentialNoOps(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await nothing()
}

export const answer = defineUpdate<string, []>('answer')

export async function bareAnswer(): Promise<void> {
  let answered = false
  setHandler(answer, () => {
    answered = true
    return 'yes'
  })
  await condition(() => answered)
}
