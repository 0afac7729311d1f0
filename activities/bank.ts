import type { BankActivities } from '../workflows/activity-types'
import type { FileRead } from '../workflows/messages/bank'
import { StatementRefused } from '../workflows/policy/bank-statement'
import { said } from '../workflows/policy/said'
import { createSettlementTeller } from './collection'
import { createOrderTeller } from './payments'
import { heartbeating } from './heartbeat'
import type { World } from './world'

/** So many looks, so many milliseconds apart, at whether announcements whose time has come are out. */
const [looks, lookEvery] = [40, 250]

/** What the bank says, and what the house asks of it. Every activity may run twice; no payment counts twice. */
export const createBankActivities = ({
  bank,
  queue,
  ...chase
}: Pick<World, 'bank'> & Partial<Pick<World, 'collections' | 'door' | 'queue'>>): BankActivities => {
  const { record, files, port } = bank
  const tellSettled = createSettlementTeller(chase)
  const tellOrders = createOrderTeller(chase)

  /**
   * What is not announced does not go to the bank: a mail whose time came a moment ago is waited for. On a clock that was moved (workflows/test-clock.ts)
   * it came just now. A mail server that is away holds up what it has to announce, and nothing else.
   */
  const announced = async (today: string): Promise<void> => {
    if (!queue) return
    for (let look = 0; look < looks; look += 1) {
      const mails = await record.announcing({ today })
      if (mails.length === 0) return
      if (look === 0) await queue.enqueue(mails).catch(() => undefined)
      await new Promise((soon) => setTimeout(soon, lookEvery))
    }
  }

  const readBankFile: BankActivities['readBankFile'] = ({ fileId, at }) =>
    heartbeating(async (): Promise<FileRead> => {
      const file = await record.file({ fileId })
      if (!file) return { kind: 'refused', reason: said('bank.late.unknown') }
      try {
        const { touched, orders, ...read } = await record.import({
          fileId,
          statements: await files.readStatements(file.content),
          at,
        })
        await tellSettled(touched, fileId)
        await tellOrders(orders, fileId)
        return read
      } catch (error) {
        if (!(error instanceof StatementRefused)) throw error
        const reason = said(`statement.refused.${error.why}`, error.params)
        await record.refuse({ fileId, reason })
        return { kind: 'refused', reason }
      }
    })

  return {
    readBankFile,

    decideEntry: (decision) =>
      heartbeating(async () => {
        const { touched, ...answer } = await record.decide(decision)
        await tellSettled(touched, `${decision.entryId}/${decision.at}`)
        return answer
      }),

    planDirectDebit: (plan) => heartbeating(() => record.planDebit(plan)),

    fetchBankFiles: ({ after }) =>
      heartbeating(async () => {
        if (!port) return { fileIds: [], unread: await record.unread() }
        const kept: string[] = []
        let last = after
        for (const { id, name } of await port.filesAfter(after)) {
          kept.push(await record.keepFile({ name, content: await port.file(id), receivedBy: 'bank' }))
          last = id
          // the rest the next time: an answer is not a library
          if (kept.length === 100) break
        }
        return { fileIds: kept, ...(last === undefined ? {} : { last }), unread: await record.unread() }
      }),

    submitDirectDebits: ({ accountId, today, at }) =>
      heartbeating(async () => {
        if (!port) return { batches: 0, debits: 0 }
        let [batches, debits] = [0, 0]
        // a run that was cut off after its commit has told nobody yet: the invoices' cases would wait for their next day
        for (const { batchId, touched, debits: sent } of await record.submittedAt({ accountId, at })) {
          await tellSettled(touched, batchId)
          batches += 1
          debits += sent
        }
        await announced(today)
        let after: string | undefined
        do after = await record.moveDebits({ accountId, today, at, after })
        while (after !== undefined)
        for (;;) {
          const batch = await record.nextBatch({ accountId, today, at })
          if (!batch) return { batches, debits }
          const { batchId, messageId } = batch
          // a file once written is the file that goes out, also after a crash: the bank knows it by its message id
          let xml = batch.xml
          if (xml === undefined) {
            const written = files.writeDirectDebits(batch)
            xml = written.xml
            await record.batchWritten({ batchId, xml, blocks: written.blocks })
          }
          const answer = await port.submitDirectDebits({ messageId, xml })
          if (answer.kind === 'taken') {
            const { touched } = await record.batchSubmitted({ batchId, reference: answer.reference, at })
            await tellSettled(touched, batchId)
          } else await record.batchRefused({ batchId, reason: answer.reason, at })
          batches += 1
          debits += batch.debits.length
        }
      }),
  }
}
