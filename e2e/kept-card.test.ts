import { expect } from '@jest/globals'
import { fillContact, logIn, looksTwice, newCustomerLoggedIn, order, payWith, testCard, unused } from './errands'
import { journey } from './journey'
import { demoPassword, type Person } from './person'

/** Kept like any other card; when it is charged later, its bank declines. */
const declinedLater = '4000 0000 0000 0341'
/** Its bank wants to hear its owner at every charge. */
const asksAlways = '4000 0027 6000 3184'

journey(
  'PAY-09 a kept card that is declined leaves the order to be paid otherwise; one whose bank asks for its owner leads to the provider’s page',
  async (someone) => {
    const kim = await someone({ language: 'en', album: 'kept-card' })
    const { page, t, say } = kim
    await newCustomerLoggedIn(kim)
    await keep(kim, declinedLater)
    await keep(kim, asksAlways)
    await kim.goes('/account/methods')
    await looksTwice(kim, 'methods')
    const ways = page.locator('input[name=method]')
    const kept = (label: string) => page.getByRole('radio', { name: t('account.pay.kept', { label }) })

    // a newcomer's order is looked at first; then the card is declined, and nothing is lost
    await kim.goes('/account/contacts/new')
    await fillContact(kim, 'Kim Neumann', page.locator('main'))
    await kim.field(t('contact.country')).selectOption('DE')
    await kim.presses(t('account.contacts.save'))
    await kim.reads(t('account.contacts.saved'))
    await order(kim, [`${unused('abgelehnt')}.de`])
    const first = new URL(page.url()).pathname
    const clara = await someone({ language: 'de' })
    await logIn(clara, 'clearing@kontor.example', demoPassword).then(() => clara.arrives(/^\/desk/))
    await clara.goes(`/desk/clearing/${first.split('/').at(-1)}`)
    await clara.page.getByText(clara.t('desk.held.approve'), { exact: true }).click()
    await clara.fills({ [clara.t('desk.held.reason')]: 'Anschrift und Telefon geprüft, passt.' })
    await clara.presses(clara.t('desk.held.submit'))
    await clara.reads(clara.t('desk.held.saved'))
    await kim.goes(first)
    await kept('Visa ···· 0341').check()
    await kim.looks('ways')
    await page.locator('button[name=intent][value=pay]').click()
    await kim.reads(say({ key: 'order.reason.payment-declined', params: { text: 'generic_decline' } }))
    await kim.reads(/^Waiting for your payment of /)
    await looksTwice(kim, 'declined')
    expect(await ways.count()).toBeGreaterThan(2)

    // the other card's bank wants to see its owner: at the provider's, where the owner is
    await kept('Visa ···· 3184').check()
    await page.locator('button[name=intent][value=pay]').click()
    await page.waitForURL(/\/c\/pay\//)
    await payWith(kim, asksAlways)
    await page.waitForURL(/\/c\/confirm\//)
    await page.locator('button[value=yes]').click()
    await kim.arrives(/^\/account\/orders\//)
    await kim.reads(say({ key: 'order.headline.delivered' }))
    await kim.looks('delivered')

    // at the checkout itself: what was ordered stays ordered, and says why it is not paid
    const next = `${unused('an-der-kasse')}.de`
    await order(kim, [next], { method: 'kept' })
    await kim.reads(t('account.order.unpaid'))
    await kim.looks('unpaid')
    await page.locator('input[name=method][value=card]').check()
    await page.locator('button[name=intent][value=pay]').click()
    await page.waitForURL(/\/c\/pay\//)
    await payWith(kim, testCard)
    await kim.arrives(/^\/account\/orders\//)
    await kim.reads(say({ key: 'order.headline.delivered' }))
  },
)

/** Leaves a card with the provider; nothing is charged. */
async function keep(kim: Person, card: string): Promise<void> {
  await kim.goes('/account/methods')
  await kim.presses(kim.t('account.methods.add-card'))
  await kim.page.waitForURL(/\/c\/pay\//)
  await payWith(kim, card)
  if (card === asksAlways) await kim.page.locator('button[value=yes]').click()
  await kim.arrives(/^\/account\/payments\//)
  await kim.reads(kim.say({ key: 'payment.headline.kept' }))
}
