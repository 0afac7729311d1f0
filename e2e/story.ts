// The story that the house is built for, from the first search to the invoice in the mailbox.
import { expect } from '@jest/globals'
import {
  fillContact,
  logIn,
  mailBody,
  openMail,
  goToPay,
  payWith,
  search,
  signUp,
  takeIntoCart,
  testCard,
  unused,
} from './errands'
import { journey } from './journey'
import { desktop, type Circumstances } from './person'
import { textsInPdf } from './pdf'

interface Telling extends Circumstances {
  kind: 'individual' | 'corporate'
}

export const story = ({ kind, ...circumstances }: Telling) =>
  journey(
    `ACC-09 ACC-12 ACC-13 ACC-14 ACC-15 ACC-16 ACC-17 ACC-18 KYC-01 ADM-08 ORD-01 ORD-02 ORD-05 ORD-06 ORD-08 ORD-14 ORD-16 ORD-17 ORD-18 ` +
      `PAY-06 PAY-11 INV-01 INV-02 INV-03 INV-04 INV-12 NEW-01 NEW-02 ` +
      `a newcomer orders three names under two TLDs, is cleared, pays, sees each registered live, and opens the invoice ` +
      `(${circumstances.language}, ${circumstances.screen?.width} px, ${kind})`,
    async (someone) => {
      const anna = await someone({ ...circumstances, album: `story-${circumstances.language}` })
      const { page, t, say } = anna
      const look = (name: string) => anna.looks(name)
      const name = unused('nordlicht')
      const [first, second, third] = [`${name}.de`, `${name}.com`, `${name}-shop.de`]
      const email = `${name}@example.com`
      const password = 'ein langer satz zum merken'

      // ── looking for names, without an account ──
      await anna.goes('/')
      await look('home')
      await search(anna, name)
      await look('results')
      await anna.follows(/^Europ/)
      await anna.arrives(/group=/)
      await page.getByText(t('search.asking')).first().waitFor({ state: 'detached' })
      expect(await page.getByRole('link', { name: /^\.com/ }).count()).toBe(0)
      await search(anna, name)
      await takeIntoCart(anna, first, second)
      await search(anna, third)
      await takeIntoCart(anna, third)
      await anna.goes('/cart')
      for (const wanted of [first, second, third]) await anna.reads(wanted)
      await look('cart')

      // ── an account ──
      await signUp(anna, { kind, email, password, firstName: 'Anna', lastName: 'Österreicher' }, look)
      await look('signup-sent')
      await openMail(anna, email)
      await look('verification-mail')
      await mailBody(page).getByRole('link').filter({ hasText: /\S/ }).first().click()
      await anna.arrives(/^\/verify\//)
      await look('verify')
      await anna.presses(t('verify.submit'))
      await anna.readsHeading(t('verify.done.title'))
      await anna.follows(t('shell.login'), page.locator('main'))
      await anna.arrives(/^\/login/)
      await look('login')
      await logIn(anna, email, password)

      // ── checkout: the cart has survived; one name gets a holder of its own ──
      await anna.arrives(/^\/checkout/)
      await look('checkout-first-contact')
      await anna.presses(t('checkout.holder.new.save'))
      await anna.readsHeading(t('checkout.holder.title'))
      const another = page.locator('details').filter({ hasText: t('checkout.holder.new') })
      await another.locator('summary').click()
      await fillContact(anna, 'Jürgen Strauß', another)
      await anna.presses(t('checkout.holder.new.save'), another)
      const card = page.locator('.card').filter({ has: page.getByRole('heading', { level: 2, name: third }) })
      await card
        .getByLabel(t('checkout.holder.of'), { exact: true })
        .locator('option', { hasText: 'Jürgen' })
        .waitFor({ state: 'attached' })
      const jürgen = await card.locator('option', { hasText: 'Jürgen' }).getAttribute('value')
      await card.getByLabel(t('checkout.holder.of'), { exact: true }).selectOption(jürgen)
      await look('checkout-holders')
      await anna.presses(t('checkout.next'))
      await anna.readsHeading(t('checkout.review.title'))
      await anna.reads(/Jürgen Strauß/)
      await page.getByRole('checkbox').check()
      await look('checkout-review')
      await anna.presses(t('checkout.place'))

      // ── held for a look by staff ──
      await anna.arrives(/^\/account\/orders\/[^?]+$/)
      const orderId = page.url().split('/').at(-1) ?? ''
      await anna.reads(say({ key: 'order.headline.held' }))
      await look('order-held')

      const clara = await someone({
        language: 'de',
        screen: circumstances.screen ?? desktop,
        album: `story-${circumstances.language}-desk`,
      })
      await logIn(clara, 'clearing@kontor.example')
      await clara.arrives(/^\/desk/)
      await clara.looks('desk')
      await clara.goes('/desk/clearing')
      await clara.looks('clearing')
      await clara.follows(orderId)
      await clara.arrives(new RegExp(`/desk/clearing/${orderId}`))
      await clara.reads(clara.say({ key: 'hold.new-customer' }))
      await clara.looks('held-order')
      // a second tab, left open
      const late = await clara.opensAnotherTab(`/desk/clearing/${orderId}`)
      await clara.page.getByText(clara.t('desk.held.approve'), { exact: true }).click()
      await clara.fills({ [clara.t('desk.held.reason')]: 'Anschrift und Telefon geprüft, passt.' })
      await clara.presses(clara.t('desk.held.submit'))
      await clara.reads(clara.t('desk.held.saved'))
      await clara.reads('Anschrift und Telefon geprüft, passt.')
      await clara.looks('decided')
      await late.page.getByText(late.t('desk.held.reject'), { exact: true }).click()
      await late.fills({ [late.t('desk.held.reason')]: 'Das sehe ich anders als die Kollegin.' })
      const [refusal] = await Promise.all([
        late.page.waitForResponse((response) => response.request().method() === 'POST'),
        late.presses(late.t('desk.held.submit')),
      ])
      expect(refusal.status()).toBe(409)
      const notice = late.page.getByRole('alert')
      await late.reads(late.say({ key: 'late.decided' }), { within: notice })
      await late.reads(/Clara Lindner, .*\d\d:\d\d/, { within: notice })
      await late.looks('decided-late')

      // ── and on, without touching anything: the page follows ──
      await page.getByRole('button', { name: new RegExp(t('account.order.pay', { amount: '.*' })) }).waitFor()
      await look('order-to-pay')
      await goToPay(anna)
      await look('payment-page')
      await payWith(anna, testCard)
      await anna.arrives(new RegExp(`/account/orders/${orderId}`))
      await page.evaluate(() => Object.assign(window, { neverReloaded: true }))
      await look('order-paid')
      await anna.reads(say({ key: 'order.headline.delivered' }))
      expect(await page.evaluate(() => 'neverReloaded' in window)).toBe(true)
      expect(await page.getByText(t('state.item.registered'), { exact: true }).count()).toBeGreaterThanOrEqual(3)
      // a receipt for each command to registry and provider
      const receipts = page.locator('details.receipt')
      expect(await receipts.count()).toBeGreaterThanOrEqual(4)
      await receipts.first().locator('summary').click()
      await anna.reads(t('case.receipt.key'))
      await look('order-delivered')

      // ── the invoice: in the customer centre and by mail ──
      await anna.goes('/account/invoices')
      await look('invoices')
      const file = await anna.downloads(page.getByRole('link', { name: /PDF/ }).first())
      expect(file.subarray(0, 5).toString()).toBe('%PDF-')
      const billed = textsInPdf(file)
      for (const wanted of [first, second, third]) expect(billed).toContain(wanted)

      await openMail(anna, email, new RegExp(say({ key: 'mail.order-delivered.subject', params: { order: orderId } })))
      await look('invoice-mail')
      const attached = await anna.downloads(page.getByRole('link', { name: /\.pdf/ }).first())
      expect(attached.equals(file)).toBe(true)

      await anna.goes('/account/names')
      for (const wanted of [first, second, third]) await anna.reads(wanted)
      await look('names')
      await anna.goes('/account')
      await look('account')
    },
  )
