/** What every KeptCardPort must do, whoever stands behind it. A suite, called by the test of each adapter. */
import { expect, test } from '@jest/globals'
import type { KeptCard, KeptCardPort } from '../../paying-ports'
import { eur, refusal, visa } from './payments'

export interface CardsBench {
  port: () => KeptCardPort
  /** the customer gives this card on the provider's own page, and confirms where the bank asks */
  give: (url: string, card: string) => Promise<void>
}

/** What each test card says when it is charged without its owner (docs.stripe.com/testing). */
const laterDeclines = [
  ['4000002760003184', 'authentication_required'],
  ['4000008260003178', 'insufficient_funds'],
  ['4000000000000341', 'generic_decline'],
] as const

let count = 0

const aCustomer = (port: KeptCardPort): Promise<{ customerRef: string }> => {
  count += 1
  return port.createCustomer({ key: `customer:${count}`, customerId: `c${count}`, email: 'kunde@example.de' })
}

export const aKeptCard = async ({ port, give }: CardsBench, card = visa): Promise<KeptCard> => {
  const { customerRef } = await aCustomer(port())
  const { setupRef, url } = await port().openSetup({
    ...{ key: `setup:${customerRef}`, caseId: 'payment:1', customerRef, language: 'de' },
    ...{ returnUrl: 'https://shop.example/account/methods', cancelUrl: 'https://shop.example/account/methods' },
  })
  await give(url, card)
  const found = await port().findSetup(setupRef)
  if (!found?.card) throw new Error(`Not kept: ${found?.state}`)
  return found.card
}

export const aCharge = ({ customerRef, methodRef }: KeptCard, key: string, amount = 2000) => ({
  ...{ key, caseId: 'collection:1', customerRef, methodRef, amount: eur(amount), description: 'R-2026-000001' },
})

export const keptCardFacts = (who: string, bench: CardsBench): void => {
  const { port } = bench

  test(`${who}: PAY-06 a card is kept by the provider; we see its brand, its last four digits and how long it is good`, async () => {
    const card = await aKeptCard(bench)
    expect(card).toMatchObject({ label: 'Visa ···· 4242', goodUntil: expect.stringMatching(/^20\d\d-(0[1-9]|1[0-2])$/) })
    expect(JSON.stringify(card)).not.toContain(visa)
  })

  test(`${who}: the same customer told twice is one; a page nobody used keeps nothing`, async () => {
    const command = { key: 'customer:twice', customerId: 'twice', email: 'kunde@example.de' }
    const { customerRef } = await port().createCustomer(command)
    expect(await port().createCustomer(command)).toEqual({ customerRef })
    const { setupRef } = await port().openSetup({
      ...{
        key: 'setup:unused',
        caseId: 'payment:1',
        customerRef,
        language: 'en',
        returnUrl: 'https://shop.example/',
        cancelUrl: 'https://shop.example/',
      },
    })
    expect(await port().findSetup(setupRef)).toEqual({ state: 'open' })
    expect(await port().findSetup('cs_test_nobody')).toBeUndefined()
  })

  test(`${who}: a kept card is charged without its owner; told twice it is one charge, and it is found by its key`, async () => {
    const card = await aKeptCard(bench)
    const key = `${card.methodRef}/charge/1`
    expect(await port().findCharge({ key, customerRef: card.customerRef })).toBeUndefined()
    const paid = await port().chargeSaved(aCharge(card, key))
    expect(paid).toMatchObject({ kind: 'paid', label: 'Visa ···· 4242' })
    expect(await port().chargeSaved(aCharge(card, key))).toEqual(paid)
    expect(await port().findCharge({ key, customerRef: card.customerRef })).toEqual(paid)
    expect(await refusal(port().chargeSaved(aCharge(card, key, 9999)))).toBe('request-differs')
  })

  test.each(laterDeclines)(`${who}: card %s is kept and later declined: %s`, async (number, reason) => {
    const card = await aKeptCard(bench, number)
    const key = `${card.methodRef}/charge/1`
    expect(await port().chargeSaved(aCharge(card, key))).toMatchObject({ kind: 'declined', reason })
    // no is no, however often it is asked under this key; another key asks the bank again
    expect(await port().chargeSaved(aCharge(card, key))).toMatchObject({ kind: 'declined', reason })
    expect(await port().findCharge({ key, customerRef: card.customerRef })).toMatchObject({ kind: 'declined', reason })
  })

  test(`${who}: a card whose bank asked when it was given is charged without asking again`, async () => {
    const card = await aKeptCard(bench, '4000002500003155')
    expect(await port().chargeSaved(aCharge(card, `${card.methodRef}/charge`))).toMatchObject({ kind: 'paid' })
  })

  test(`${who}: a card that was given back can't be charged any more; forgetting it twice is no error`, async () => {
    const card = await aKeptCard(bench)
    const { methodRef } = card
    expect(await port().keeps(methodRef)).toBe(true)
    await port().forget({ key: `${methodRef}/forget`, methodRef })
    expect([await port().keeps(methodRef), await port().keeps('pm_nobody')]).toEqual([false, false])
    await port().forget({ key: `${methodRef}/forget-again`, methodRef })
    expect(await refusal(port().chargeSaved(aCharge(card, `${methodRef}/late`)))).toBe('payment-refused')
  })

  test(`${who}: a customer whom the provider does not know can't be charged`, async () => {
    const card = await aKeptCard(bench)
    expect(await refusal(port().chargeSaved({ ...aCharge(card, 'nobody'), customerRef: 'cus_nobody' }))).toBe('payment-refused')
  })
}
