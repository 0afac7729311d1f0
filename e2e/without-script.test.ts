import { expect } from '@jest/globals'
import { logIn, goToPay, payWith, search, testCard, unused } from './errands'
import { journey } from './journey'

journey(
  'ORD-05 ORD-09 ORD-14 ORD-18 PAY-11 without JavaScript: search, cart, on to the search and back to the cart, sign-up with its errors at the fields, login, order, pay, and the order page by reload',
  async (someone) => {
    const nina = await someone({ language: 'de', script: false, album: 'without-script' })
    const { page, t, say } = nina
    const name = unused('plain')

    await search(nina, `${name}.com`)
    await nina.looks('results')
    await nina.presses(t('search.add-name', { name: `${name}.com` }))
    // back at the results, which say so
    await nina.reads(t('cart.added', { name: `${name}.com` }))
    await nina.goes('/cart')
    await nina.page.getByRole('combobox', { name: t('cart.years-of', { name: `${name}.com` }) }).selectOption('2')
    await nina.presses(t('cart.change'))
    await nina.looks('cart')
    expect(await page.getByRole('combobox').inputValue()).toBe('2')
    // one looks for more, or goes back: what was chosen stays
    await nina.follows(t('cart.shop-on'))
    await nina.readsHeading(t('search.title'))
    await page.goBack()
    await nina.arrives(/^\/cart/)
    expect(await page.getByRole('combobox').inputValue()).toBe('2')

    await nina.goes('/signup')
    await nina.follows(new RegExp(t('signup.kind.individual')))
    await nina.fills({ [t('signup.first-name')]: 'Nina', [t('signup.email')]: 'not an address', [t('signup.password')]: 'short' })
    const sent = page.waitForResponse((response) => response.request().method() === 'POST')
    // a browser without our scripts still knows `required`: as if it didn't
    await page.locator('form#signup').evaluate((form: HTMLFormElement) => (form.noValidate = true))
    await nina.presses(t('signup.submit'))
    expect((await sent).status()).toBe(400)
    for (const label of [t('signup.email'), t('signup.password'), t('signup.last-name'), t('signup.street')]) {
      const field = nina.field(label)
      expect(await field.getAttribute('aria-invalid')).toBe('true')
      const told = (await field.getAttribute('aria-describedby'))?.split(' ').find((id) => id.endsWith('-error')) ?? ''
      expect((await page.locator(`[id="${told}"]`).innerText()).length).toBeGreaterThan(5)
    }
    // nothing typed is lost, but for what nobody should send back
    expect(await nina.field(t('signup.first-name')).inputValue()).toBe('Nina')
    expect(await nina.field(t('signup.email')).inputValue()).toBe('not an address')
    expect(await nina.field(t('signup.password')).inputValue()).toBe('')
    await nina.looks('signup-errors')

    await nina.goes('/login?next=/checkout')
    await logIn(nina, 'petra@example.com')
    await nina.arrives(/^\/checkout/)
    await page.getByLabel(t('checkout.holder.of'), { exact: true }).last().selectOption({ index: 1 })
    await nina.looks('checkout')
    await nina.presses(t('checkout.next'))
    await nina.readsHeading(t('checkout.review.title'))
    await page.getByRole('checkbox').check()
    await nina.presses(t('checkout.place'))
    await nina.arrives(/^\/account\/orders\/[^?]+$/)
    await goToPay(nina)
    await payWith(nina, testCard)
    await nina.arrives(/^\/account\/orders\//)
    await nina.looks('paid')
    const delivered = page.getByText(say({ key: 'order.headline.delivered' }))
    const deadline = Date.now() + 60_000
    while (!(await delivered.isVisible())) {
      expect(Date.now()).toBeLessThan(deadline)
      await page.waitForTimeout(1000) // as a person would
      await nina.follows(t('case.reload'))
      await page.waitForLoadState('load')
    }
    await nina.reads(t('state.item.registered'))
    await nina.looks('delivered')
  },
)
