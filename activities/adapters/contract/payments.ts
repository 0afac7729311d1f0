/** What every PaymentPort must do, whoever stands behind it. A suite, called by the test of each adapter. */
import { expect, test } from '@jest/globals'

import { isRefused, isUnavailable } from '../../failures'
import type { OpenPaymentCommand, PaymentPort, PaymentStanding } from '../../world'

export interface PaymentsBench {
  port: () => PaymentPort
  /** the customer pays on the provider's own page with this card, as a browser would */
  pay: (url: string, card: string) => Promise<void>
  /** lets the page run out */
  expire: (sessionRef: string) => Promise<void>
}

export const visa = '4242424242424242'

let count = 0
export const anOpenCommand = (change: Partial<OpenPaymentCommand> = {}): OpenPaymentCommand => {
  count += 1
  const orderId = `K-2026-${String(count).padStart(6, '0')}`
  return {
    key: `order:${orderId}/open-payment`,
    orderId,
    customerId: 'c1',
    amount: { amount: 3451, currency: 'EUR' },
    description: 'Bestellung <K-2026> & mehr',
    successUrl: 'https://shop.example/orders/1?paid={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://shop.example/orders/1',
    language: 'de',
    email: 'kunde@example.de',
    ...change,
  }
}

/** The code that a command was refused with; 'unavailable'; or 'done' when it was not refused at all. */
export const refusal = (command: Promise<unknown>): Promise<unknown> =>
  command.then(
    () => 'done',
    (error: unknown) => {
      if (isRefused(error)) return (error.details?.[0] as { code: string }).code
      if (isUnavailable(error)) return 'unavailable'
      throw error
    },
  )

export const eur = (amount: number) => ({ amount, currency: 'EUR' })

export const paymentPortFacts = (who: string, { port, pay, expire }: PaymentsBench): void => {
  const authorised = async (): Promise<PaymentStanding & { intentRef: string }> => {
    const { sessionRef, url } = await port().open(anOpenCommand())
    await pay(url, visa)
    const standing = await port().find(sessionRef)
    if (!standing?.intentRef) throw new Error('not authorised')
    return { ...standing, intentRef: standing.intentRef }
  }

  test(`${who}: a payment page is opened, nothing is authorised before the customer pays`, async () => {
    const command = anOpenCommand()
    const opened = await port().open(command)
    expect(opened.url).toMatch(/^https?:/)
    expect(Date.parse(opened.expiresAt)).toBeGreaterThan(Date.now())
    expect(await port().find(opened.sessionRef)).toMatchObject({
      sessionRef: opened.sessionRef,
      orderId: command.orderId,
      state: 'open',
      authorised: eur(0),
      captured: eur(0),
    })
  })

  test(`${who}: opened twice under one key is one page`, async () => {
    const command = anOpenCommand()
    const [once, again] = [await port().open(command), await port().open(command)]
    expect(again.sessionRef).toBe(once.sessionRef)
  })

  test(`${who}: PAY-06 paid by card is authorised, not captured, and shows no more of the card than its last four digits`, async () => {
    const standing = await authorised()
    expect(standing).toMatchObject({ state: 'authorised', authorised: eur(3451), captured: eur(0), label: 'Visa ···· 4242' })
    expect(JSON.stringify(standing)).not.toContain(visa)
  })

  test(`${who}: a part is captured and the rest released, which is no refund`, async () => {
    const { intentRef, sessionRef } = await authorised()
    const captured = await port().capture({ key: `${intentRef}/capture`, intentRef, amount: eur(2000) })
    expect(captured).toMatchObject({
      sessionRef,
      state: 'captured',
      authorised: eur(3451),
      captured: eur(2000),
      refunded: eur(0),
    })
    expect(await port().find(sessionRef)).toEqual(captured)
  })

  test(`${who}: captured twice under one key is one capture; under another key it is refused unless it asks for the same`, async () => {
    const { intentRef } = await authorised()
    const first = await port().capture({ key: `${intentRef}/capture`, intentRef, amount: eur(2000) })
    expect(await port().capture({ key: `${intentRef}/capture`, intentRef, amount: eur(2000) })).toEqual(first)
    expect(await port().capture({ key: `${intentRef}/a-day-later`, intentRef, amount: eur(2000) })).toEqual(first)
    expect(await refusal(port().capture({ key: `${intentRef}/more`, intentRef, amount: eur(3000) }))).toBe('payment-refused')
  })

  test(`${who}: one key with another request is refused`, async () => {
    const command = anOpenCommand()
    await port().open(command)
    expect(await refusal(port().open({ ...command, amount: eur(9999) }))).toBe('request-differs')
  })

  test(`${who}: more than authorised is refused`, async () => {
    const { intentRef } = await authorised()
    expect(await refusal(port().capture({ key: `${intentRef}/c`, intentRef, amount: eur(3452) }))).toBe('payment-refused')
  })

  test(`${who}: an authorisation is released once and twice; a captured payment is not released`, async () => {
    const held = await authorised()
    await port().release({ key: `${held.intentRef}/release`, intentRef: held.intentRef })
    await port().release({ key: `${held.intentRef}/release-again`, intentRef: held.intentRef })
    expect(await port().find(held.sessionRef)).toMatchObject({ state: 'released', captured: eur(0), refunded: eur(0) })
    const taken = await authorised()
    await port().capture({ key: `${taken.intentRef}/capture`, intentRef: taken.intentRef, amount: eur(100) })
    expect(await refusal(port().release({ key: `${taken.intentRef}/release`, intentRef: taken.intentRef }))).toBe(
      'payment-refused',
    )
  })

  test(`${who}: a refund is found by its key, told twice it is one, and no more is refunded than was captured`, async () => {
    const { intentRef, sessionRef } = await authorised()
    await port().capture({ key: `${intentRef}/capture`, intentRef, amount: eur(2000) })
    const key = `${intentRef}/refund:1`
    expect(await port().findRefund({ key, intentRef })).toBeUndefined()
    const { reference } = await port().refund({ key, intentRef, amount: eur(500) })
    expect(await port().refund({ key, intentRef, amount: eur(500) })).toEqual({ reference })
    expect(await port().findRefund({ key, intentRef })).toEqual({ reference, amount: eur(500) })
    expect(await refusal(port().refund({ key: `${key}/more`, intentRef, amount: eur(1501) }))).toBe('payment-refused')
    await port().refund({ key: `${key}/rest`, intentRef, amount: eur(1500) })
    expect(await port().find(sessionRef)).toMatchObject({ state: 'captured', captured: eur(2000), refunded: eur(2000) })
  })

  test(`${who}: a declined card leaves the page open and says why; another card then pays`, async () => {
    const { sessionRef, url } = await port().open(anOpenCommand())
    await pay(url, '4000000000009995')
    expect(await port().find(sessionRef)).toMatchObject({ state: 'open', declined: 'insufficient_funds', authorised: eur(0) })
    await pay(url, visa)
    const standing = await port().find(sessionRef)
    expect(standing).toMatchObject({ state: 'authorised' })
    expect(standing).not.toHaveProperty('declined')
  })

  test(`${who}: a page that ran out can't be paid on`, async () => {
    const { sessionRef } = await port().open(anOpenCommand())
    await expire(sessionRef)
    expect(await port().find(sessionRef)).toMatchObject({ state: 'expired', authorised: eur(0) })
  })

  test(`${who}: a page is closed on demand, once and twice; one that was paid just before says so`, async () => {
    const { sessionRef } = await port().open(anOpenCommand())
    expect(await port().expire({ key: `${sessionRef}/expire`, sessionRef })).toMatchObject({ state: 'expired' })
    expect(await port().expire({ key: `${sessionRef}/expire-again`, sessionRef })).toMatchObject({ state: 'expired' })
    const paid = await authorised()
    expect(await port().expire({ key: `${paid.sessionRef}/expire`, sessionRef: paid.sessionRef })).toMatchObject({
      state: 'authorised',
    })
  })

  test(`${who}: a session nobody opened is not found`, async () => {
    expect(await port().find('cs_test_nobody')).toBeUndefined()
  })

  test(`${who}: an amount too small is refused with the provider's words`, async () => {
    const command = anOpenCommand({ amount: eur(1) })
    await expect(port().open(command)).rejects.toThrow(/at least/i)
    expect(await refusal(port().open(command))).toBe('payment-refused')
  })
}
