import { expect } from '@jest/globals'
import { showMoney } from '../workflows/policy/money'
import { billWork, logIn, looksTwice, newCustomer, newCustomerLoggedIn, paysIn, payWith, testCard } from './errands'
import { journey, type Casting } from './journey'
import { demoPassword, type Person } from './person'

/** Two open invoices of a customer. */
async function issued(someone: Casting, lastName: string): Promise<void> {
  const bela = await someone({ language: 'de' })
  await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
  for (const text of ['Umzug', 'Beratung']) await billWork(bela, lastName, text, '80,00')
}

const opens = async (person: Person): Promise<number> => {
  await person.goes('/account/invoices')
  return person.page.locator('input[name=invoice]').count()
}

journey(
  'PAY-07 PAY-13 PAY-14 PAY-15 PAY-16 PAY-17 PAY-18 PAY-08 several invoices are chosen, looked through and paid by one card payment',
  async (someone) => {
    const carol = await someone({ language: 'en', album: 'paying' })
    const { page, t } = carol
    const { email, password, lastName } = await newCustomer(carol)
    await issued(someone, lastName)
    await carol.goes('/login')
    await logIn(carol, email, password).then(() => carol.arrives(/^\/account/))
    const before = await opens(carol)
    expect(before).toBeGreaterThanOrEqual(2)
    await looksTwice(carol, 'open-invoices')

    // nothing chosen: told so
    await carol.presses(t('account.open.pay-selected'))
    await carol.reads(t('account.open.choose'))
    for (const box of (await page.locator('input[name=invoice]').all()).slice(0, 2)) await box.check()
    await carol.presses(t('account.open.pay-selected'))
    await carol.arrives(/^\/account\/pay\?invoice=.*invoice=/)
    await carol.reads(t('account.pay.due'))
    await looksTwice(carol, 'summary')

    // a first try that is given up: nothing is charged
    await page.locator('input[name=method][value=card]').check()
    await page.getByRole('button', { name: /^Continue: pay / }).click()
    await page.waitForURL(/\/c\/pay\//)
    await page.getByRole('link', { name: /Cancel/ }).click()
    await carol.arrives(/^\/account\/payments\//)
    await looksTwice(carol, 'waiting')
    await carol.presses(t('account.payment.withdraw'))
    await carol.reads(carol.say({ key: 'payment.headline.withdrawn' }))

    // the second one keeps the card
    expect(await opens(carol)).toBe(before)
    await carol.follows(t('account.open.pay-all'))
    await carol.arrives(/^\/account\/pay\?/)
    await page.locator('input[name=method][value=card-keep]').check()
    await page.getByRole('button', { name: /^Continue: pay / }).click()
    await page.waitForURL(/\/c\/pay\//)
    await payWith(carol, testCard)
    await carol.arrives(/^\/account\/payments\//)
    await carol.reads(/ is paid\.$/)
    await looksTwice(carol, 'paid')
    expect(await opens(carol)).toBe(0)

    await carol.goes('/account/methods')
    await carol.reads('Visa ···· 4242')
    await looksTwice(carol, 'methods')
    await carol.follows(t('account.methods.remove.long', { label: 'Visa ···· 4242' }))
    await carol.reads(t('account.methods.remove.last'))
    await carol.looks('remove')
  },
)

journey(
  'PAY-02 PAY-04 PAY-05 BEY-39 without scripts: deposits by card and PayPal are in the balance, and the desk gives a part back',
  async (someone) => {
    const carol = await someone({ language: 'en', script: false, album: 'deposit' })
    const { page, t } = carol
    const { lastName } = await newCustomerLoggedIn(carol)
    await paysIn(carol, '45.50')
    await carol.goes('/account/balance')
    await carol.reads(showMoney({ amount: 4_550, currency: 'EUR' }, 'en'))
    await carol.looks('balance')

    // the same by PayPal: agreed on its page, taken by us when it says so
    await carol.fills({ [t('account.balance.amount')]: '20' })
    await page.locator('input[name=method][value=paypal]').check()
    await carol.presses(t('account.balance.submit'))
    await page.waitForURL(/\/paypal\/checkoutnow/)
    await page.locator('button').first().click()
    await carol.arrives(/^\/account\/payments\//)
    await carol.readsAfterReload(/is paid into the balance/)
    await carol.goes('/account/balance')
    await carol.reads(showMoney({ amount: 6_550, currency: 'EUR' }, 'en'))

    const bela = await someone({ language: 'de', album: 'refund' })
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    await bela.goes(`/desk/payments?q=${encodeURIComponent(lastName)}`)
    await looksTwice(bela, 'payments')
    await bela.page.locator('tbody a[href^="/desk/payments/"]').first().click()
    await bela.arrives(/^\/desk\/payments\/[0-9a-f-]{36}/)
    await bela.fills({ [bela.t('desk.refund.amount')]: '10,00', [bela.t('desk.refund.reason')]: 'Vertrag vorzeitig beendet' })
    await looksTwice(bela, 'refund')
    await bela.presses(bela.t('desk.refund.submit'))
    await bela.arrives(/^\/desk\/cases\/refund/)
    await bela.reads(/sind erstattet\.$/)
    await bela.looks('refunded')
  },
)
