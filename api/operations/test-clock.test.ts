import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aSubscription, seedPlans } from '../../activities/adapters/postgres/billing.fixture'
import { openGround, openStage, type Ground, type Stage } from '../../dev/faults/stage'
import { ProcessBook } from '../../dev/processes'
import { workflowBundle } from '../../dev/test-services'
import { accountWith } from '../../sandbox/bank/rules'
import { checkRecord, checkSandbox, checkWorkflows } from '../../worker/invariants'
import { daysLater, periodsDue } from '../../workflows/policy/billing'
import { houseDay, laterBy } from '../../workflows/policy/calendar'
import { dunningPolicyOn } from '../../workflows/policy/dunning'
import { bankDayFrom } from '../../workflows/policy/sepa'
import { problemOf } from './problems'
import { roleRights } from './rights'
import type { Principal } from './types'

// a house of its own: its clock is everybody's
let stage: Stage
let ground: Ground
const dir = mkdtempSync(join(tmpdir(), 'kontor-clock-'))
beforeAll(async () => {
  const book = new ProcessBook(join(dir, 'pids.json'))
  const bundle = join(dir, 'workflows.js')
  writeFileSync(bundle, await workflowBundle())
  ground = await openGround(dir, book, { throwaway: true })
  stage = await openStage('clock', { ground, dir, bundle, book, warn: (line) => process.stderr.write(`${line}\n`) })
  await seedPlans(stage.prisma)
}, 120_000)
afterAll(async () => {
  await stage?.close()
  await ground?.stop()
  rmSync(dir, { recursive: true, force: true })
}, 60_000)

const staff = (role: 'operator' | 'admin'): Principal => ({
  ...{ kind: 'staff', userId: `u-${role}`, staffRole: role, rights: roleRights[role], language: 'de', ip: '127.0.0.1' },
})
const otto = staff('operator')

const aCustomer = (name: string) =>
  stage.prisma.customer.create({
    data: {
      ...{ number: `C-${name}`, kind: 'INDIVIDUAL', firstName: name, lastName: 'Muster', email: `${name}@example.de` },
      ...{ phone: '+49401234567', street: 'Große Straße 1', postcode: '20095', city: 'Hamburg', country: 'DE' },
    },
  })

/** Moves the clock and waits until it is there. */
async function move(input: Parameters<Stage['operations']['sandbox']['moveClock']>[1]): Promise<void> {
  const { sandbox } = stage.operations
  const begun = await sandbox.moveClock(otto, input)
  expect(begun).toMatchObject({ kind: 'moving' })
  expect(await sandbox.moveClock(otto, { by: 'day' })).toMatchObject({ kind: 'late', reason: { key: 'clock.late.moving' } })
  for (;;) {
    const { move, now } = await sandbox.clock(otto, {})
    if (move?.over) {
      expect(move.left).toEqual([])
      if (begun.kind === 'moving') expect(now >= begun.to).toBe(true)
      return
    }
    await new Promise((soon) => setTimeout(soon, 250))
  }
}

const dayOf = (date: Date | null): string => date?.toISOString().slice(0, 10) ?? ''

test('BEY-29 two months go by on the house’s clock: exactly the invoices due, card and mandate pay each, who has neither is dunned by the policy; as forecast (NEW-14)', async () => {
  const { prisma, operations } = stage
  const today = houseDay(new Date().toISOString())
  // a day that every month has: a period may then begin on it
  const startedOn = [2, 3, 4, 5].map((later) => daysLater(today, later)).find((day) => Number(day.slice(8)) <= 28) ?? ''
  const [withCard, without, withMandate] = [await aCustomer('Karla'), await aCustomer('Bruno'), await aCustomer('Sepp')]
  const services = []
  for (const { id } of [withCard, without, withMandate])
    services.push(await aSubscription(prisma, id, { planId: 'hosting-s', startedOn, priceOverride: 1000, subject: `${id}.de` }))
  const kept = await stage.keepCard(withCard.id)
  await prisma.paymentMethod.create({
    data: {
      ...{ customerId: withCard.id, kind: 'CARD', provider: 'stripe', reference: kept.methodRef, label: kept.label },
      ...{ preferred: true, providerCustomer: kept.customerRef, goodUntil: kept.goodUntil },
    },
  })
  const mandate = {
    id: 'sepp',
    reference: 'M-SEPP',
    customerId: withMandate.id,
    holder: 'Sepp Muster',
    iban: accountWith('5550001'),
  }
  await prisma.sepaMandate.create({ data: { ...mandate, signedOn: new Date(today), evidence: {} } })
  await prisma.paymentMethod.create({
    data: {
      ...{ customerId: withMandate.id, kind: 'SEPA_DEBIT', provider: 'bank', mandateId: 'sepp' },
      ...{ label: 'DE ···· 0001', preferred: true },
    },
  })
  const forecast = async (customerId: string) =>
    (await operations.forecast.view(staff('admin'), { customerId })).events.filter(({ kind }) => kind === 'renewal')
  const foretold = [await forecast(withCard.id), await forecast(without.id), await forecast(withMandate.id)]

  // midnight may pass while the clock is moved
  const wouldEnd = () => houseDay(['P1D', 'P1M', 'P1M'].reduce(laterBy, new Date().toISOString()))
  const atFirst = wouldEnd()
  await move({ by: 'day' })
  for (let month = 0; month < 2; month += 1) await move({ by: 'month' })

  const end = houseDay((await operations.sandbox.clock(otto, {})).now)
  expect([atFirst, wouldEnd()]).toContain(end)
  const due = periodsDue({ anchorOn: startedOn, nextOn: startedOn, months: 1, endsOn: undefined }, end).map(({ from }) => from)
  expect(due).toHaveLength(2)

  const issued = async (customerId: string) =>
    (await prisma.document.findMany({ where: { customerId, kind: 'INVOICE' }, orderBy: { issuedOn: 'asc' } })).map(
      ({ issuedOn, gross }) => [dayOf(issuedOn), gross],
    )
  for (const [index, { id }] of [withCard, without, withMandate].entries()) {
    expect(await issued(id)).toEqual(due.map((day) => [day, 1190]))
    expect(foretold[index]?.filter(({ on }) => on <= end).map(({ on, amount }) => [on, amount])).toEqual(await issued(id))
  }

  // the card: each invoice on its due day, and no letter
  const paid = await prisma.collection.findMany({
    where: { customerId: withCard.id },
    include: { document: { include: { settlements: { include: { transaction: true } } } } },
  })
  expect(
    paid
      .map(({ state, level, document }) => [state, level, houseDay(document.settlements[0]?.transaction.at.toISOString() ?? '')])
      .sort(),
  ).toEqual(due.map((day) => ['paid', 0, daysLater(day, 14)]))

  // the mandate: collected on the first bank day from the due day on
  const debits = await prisma.directDebit.findMany({ where: { customerId: withMandate.id }, orderBy: { collectOn: 'asc' } })
  expect(debits.map(({ collectOn, amount, state }) => [dayOf(collectOn), amount, state])).toEqual(
    due.map((day) => [bankDayFrom(daysLater(day, 14)), 1190, 'COLLECTED']),
  )
  const collected = await prisma.collection.findMany({ where: { customerId: withMandate.id } })
  expect(collected.map(({ state, level }) => [state, level])).toEqual(due.map(() => ['paid', 0]))

  // without one: a letter on each day of the policy, with its fee, and the services blocked with the last
  const { levels } = dunningPolicyOn(today)
  const told = await prisma.caseEvent.findMany({
    where: { kind: 'collection-letter', case: { customerId: without.id } },
    orderBy: { at: 'asc' },
    include: { case: true },
  })
  const expected = due
    .flatMap((day) => levels.map(({ daysAfterDue }, index) => [daysLater(day, 14 + daysAfterDue), index + 1] as const))
    .filter(([day]) => day <= end)
    .sort()
  expect(Math.max(...expected.map(([, level]) => level))).toBe(levels.length)
  expect(
    told.map(({ at, what }) => [houseDay(at.toISOString()), (what as { params: { level: number } }).params.level]).sort(),
  ).toEqual(expected)
  const fees = await prisma.collection.findMany({ where: { customerId: without.id }, orderBy: { document: { issuedOn: 'asc' } } })
  expect(fees.map(({ level, fees }) => fees - levels.slice(0, level).reduce((sum, { fee }) => sum + fee, 0))).toEqual(
    due.map(() => 0),
  )
  expect(fees.map(({ level }) => level)).toEqual(
    due.map(
      (day) =>
        expected.filter(([on, level]) => levels[level - 1] && on === daysLater(day, 14 + (levels[level - 1]?.daysAfterDue ?? 0)))
          .length,
    ),
  )

  // and everything agrees: books, workflows, counterparties
  const findings = [
    ...(await checkRecord(stage.databaseUrl)),
    ...(await checkWorkflows(stage.databaseUrl, stage.client, { settlesWithin: 0 })),
    ...(await checkSandbox(stage.databaseUrl, stage.url)),
  ]
  expect(findings.filter(({ violations }) => violations.length > 0)).toEqual([])
}, 600_000)

test('BEY-29 the page tells what happened on each day; the clock is never put back', async () => {
  const { sandbox } = stage.operations
  const { days, now, since } = await sandbox.clock(otto, { pageSize: 100 })
  const things = days.rows.flatMap(({ day, things }) => things.map((thing) => ({ day, ...thing })))
  expect(things.filter(({ kind }) => kind === 'invoice')).toHaveLength(6)
  expect(things.filter(({ what }) => what?.key === 'event.collection-auto-paid')).toHaveLength(2)
  expect(days.rows.map(({ day }) => day)).toEqual(
    days.rows
      .map(({ day }) => day)
      .sort()
      .reverse(),
  )
  expect(days.rows.every(({ day }) => day >= houseDay(since ?? '') && day <= houseDay(now))).toBe(true)
  for (const to of [houseDay(now), daysLater(houseDay(now), -1)])
    expect(await sandbox.moveClock(otto, { to }).catch(problemOf)).toMatchObject({
      status: 400,
      fields: { to: { key: 'clock.not-back' } },
    })
  expect(await sandbox.moveClock(otto, { to: daysLater(houseDay(now), 367) }).catch(problemOf)).toMatchObject({
    fields: { to: { key: 'clock.too-far' } },
  })
  await expect(stage.prisma.houseClock.update({ where: { id: 'house' }, data: { aheadMs: 1 } })).rejects.toThrow(/never put back/)
})
