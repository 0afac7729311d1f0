import { expect } from '@jest/globals'
import { logIn, order, goToPay, payWith, testCard, unused } from './errands'
import { journey } from './journey'

journey(
  'NEW-03 NEW-18 ORD-14 a name taken meanwhile and a holder refused: reasons, correction at the field, giving up with what comes back shown first',
  async (someone) => {
    const élodie = await someone({ language: 'en', album: 'parked' })
    const rival = await someone({ language: 'de' })
    const { page, t, say } = élodie
    const name = unused('umkaempft')
    const holder = unused('Paul Umzug')
    const [taken, refused] = [`${name}.net`, `${name}.eu`]

    // both want the same name; the rival pays first
    await logIn(élodie, 'achats@atelier.example').then(() => élodie.arrives(/^\/(account|$)/))
    await logIn(rival, 'einkauf@werkstatt.example').then(() => rival.arrives(/^\/(account|$)/))
    const orderId = await order(élodie, [taken, refused], { newHolder: holder })
    await order(rival, [taken])
    await goToPay(rival)
    await payWith(rival, testCard)
    await rival.reads(rival.say({ key: 'order.headline.delivered' }))

    // meanwhile the holder moves to where .eu does not go
    await élodie.goes('/account/contacts')
    await élodie.follows(t('account.contacts.edit.long', { name: holder }))
    await élodie.arrives(/contacts\/[0-9a-f-]+$/)
    await élodie.field(t('contact.country')).selectOption('US')
    await élodie.fills({ [t('contact.postcode')]: '10118' })
    await élodie.presses(t('account.contacts.save'))
    await élodie.reads(t('account.contacts.saved'))

    await élodie.goes(`/account/orders/${orderId}`)
    await goToPay(élodie)
    await payWith(élodie, testCard)
    await élodie.arrives(/^\/account\/orders\//)
    await élodie.reads(say({ key: 'order.headline.parked-many', params: { count: 2 } }))
    await élodie.reads(say({ key: 'order.reason.taken', params: { name: taken } }))
    await élodie.looks('two-parked')

    // the refusal stands at the field that is wrong
    const country = élodie.field(t('contact.country'))
    expect(await country.getAttribute('aria-invalid')).toBe('true')
    await country.selectOption('DE')
    await élodie.presses(t('account.correct.submit'))
    await élodie.reads(t('account.order.resumed'))
    await élodie.reads(say({ key: 'order.headline.parked', params: { name: taken } }))
    await élodie.reads(t('state.item.registered'))

    // what is given up: first what it means, then the click
    await élodie.follows(t('account.order.give-up.long', { name: taken }))
    await élodie.arrives(/give-up/)
    await élodie.reads(t('account.give-up.lead'))
    await élodie.reads(/was only reserved and will not be charged/)
    await élodie.looks('give-up')
    await élodie.fills({ [t('account.give-up.reason')]: 'Dann eben ohne diesen Namen.' })
    await élodie.presses(t('account.give-up.confirm'))
    await élodie.reads(say({ key: 'order.headline.partly-delivered', params: { delivered: 1, total: 2 } }))
    await élodie.reads(t('state.item.given_up'))
    await élodie.looks('partly-delivered')
    // the invoice is for the one that came: what was taken is less than the order's sum
    const invoices = page.locator('.card').filter({ has: page.getByRole('heading', { name: t('account.order.documents') }) })
    await invoices.getByRole('link').first().waitFor()
    const billed = (await invoices.getByRole('listitem').first().innerText()).match(/€[\d.]+/)?.[0]
    const ordered = (await page.locator('dd.total').first().innerText()).match(/€[\d.]+/)?.[0]
    expect(billed).toBeDefined()
    expect(billed).not.toBe(ordered)
  },
)
