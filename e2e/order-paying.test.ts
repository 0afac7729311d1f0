import { expect } from '@jest/globals'
import {
  approve,
  fillContact,
  logIn,
  looksTwice,
  newCustomerLoggedIn,
  order,
  search,
  takeIntoCart,
  transfer,
  unused,
} from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

journey(
  'PAY-09 PAY-10 PAY-12 an order is paid by bank transfer, and the next one out of the balance that it left',
  async (someone) => {
    const kim = await someone({ language: 'en', album: 'order-paying' })
    const { page, t, say } = kim
    await newCustomerLoggedIn(kim)

    // transfer is chosen at checkout; a new customer's order is looked at first
    const label = unused('per-ueberweisung')
    const [first, second] = [`${label}.de`, `${label}.com`]
    await search(kim, label)
    await takeIntoCart(kim, first, second)
    await kim.goes('/checkout')
    const card = page.locator('form#contact')
    await fillContact(kim, 'Kim Neumann', card)
    await kim.field(t('contact.country'), card).selectOption('DE')
    await kim.presses(t('checkout.holder.new.save'), card)
    await page.locator('select[name^="holder."]').last().waitFor()
    for (const holder of await page.locator('select[name^="holder."]').all()) await holder.selectOption({ index: 1 })
    await kim.presses(t('checkout.next'))
    await kim.readsHeading(t('checkout.review.title'))
    await page.locator('input[name=method][value=transfer]').check()
    await looksTwice(kim, 'checkout')
    await page.getByRole('checkbox').check()
    // a name is taken out in another tab: what is on this page is not ordered, and the page shows what there is now
    const tab = await kim.opensAnotherTab('/cart')
    await tab.presses(t('cart.remove-name', { name: second }))
    await tab.page.getByText(second).first().waitFor({ state: 'detached' })
    await kim.presses(t('checkout.place'))
    await kim.reads(say({ key: 'order.refused.cart-changed' }))
    await page.getByText(second).first().waitFor({ state: 'detached' })
    expect(await page.locator('input[name=method][value=transfer]').isChecked()).toBe(true)
    await looksTwice(kim, 'cart-changed')
    await kim.presses(t('checkout.place'))
    await kim.arrives(/^\/account\/orders\/[^?]+$/)
    const firstId = page.url().split('/').at(-1) ?? ''
    await approve(await someone({ language: 'de' }), firstId)

    // what was chosen then is offered first now
    await kim.goes(`/account/orders/${firstId}`)
    expect(await page.locator('input[name=method][value=transfer]').isChecked()).toBe(true)
    await looksTwice(kim, 'ways')
    await page.locator('button[name=intent][value=pay]').click()
    await kim.reads(t('transfer.reference'))
    await kim.reads(/Waiting for your bank transfer of /)
    await looksTwice(kim, 'transfer')

    // too little at first, then too much
    const bela = await someone({ language: 'de' })
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    await transfer(bela, '5,00', firstId)
    await kim.reads(/A part of it has come\./)
    await looksTwice(kim, 'part')
    await transfer(bela, '50,00', firstId)
    await kim.reads(say({ key: 'order.headline.delivered' }))
    await looksTwice(kim, 'delivered')

    // the rest is in the balance, and pays the next order at once
    const secondId = await order(kim, [`${unused('aus-guthaben')}.de`], { method: 'balance' })
    expect(secondId).not.toBe(firstId)
    await kim.reads(say({ key: 'order.headline.delivered' }))
    await kim.goes('/account/balance')
    await kim.reads(t('account.balance.what.order', { numbers: secondId }))
    await looksTwice(kim, 'balance')
  },
)
