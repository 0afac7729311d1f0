import { isRefused, refused } from './failures'
import type { ReceiptPort } from './world'

interface Command {
  key: string
  caseId: string
  counterparty: string
  /** payment:charge */
  command: string
  request: unknown
}

export interface Steps<T> {
  /** what became of a command whose answer was lost; undefined: it never arrived */
  ask: () => Promise<T | undefined>
  act: () => Promise<T>
  /** the other side's own name for what it did */
  reference: (answer: T) => string | undefined
}

/** Writes the receipt, sends the command once, keeps the answer; a command that may have arrived is asked about before it is sent again. */
export const createCommander =
  (receipts: ReceiptPort) =>
  async <T>(command: Command, steps: Steps<T>): Promise<T> => {
    const { key } = command
    const begun = await receipts.begin(command)
    if (begun.kind === 'answered') {
      if (begun.outcome === 'REFUSED') throw refused('payment-refused', (begun.answer as { says: string }).says)
      return begun.answer as T
    }
    try {
      const answer = (begun.kind === 'open' ? await steps.ask() : undefined) ?? (await steps.act())
      const reference = steps.reference(answer)
      await receipts.finish({ key, outcome: 'DONE', ...(reference ? { reference } : {}), answer })
      return answer
    } catch (error) {
      if (!isRefused(error)) throw error
      await receipts.finish({ key, outcome: 'REFUSED', answer: { says: error.message } })
      throw error
    }
  }
