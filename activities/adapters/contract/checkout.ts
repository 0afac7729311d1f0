/** What every CheckoutPort must do: the card provider, PayPal. A suite, called by the test of each adapter. */
import { expect, test } from '@jest/globals'
import type { CheckoutPort, CheckoutStanding, OpenCheckoutCommand } from '../../paying-ports'
import { eur, refusal } from './payments'

export interface CheckoutBench {
  port: () => CheckoutPort
  /** the customer pays on the provider's own page */
  pay: (url: string) => Promise<void>
  /** the customer tries on the provider's own page, and is declined for want of money */
  tryInVain: (url: string) => Promise<void>
  /** the customer wants the money back from the provider */
  dispute: (reference: string) => Promise<string>
  closeDispute: (reference: string, won: boolean) => Promise<void>
  /** a refund does not reach the customer */
  failRefund: (refundRef: string) => Promise<void>
}

let count = 0
export const aCheckout = (change: Partial<OpenCheckoutCommand> = {}): OpenCheckoutCommand => {
  count += 1
  const caseId = `payment:${count}-${process.pid}`
  return {
    ...{ key: `${caseId}/checkout/1`, caseId, amount: eur(3451), description: 'R-2026-000001, <R-2026-000002> & mehr' },
    ...{ returnUrl: 'https://shop.example/account/pay/1', cancelUrl: 'https://shop.example/account/pay/1?back' },
    ...{ language: 'de', email: 'kunde@example.de' },
    ...change,
  }
}

export const checkoutFacts = (who: string, bench: CheckoutBench): void => {
  const { port, pay, tryInVain } = bench

  const paid = async (command = aCheckout()): Promise<CheckoutStanding & { reference: string }> => {
    const { checkoutRef, url } = await port().open(command)
    await pay(url)
    const standing = await port().capture({ key: `${command.caseId}/capture`, checkoutRef })
    if (!standing.reference) throw new Error(`Not paid: ${standing.state}`)
    return { ...standing, reference: standing.reference }
  }

  test(`${who}: a page is opened, under one key once, and nothing is taken before the customer pays`, async () => {
    const command = aCheckout()
    const opened = await port().open(command)
    expect((await port().open(command)).checkoutRef).toBe(opened.checkoutRef)
    expect(opened.url).toMatch(/^https?:/)
    expect(Date.parse(opened.expiresAt)).toBeGreaterThan(Date.now())
    expect(await port().find(opened.checkoutRef)).toMatchObject({ state: 'open', caseId: command.caseId, paid: eur(0) })
  })

  test(`${who}: what was paid is taken once, however often it is asked, and says from where`, async () => {
    const command = aCheckout()
    const first = await paid(command)
    expect(first).toMatchObject({ state: 'paid', caseId: command.caseId, paid: eur(3451), refunded: eur(0) })
    expect(first.label).toBeTruthy()
    expect(await port().capture({ key: `${command.caseId}/capture`, checkoutRef: first.checkoutRef })).toEqual(first)
    expect(await port().capture({ key: `${command.caseId}/again`, checkoutRef: first.checkoutRef })).toEqual(first)
    expect(await port().find(first.checkoutRef)).toEqual(first)
  })

  test(`${who}: one key with another request is refused`, async () => {
    const command = aCheckout()
    await port().open(command)
    expect(await refusal(port().open({ ...command, amount: eur(9999) }))).toBe('request-differs')
  })

  test(`${who}: a try in vain leaves the page open and takes nothing`, async () => {
    const command = aCheckout()
    const { checkoutRef, url } = await port().open(command)
    await tryInVain(url)
    const standing = await port().capture({ key: `${command.caseId}/capture`, checkoutRef })
    expect(standing).toMatchObject({ state: 'open', paid: eur(0), declined: expect.any(String) })
  })

  test(`${who}: a page is closed on demand, once and twice; nobody can pay on it then`, async () => {
    const command = aCheckout()
    const { checkoutRef } = await port().open(command)
    expect(await port().close({ key: `${command.caseId}/close`, checkoutRef })).toMatchObject({ state: 'expired' })
    expect(await port().close({ key: `${command.caseId}/close/2`, checkoutRef })).toMatchObject({ state: 'expired' })
    const before = await paid()
    expect(await port().close({ key: 'close-paid', checkoutRef: before.checkoutRef })).toMatchObject({ state: 'paid' })
  })

  test(`${who}: a refund is found by its key, told twice it is one, and no more is refunded than was taken`, async () => {
    const { reference, checkoutRef } = await paid()
    const key = `${checkoutRef}/refund/1`
    expect(await port().findRefund({ key, reference })).toBeUndefined()
    const refund = await port().refund({ key, reference, amount: eur(500) })
    expect(refund).toMatchObject({ amount: eur(500) })
    expect(await port().refund({ key, reference, amount: eur(500) })).toEqual(refund)
    expect(await port().findRefund({ key, reference })).toEqual(refund)
    expect(await refusal(port().refund({ key: `${key}/more`, reference, amount: eur(2952) }))).toBe('payment-refused')
    await port().refund({ key: `${key}/rest`, reference, amount: eur(2951) })
    expect(await port().find(checkoutRef)).toMatchObject({ state: 'paid', paid: eur(3451), refunded: eur(3451) })
  })

  test(`${who}: BEY-36 what is paid in dollars is taken and refunded in dollars`, async () => {
    const usd = (amount: number) => ({ amount, currency: 'USD' })
    const { reference, checkoutRef, paid: taken } = await paid(aCheckout({ amount: usd(3806) }))
    expect(taken).toEqual(usd(3806))
    const refund = await port().refund({ key: `${checkoutRef}/refund/1`, reference, amount: usd(500) })
    expect(refund).toMatchObject({ amount: usd(500) })
    expect(await port().find(checkoutRef)).toMatchObject({ paid: usd(3806), refunded: usd(500) })
  })

  test(`${who}: BEY-39 a refund that fails later is asked about: of which payment, how much, why; the money is there to be refunded again`, async () => {
    const { reference, checkoutRef } = await paid()
    const key = `${checkoutRef}/refund/1`
    const refund = await port().refund({ key, reference, amount: eur(3451) })
    const told = { reference: refund.reference, payment: reference, amount: eur(3451) }
    expect(await port().askRefund(refund.reference)).toEqual({ ...told, state: 'sent' })
    await bench.failRefund(refund.reference)
    expect(await port().askRefund(refund.reference)).toEqual({ ...told, state: 'failed', reason: expect.any(String) })
    expect(await port().find(checkoutRef)).toMatchObject({ refunded: eur(0) })
    expect(await port().findRefund({ key, reference })).toBeUndefined()
    const again = await port().refund({ key: `${key}/again`, reference, amount: eur(3451) })
    expect(again.reference).not.toBe(refund.reference)
  })

  test(`${who}: BEY-39 a dispute is asked about: which payment, how much, and how it ended`, async () => {
    for (const won of [true, false]) {
      const { reference } = await paid()
      const disputeRef = await bench.dispute(reference)
      expect(await port().findDispute(disputeRef)).toMatchObject({ reference, amount: eur(3451), state: 'open' })
      await bench.closeDispute(reference, won)
      expect(await port().findDispute(disputeRef)).toMatchObject({ state: won ? 'won' : 'lost' })
    }
  })

  test(`${who}: what nobody opened is not found`, async () => {
    expect(await port().find('cs_test_nobody')).toBeUndefined()
    expect(await port().findDispute('du_nobody')).toBeUndefined()
    expect(await port().askRefund('re_nobody')).toBeUndefined()
  })
}
