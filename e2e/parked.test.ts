import { expect } from '@jest/globals'
import { logIn, order, payWith, testCard, unused } from './errands'
import { journey } from './journey'

journey(
  'NEW-03 NEW-18 ORD-14 a name taken meanwhile and a holder refused: reasons, correction at the field, giving up with what comes back shown first',
  async (someone) => {
    const petra = await someone({ language: 'de', album: 'parked' })
    const rival = await someone({ language: 'de' })
    const { page, t, say } = petra
    const name = unused('umkaempft')
    const [taken, refused] = [`${name}.net`, `${name}.eu`]

    // both want the same name; the rival pays first
    await logIn(petra, 'achats@atelier.example').then(() => petra.arrives(/^\/(account|$)/))
    await logIn(rival, 'einkauf@werkstatt.example').then(() => rival.arrives(/^\/(account|$)/))
    const orderId = await order(petra, [taken, refused], { newHolder: 'Petra Umzug' })
    await order(rival, [taken])
    await rival.page.getByRole('button', { name: new RegExp(rival.t('account.order.pay', { amount: '.*' })) }).click()
    await rival.page.waitForURL(/\/c\/pay\//)
    await payWith(rival, testCard)
    await rival.reads(rival.say({ key: 'order.headline.delivered' }), { seconds: 60 })

    // meanwhile the holder moves to where .eu does not go
    await petra.goes('/account/contacts')
    await petra.follows(t('account.contacts.edit.long', { name: 'Petra Umzug' }))
    await petra.arrives(/contacts\/[0-9a-f-]+$/)
    await petra.field(t('contact.country')).selectOption('US')
    await petra.fills({ [t('contact.postcode')]: '10118' })
    await petra.presses(t('account.contacts.save'))
    await petra.reads(t('account.contacts.saved'))

    await petra.goes(`/account/orders/${orderId}`)
    await page.getByRole('button', { name: new RegExp(t('account.order.pay', { amount: '.*' })) }).click()
    await page.waitForURL(/\/c\/pay\//)
    await payWith(petra, testCard)
    await petra.arrives(/^\/account\/orders\//)
    await petra.reads(say({ key: 'order.headline.parked-many', params: { count: 2 } }), { seconds: 60 })
    await petra.reads(say({ key: 'order.reason.taken', params: { name: taken } }))
    await petra.looks('two-parked')

    // the refusal stands at the field that is wrong
    const country = petra.field(t('contact.country'))
    expect(await country.getAttribute('aria-invalid')).toBe('true')
    await country.selectOption('DE')
    await petra.presses(t('account.correct.submit'))
    await petra.reads(t('account.order.resumed'))
    await petra.reads(say({ key: 'order.headline.parked', params: { name: taken } }), { seconds: 60 })
    await petra.reads(t('state.item.registered'))

    // what is given up: first what it means, then the click
    await petra.follows(t('account.order.give-up.long', { name: taken }))
    await petra.arrives(/give-up/)
    await petra.reads(t('account.give-up.lead'))
    await petra.reads(/nur vorgemerkt/)
    await petra.looks('give-up')
    await petra.fills({ [t('account.give-up.reason')]: 'Dann eben ohne diesen Namen.' })
    await petra.presses(t('account.give-up.confirm'))
    await petra.reads(say({ key: 'order.headline.partly-delivered', params: { delivered: 1, total: 2 } }), { seconds: 60 })
    await petra.reads(t('state.item.given_up'))
    await petra.looks('partly-delivered')
    // the invoice is for the one that came: what was taken is less than the order's sum
    const invoices = page.locator('.card').filter({ has: page.getByRole('heading', { name: t('account.order.documents') }) })
    await invoices.getByRole('link').first().waitFor()
    const billed = (await invoices.getByRole('listitem').first().innerText()).match(/[\d,.]+ ?€/)?.[0]
    const ordered = (await page.locator('dd.total').first().innerText()).match(/[\d,.]+ ?€/)?.[0]
    expect(billed).toBeDefined()
    expect(billed).not.toBe(ordered)
  },
)
