// Every tale is told calmly once; then again for every cell, the worker killed there and started again. It must end as the calm one did.
import { asTable, checkRecord, checkSandbox, checkWorkflows, type Finding } from '../../worker/invariants'
import { pause } from '../processes'
import { type Cell, type Trace } from './cells'
import { differences, digestOfState, endStateOf, type EndState } from './end-state'
import type { Messenger, Stage } from './stage'
import { decree, type Tale } from './tales'
import { letMailsGo, Telling } from './telling'

const patienceMs = 180_000

/** Tells it to the end and reads how it ended. */
async function told(stage: Stage, tale: Tale): Promise<EndState> {
  await decree(stage, tale.name, tale.policy)
  const telling = new Telling(stage, tale, { patienceMs })
  await telling.arrive()
  await tale.play(telling)
  return endStateOf(telling, await telling.ended())
}

export interface CalmTelling {
  trace: Trace
  end: EndState
}

/** Nothing is killed; what is passed and said is written down. */
export async function tellCalmly(stage: Stage, tale: Tale): Promise<CalmTelling> {
  const points = new Map<string, number>()
  const messages = new Map<string, number>()
  stage.worker.onPass = (point) => points.set(point, (points.get(point) ?? 0) + 1)
  stage.messenger.around = async (message, send) => {
    const since = Date.now()
    const answer = await send()
    messages.set(message, Date.now() - since)
    return answer
  }
  try {
    const end = await told(stage, tale)
    await untilQuiet(points)
    const wrong = await wrongWithTheRecord(stage)
    if (wrong) throw new Error(wrong)
    return { trace: { tale, points, messages }, end }
  } finally {
    hush(stage)
  }
}

/** Tells the tale with one death in it. Throws with what is wrong. */
export async function proveCell(stage: Stage, cell: Cell, calm: EndState): Promise<void> {
  const { worker } = stage
  await worker.ready
  const before = worker.deaths.length
  try {
    if (cell.kind === 'message' && cell.sentBy === undefined) stage.messenger.around = killingAt(stage, cell)
    else {
      const point = cell.kind === 'activity' ? `${cell.point}#${cell.nth}` : (cell.sentBy ?? '')
      // the registries' queues are read from the worker's first moment on
      if (point.startsWith('drainPollQueue:A')) await worker.kill(point)
      else worker.arm(point)
    }
    const end = await told(stage, cell.tale)
    for (let waited = 0; worker.deaths.length === before && waited < 100; waited += 1) await pause(100)
    if (worker.deaths.length === before) throw new NeverThere()
    const given = worker.deaths.slice(before).find(({ code }) => code !== null)
    if (given) throw new Error(`a worker gave up by itself with code ${given.code}`)
    if (digestOfState(end) !== digestOfState(calm)) throw new Error(differences(calm, end).join('\n'))
    const wrong = await wrongWithTheRecord(stage)
    if (wrong) throw new Error(wrong)
  } finally {
    hush(stage)
    await worker.ready
  }
}

/** The tale went by without passing the point, this time. */
export class NeverThere extends Error {
  override readonly message = 'this point was not passed, nothing was killed'
}

/** Kills around the first message of that name. */
function killingAt(stage: Stage, cell: Extract<Cell, { kind: 'message' }>): Messenger['around'] {
  let done = false
  return async (message, send) => {
    if (done || message !== cell.message) return send()
    done = true
    if (cell.moment === 'before it is sent') {
      await stage.worker.kill()
      return send()
    }
    const answer = send()
    answer.catch(() => undefined)
    if (cell.moment === 'after it was sent, before the answer') await pause(cell.calmMs / 2)
    else await answer
    await stage.worker.kill()
    return answer
  }
}

function hush(stage: Stage): void {
  stage.worker.arm('-')
  stage.worker.onPass = () => undefined
  stage.messenger.around = (_message, send) => send()
}

/** What the worker does after the case is closed is passed too. */
async function untilQuiet(points: Map<string, number>): Promise<void> {
  for (let before = -1; before !== points.size;) {
    before = points.size
    await pause(500)
  }
}

const broken = (findings: Finding[]): string | undefined => {
  const violated = findings.filter(({ violations }) => violations.length > 0)
  return violated.length > 0 ? asTable(violated) : undefined
}

const wrongWithTheRecord = async ({ databaseUrl }: Stage): Promise<string | undefined> => broken(await checkRecord(databaseUrl))

/** After all: the record, the workflows and the counterparties say the same; every mail has gone out. */
export async function proveWhole(stage: Stage, { mailsWithinSeconds }: { mailsWithinSeconds: number }): Promise<string> {
  const findings = [
    ...(await checkRecord(stage.databaseUrl)),
    ...(await checkWorkflows(stage.databaseUrl, stage.client)),
    ...(await checkSandbox(stage.databaseUrl, stage.url)),
  ]
  const wrong = broken(findings)
  if (wrong) throw new Error(wrong)
  return await proveMails(stage, mailsWithinSeconds)
}

/**
 * Not one mail is missing. One whose sender was killed at it goes out again when its claim (5 minutes) has lapsed and the queue has given its
 * job up (about a minute): the first is let happen now, the second is waited for where there is time, else these mails are only counted.
 */
async function proveMails({ prisma, mailbox, worker }: Stage, seconds: number): Promise<string> {
  const patient = seconds > 60
  const open = () =>
    prisma.delivery.findMany({
      where: { state: { notIn: ['SENT', 'BOUNCED'] } },
      select: { id: true, state: true, template: true },
    })
  // a worker sends at most four mails at once
  const claimed = 4 * worker.deaths.length
  for (let waited = 0; waited < seconds; waited += 1) {
    const { length } = await open()
    if (length === 0 || (!patient && waited >= 5 && length <= claimed)) break
    await letMailsGo(prisma)
    await pause(1000)
  }
  const left = await open()
  const lost = left.filter(({ state }) => state === 'FAILED' || patient)
  if (lost.length > 0 || left.length > claimed)
    throw new Error(`${left.length} mails were never sent: ${JSON.stringify(left.slice(0, 5))}`)
  const arrived = mailbox.counts()
  const sent = await prisma.delivery.count({ where: { state: { in: ['SENT', 'BOUNCED'] } } })
  if (Object.keys(arrived).length < sent) throw new Error(`${sent} mails were sent, ${Object.keys(arrived).length} have arrived`)
  const twice = Object.values(arrived).filter((times) => times > 1).length
  return `${sent} mails, ${twice} of them twice${left.length > 0 ? `, ${left.length} wait for a dead sender's claim to lapse` : ''}`
}
