import { expect } from '@jest/globals'
import {
  approve,
  fillContact,
  goToPay,
  looksTwice,
  newCustomerLoggedIn,
  payWith,
  search,
  takeIntoCart,
  testCard,
  unused,
} from './errands'
import { journey } from './journey'

journey(
  'BEY-36 somebody buys in dollars: a name without a price in them makes the cart one in euros and says so; without it the order, its payment and its invoice are in USD',
  async (someone) => {
    const kim = await someone({ language: 'en', album: 'currency' })
    const { page, t, say } = kim
    await newCustomerLoggedIn(kim)
    await kim.goes('/account/tax')
    await kim.field(t('tax.currency')).selectOption('USD')
    await kim.presses(t('tax.currency.save'))
    await kim.reads(t('tax.saved'))

    const label = unused('dollars')
    await search(kim, label)
    await kim.reads(/US\$/)
    await takeIntoCart(kim, `${label}.com`, `${label}.de`)
    await kim.goes('/cart')
    const inEuros = say({ key: 'cart.in-euros', params: { currency: 'USD', text: `${label}.de` } })
    await kim.reads(inEuros)
    await kim.reads(t('cart.price-moved'))
    await looksTwice(kim, 'mixed')
    await kim.presses(t('cart.price-moved.accept'))
    await page.getByText(t('cart.price-moved')).waitFor({ state: 'detached' })
    await kim.reads(inEuros)
    await kim.goes('/checkout')
    await kim.reads(inEuros)

    await kim.goes('/cart')
    await kim.presses(t('cart.remove-name', { name: `${label}.de` }))
    await page.getByText(inEuros).waitFor({ state: 'detached' })
    await kim.presses(t('cart.price-moved.accept'))
    await page.getByText(t('cart.price-moved')).waitFor({ state: 'detached' })
    expect(await page.getByText('€').count()).toBe(0)
    await looksTwice(kim, 'cart')

    await kim.goes('/checkout')
    const card = page.locator('form#contact')
    await fillContact(kim, 'Kim Neumann', card)
    await kim.field(t('contact.country'), card).selectOption('DE')
    await kim.presses(t('checkout.holder.new.save'), card)
    await page.locator('select[name^="holder."]').first().selectOption({ index: 1 })
    await kim.presses(t('checkout.next'))
    await kim.readsHeading(t('checkout.review.title'))
    expect(await page.locator('input[name=method][value=transfer]').count()).toBe(0)
    await looksTwice(kim, 'checkout')
    await page.getByRole('checkbox').check()
    await kim.presses(t('checkout.place'))
    await kim.arrives(/^\/account\/orders\/[^?]+$/)
    const orderId = page.url().split('/').at(-1) ?? ''
    await approve(await someone({ language: 'de' }), orderId)

    await kim.goes(`/account/orders/${orderId}`)
    await goToPay(kim)
    await kim.reads(/^US\$\d+\.\d\d$/)
    expect(await page.getByText('€').count()).toBe(0)
    await payWith(kim, testCard)
    await kim.arrives(/^\/account\/orders\//)
    await kim.reads(say({ key: 'order.headline.delivered' }))
    await looksTwice(kim, 'delivered')
    expect(await page.getByText('€').count()).toBe(0)

    await kim.goes('/account/invoices')
    await kim.follows(/^R-\d{4}-\d{6}$/)
    await kim.arrives(/^\/account\/invoices\/[^/]+$/)
    await kim.reads(/US\$\d/, { within: page.locator('main') })
    expect(await page.getByText('€').count()).toBe(0)
    await looksTwice(kim, 'invoice')
  },
)
