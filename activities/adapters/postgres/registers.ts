import type { PrismaClient } from '../../../prisma/connect'
import type { RatesRecord, VatIdRecord } from '../../authority-ports'

export const createRatesRecord = (prisma: PrismaClient): RatesRecord => ({
  async keep(published, source) {
    const rows = published.flatMap(({ day, rates }) => rates.map((rate) => ({ day, ...rate })))
    const added = await prisma.$executeRaw`
      insert into "ExchangeRate" (day, currency, rate, source)
        select distinct on (day, currency) day, currency, rate, ${source} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(day date, currency text, rate int)
        on conflict do nothing`
    const latest = await latestDay(prisma)
    return { added, ...(latest === undefined ? {} : { latest }) }
  },
  latestDay: () => latestDay(prisma),
})

async function latestDay(prisma: PrismaClient): Promise<string | undefined> {
  const [row] = await prisma.$queryRaw<
    { day: string | null }[]
  >`select to_char(max(day), 'YYYY-MM-DD') as day from "ExchangeRate"`
  return row?.day ?? undefined
}

export const createVatIdRecord = (prisma: PrismaClient): VatIdRecord => ({
  async ofCustomer(customerId) {
    const row = await prisma.customer.findUnique({ where: { id: customerId }, select: { vatId: true } })
    return row?.vatId ? { vatId: row.vatId } : undefined
  },

  async keep({ key, customerId, vatId, answer, at }) {
    const consultation = answer.kind === 'unavailable' ? null : (answer.consultation ?? null)
    const [name, address] = answer.kind === 'valid' ? [answer.name ?? null, answer.address ?? null] : [null, null]
    const reason = answer.kind === 'unavailable' ? answer.reason : null
    // one statement: the proof and what follows from it come together
    await prisma.$executeRaw`
      with kept as (
        insert into "VatCheck" (id, key, "customerId", "vatId", answer, consultation, name, address, reason, at)
          values (gen_random_uuid()::text, ${key}, ${customerId}, ${vatId}, ${answer.kind.toUpperCase()}::"VatAnswer", ${consultation}, ${name}, ${address},
                  ${reason}, ${new Date(at)})
          on conflict (key) do nothing returning answer, at)
      update "Customer" c set "vatIdCheckedAt" = kept.at, "vatIdValidAt" = case when kept.answer = 'VALID' then kept.at end
        from kept where c.id = ${customerId} and c."vatId" = ${vatId} and kept.answer <> 'UNAVAILABLE'
          and (c."vatIdCheckedAt" is null or c."vatIdCheckedAt" <= kept.at)`
  },

  toProve: ({ payers, since }) =>
    prisma.$queryRaw<{ customerId: string; vatId: string }[]>`
      select id as "customerId", "vatId" from "Customer"
        where id = any(${payers}::text[]) and kind = 'CORPORATE' and "vatId" is not null and "vatIdValidAt" is not null
          and coalesce("billingCountry", country) <> 'DE' and ("vatIdCheckedAt" is null or "vatIdCheckedAt" < ${new Date(since)})
        order by id`,
})
