/**
 * The pre-notification that a debtor must have before money is taken (SEPA Core rulebook, DS-06): amount, day, creditor identifier and mandate.
 *
 * A collection is put into the mail when it is planned; the mail waits for the morning, and by day for what is planned with it, so that a customer has
 * one mail about all of them. What it says is decided when it goes out: what was cancelled or paid by then is not in it. A collection whose day was
 * told by a mail that went out says so (announcedFor); only then may it go to the bank, and one that is moved to another day is announced anew.
 */
import type { Prisma } from '../../../prisma/client/client'
import { laterBy } from '../../../workflows/policy/calendar'
import { mailsMayGo, type DunningPolicy } from '../../../workflows/policy/dunning'
import type { AnnouncedDebit } from '../../../workflows/policy/mail'
import { asJson, storable } from './text'

type Tx = Prisma.TransactionClient

export const announcement = 'debit-announced'

const nothingLeft = 'Nothing that it announced is to be collected any more; an earlier try may have arrived'

/** What stands in the mail before it says anything. */
const toldLater = { amount: 0, currency: 'EUR', documents: [], debits: [] }

/** What is planned for one customer within this time by day is one mail. */
const gatherFor = 'PT5M'

/** When the customer is told of what is planned at an instant. */
export function tellsAt(policy: Pick<DunningPolicy, 'quietHours'>, at: string): string {
  const may = mailsMayGo(policy, at)
  if (Date.parse(may) > Date.parse(at)) return may
  // late in the evening it does not wait for others
  const gathered = laterBy(at, gatherFor)
  return mailsMayGo(policy, gathered) === gathered ? gathered : may
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10)

/** Puts a collection into its customer's next mail about collections. `tellsAt`: when that goes out, if none waits yet. */
export async function announceDebit(
  tx: Tx,
  debit: { id: string; endToEndId: string; customerId: string; collectOn: Date },
  { tellsAt: at, caseId = 'bank:main' }: { tellsAt: string; caseId?: string | undefined },
): Promise<void> {
  const { id, customerId } = debit
  // whoever plans for the same customer waits: two would begin two mails
  await tx.$queryRaw`select pg_advisory_xact_lock(hashtext('announce ' || ${customerId}))::text`
  // one that was tried may have arrived: what it says stays
  const [waiting] = await tx.$queryRaw<{ key: string }[]>`
    select key from "Delivery" where "customerId" = ${customerId} and template = ${announcement} and state = 'QUEUED' and attempts = 0
       and "notBefore" is not null order by "notBefore" limit 1 for update`
  const key = waiting?.key ?? (await freeKey(tx, `direct-debit/${debit.endToEndId}/announced/${dayOf(debit.collectOn)}`))
  if (!waiting)
    await tx.$executeRaw`
      insert into "Delivery" (id, key, "to", template, language, params, "caseId", "customerId", "notBefore")
        select gen_random_uuid()::text, ${key}, email, ${announcement}, language, ${asJson(toldLater)}::jsonb, ${caseId}, id, ${new Date(at)}
          from "Customer" where id = ${customerId}`
  // until it goes out nobody asks it more than for what and how much it is; thousands may join it in a night
  await tx.$executeRaw`
    with joined as (
      update "DirectDebit" set "announcedBy" = ${key}, "updatedAt" = now() at time zone 'utc'
        where id = ${id} and "announcedBy" is distinct from ${key} returning amount, parts
    )
    update "Delivery" v
      set params = v.params || jsonb_build_object('amount', (v.params ->> 'amount')::int + joined.amount,
                                                  'documents', v.params -> 'documents' || jsonb_path_query_array(joined.parts, '$[*].documentId'))
      from joined where v.key = ${key}`
}

/** The same collection may be announced for the same day twice: it was left out of the first mail as paid, and the payment went back. */
async function freeKey(tx: Tx, key: string): Promise<string> {
  for (let nth = 1; ; nth += 1) {
    const wanted = nth === 1 ? key : `${key}/${nth}`
    if ((await tx.delivery.count({ where: { key: wanted } })) === 0) return wanted
  }
}

interface Row {
  id: string
  endToEndId: string
  amount: number
  collectOn: Date
  announcedFor: Date | null
  parts: { documentId: string; number: string }[]
  reference: string
}

/** Writes into the mail what is to be told now; answers the collections. With none it stays as it is. */
async function compose(tx: Tx, key: string): Promise<string[]> {
  const rows = await tx.$queryRaw<Row[]>`
    select d.id, d."endToEndId", d.amount, d."collectOn", d."announcedFor", d.parts, m.reference
      from "DirectDebit" d join "SepaMandate" m on m.id = d."mandateId"
      -- a mail that is sent once more by hand says nothing of what is over
      where d."announcedBy" = ${key} and d.state in ('PLANNED', 'SUBMITTED')
        and d."collectOn" >= (kontor_now() at time zone 'Europe/Berlin')::date and (d.state = 'SUBMITTED' or not exists (
        select 1 from jsonb_array_elements(d.parts) p(part)
          where (p.part ->> 'amount')::int > coalesce((select o.open from "OpenItem" o where o."documentId" = p.part ->> 'documentId'), 0)))
      order by d."collectOn", d."endToEndId"`
  const debits = rows.map(({ id, endToEndId, amount, collectOn, announcedFor, parts, reference }): AnnouncedDebit => {
    const [on, was] = [dayOf(collectOn), announcedFor && dayOf(announcedFor)]
    const number = parts.map((part) => part.number).join(', ') || endToEndId
    return { id, number, amount, currency: 'EUR', on, reference, ...(was && was !== on ? { was } : {}) }
  })
  if (debits.length === 0) return []
  const creditor = await tx.bankAccount.aggregate({ _min: { creditorId: true } })
  const params = {
    number: debits.map(({ number }) => number).join(', '),
    ...{ amount: debits.reduce((sum, { amount }) => sum + amount, 0), currency: 'EUR', on: debits[0]?.on ?? '' },
    reference: [...new Set(debits.map(({ reference }) => reference))].join(', '),
    ...{ creditor: creditor._min.creditorId ?? '', debits },
    documents: rows.flatMap(({ parts }) => parts.map(({ documentId }) => documentId)),
  }
  await tx.$executeRaw`update "Delivery" set params = ${JSON.stringify(params, storable)}::jsonb where key = ${key}`
  return debits.map(({ id }) => id)
}

/**
 * The mail goes out now: from here on it says what it says. What was cancelled or paid is left out, and must be announced anew should it be owed again.
 * False: nothing is left to say, and the mail is gone; one that was tried before may have arrived, and stands as given up.
 */
export async function lastWord(tx: Tx, { deliveryId, attempts }: { deliveryId: string; attempts: number }): Promise<boolean> {
  const { key, params } = await tx.delivery.findUniqueOrThrow({ where: { id: deliveryId }, select: { key: true, params: true } })
  // written before there were mails about several
  if (!(params as { debits?: unknown }).debits) return true
  const told = await compose(tx, key)
  await tx.directDebit.updateMany({
    where: { announcedBy: key, state: 'PLANNED', id: { notIn: told } },
    data: { announcedBy: null },
  })
  if (told.length > 0) return true
  if (attempts === 1) await tx.delivery.delete({ where: { id: deliveryId } })
  else await tx.delivery.update({ where: { id: deliveryId }, data: { state: 'FAILED', error: nothingLeft } })
  return false
}
