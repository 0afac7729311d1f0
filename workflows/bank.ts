import { allHandlersFinished, condition, continueAsNew, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow'
import * as options from './activity-options'
import type { BankActivities } from './activity-types'
import { movedSince, now } from './clock'
import { bankState, lookNow, planCollection, readFile, settleEntry, type BankInput, type BankState } from './messages/bank'
import { houseDay } from './policy/calendar'
import { said } from './policy/said'

const { readBankFile, decideEntry, planDirectDebit, fetchBankFiles, submitDirectDebits } = proxyActivities<BankActivities>(
  options.bank,
)

/**
 * One per account of the house, for ever: every hour it fetches what the bank has to tell, books it, and hands over the collections whose day has
 * come. Files that a person uploads, decisions about single payments and new collections come as Updates, and wait for their turn: one at a time works on
 * the account.
 */
export async function bank(input: BankInput): Promise<void> {
  const state: BankState = { rounds: input.rounds ?? 0, ...(input.state ?? {}) }
  let asked = false
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => undefined)
    return mine
  }
  setHandler(bankState, () => state)
  setHandler(readFile, ({ fileId }) => inTurn(() => readBankFile({ fileId, at: now() })))
  setHandler(settleEntry, (decision) => inTurn(() => decideEntry({ ...decision, at: now() })))
  setHandler(planCollection, (plan) => inTurn(() => planDirectDebit({ ...plan, today: houseDay(now()), at: now() })))
  setHandler(lookNow, () => {
    asked = true
  })

  for (let round = 0; round < 200 && !workflowInfo().continueAsNewSuggested; round += 1) {
    asked = false
    // a clock that was moved brings a day, and what the bank did on it
    const moved = movedSince()
    await look(input.accountId, state, inTurn)
    await condition(() => asked || moved(), '1 hour')
  }
  await condition(allHandlersFinished)
  await continueAsNew<typeof bank>({ accountId: input.accountId, rounds: state.rounds, state })
}

/** An outage of the bank is told and tried again in an hour; nothing is lost meanwhile, and nobody at the desk waits for it. */
async function look(accountId: string, state: BankState, inTurn: <T>(work: () => Promise<T>) => Promise<T>): Promise<void> {
  state.rounds += 1
  let stuck = false
  const tried = new Set<string>()
  const read = async (fileId: string): Promise<void> => {
    tried.add(fileId)
    // one file that can't be booked holds up no other: it stays in the list as waiting
    await inTurn(() => readBankFile({ fileId, at: now() })).catch(() => {
      stuck = true
    })
  }
  try {
    for (;;) {
      const { fileIds, last, unread = [] } = await fetchBankFiles(state.last === undefined ? {} : { after: state.last })
      for (const fileId of fileIds) await read(fileId)
      if (last === undefined || last === state.last) {
        // what an earlier hour could not book
        for (const fileId of unread) if (!tried.has(fileId)) await read(fileId)
        break
      }
      state.last = last
    }
    await submitDirectDebits({ accountId, today: houseDay(now()), at: now() })
    if (stuck) state.trouble = said('bank.file-stuck')
    else delete state.trouble
  } catch {
    state.trouble = said('bank.trouble')
  }
  state.lookedAt = now()
}
