import { expect } from '@jest/globals'
import { showMoney } from '../workflows/policy/money'
import { billWork, logIn, looksTwice, newCustomerLoggedIn, openMail, paysIn, tellProvider } from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

const euro = (amount: number, language: 'de' | 'en') => showMoney({ amount, currency: 'EUR' }, language)

journey(
  'BEY-39 a spent deposit is charged back: its refund is parked, tried again and given up, and accounting claims one part anew and takes the rest out of the balance',
  async (someone) => {
    const kim = await someone({ language: 'en', album: 'chargeback-customer' })
    const { email, lastName } = await newCustomerLoggedIn(kim)
    await paysIn(kim, '100')

    const bela = await someone({ language: 'de', album: 'chargeback' })
    const { page, t } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    await billWork(bela, lastName, 'Umzug', '80,00')
    await kim.goes('/account/invoices')
    await kim.follows(kim.t('account.open.pay-all'))
    await kim.page.locator('input[name=method][value=balance]').check()
    await kim.page.getByRole('button', { name: /^Continue: pay / }).click()
    await kim.arrives(/^\/account\/payments\//)
    await kim.reads(/ is paid\.$/)

    // what the provider refuses is parked with its reason; there it can be tried again
    await bela.goes(`/desk/payments?q=${encodeURIComponent(lastName)}`)
    await page.locator('tbody a[href^="/desk/payments/"]').first().click()
    await bela.arrives(/^\/desk\/payments\/[0-9a-f-]{36}$/)
    const payment = new URL(page.url()).pathname
    const intentRef = (await page.locator('main').innerText()).match(/pi_\w+/)?.[0] ?? ''
    await bela.fills({ [t('desk.refund.amount')]: '4,00', [t('desk.refund.reason')]: 'Kündigt den Vertrag' })
    // the customer goes to their bank, and its word about it is slow: whatever happens next, the house does not know of it
    const { events } = (await tellProvider('dispute', { intentRef, tell: false })) as { events: string[] }
    await bela.presses(t('desk.refund.submit'))
    await bela.arrives(/^\/desk\/cases\/refund/)
    await bela.reads(/charged back/)
    await bela.looks('refund-parked')
    await bela.goes(payment)
    await looksTwice(bela, 'payment-parked')
    await bela.presses(t('desk.case.retry'))
    await bela.reads(t('desk.collection.done'))

    // the house hears of it: the money is gone, the little that is left of the deposit with it
    for (const eventId of events) await tellProvider('resend', { eventId })
    for (let tries = 0; tries < 60 && (await page.getByText(t('desk.cases.kind.chargeback')).count()) === 0; tries += 1) {
      await page.waitForTimeout(250)
      await bela.goes(payment)
    }
    await bela.follows(t('desk.refund.give-up'))
    await bela.reads(t('desk.refund.give-up.balance', { amount: euro(400, 'de') }))
    await bela.fills({ [t('desk.refund.reason')]: 'Die Bank hat es sich schon geholt' })
    await bela.looks('give-up')
    await bela.presses(t('desk.refund.give-up'))
    await bela.reads(t('desk.collection.done'))

    // nothing is to be decided before the card network has
    await bela.goes(`/desk/disputes?state=open&q=${encodeURIComponent(lastName)}`)
    await page.locator('tbody a[href^="/desk/disputes/"]').first().click()
    await bela.reads(t('desk.dispute.wait'))
    expect(await page.getByRole('button', { name: t('desk.dispute.act') }).count()).toBe(0)
    await bela.looks('dispute-open')
    await tellProvider('close-dispute', { intentRef, won: false })
    const dispute = new URL(page.url()).pathname
    const act = page.getByRole('button', { name: t('desk.dispute.act') })
    for (let tries = 0; tries < 60 && !(await act.isVisible()); tries += 1) {
      await page.waitForTimeout(250)
      await bela.goes(dispute)
    }
    await looksTwice(bela, 'dispute-lost')

    // more than the balance has is refused at its field; then the invoice is claimed again, and the rest is taken out of the balance
    await page.locator('input[name=way][value=balance]').check()
    await bela.fills({ [t('desk.refund.amount')]: '5,00', [t('desk.balance.reason')]: 'Das Guthaben trägt den Rest' })
    await bela.presses(t('desk.dispute.act'))
    await page.getByRole('alert').first().waitFor()
    await bela.looks('dispute-refused')
    await bela.fills({ [t('desk.refund.amount')]: '4,00' })
    await bela.presses(t('desk.dispute.act'))
    await bela.reads(t('desk.decision.dispute-from-balance'))
    await page.locator('input[name=way][value=claim]').check()
    await bela.fills({ [t('desk.refund.amount')]: '95,20', [t('desk.balance.reason')]: 'Die Leistung ist erbracht' })
    await bela.presses(t('desk.dispute.act'))
    await bela.reads(t('desk.decision.dispute-claimed'))
    expect(await act.count()).toBe(0)
    await bela.looks('dispute-decided')
    await bela.goes(`/desk/disputes?state=lost&q=${encodeURIComponent(lastName)}`)
    await looksTwice(bela, 'disputes')

    // the customer's page tells who decided what, in words and money
    await bela.goes(`/desk/customers?q=${encodeURIComponent(lastName)}`)
    await bela.follows(/^C-\d+$/)
    const claimed = page.locator('details.changes').filter({ hasText: t('audit.value.claim') })
    await claimed.locator('summary').click()
    await bela.reads(euro(9_520, 'de'), { within: claimed })
    await looksTwice(bela, 'audit')

    // the customer owes the invoice again, and was told so
    await openMail(kim, email, new RegExp(kim.say({ key: 'mail.payment-claimed-again.subject', params: { number: 'R-' } })))
    await kim.looks('mail')
    await kim.goes('/account/invoices')
    await kim.reads(euro(9_520, 'en'))
    await kim.looks('open-again')
    await kim.goes('/account/balance')
    await kim.reads(euro(0, 'en'))
    await kim.reads(kim.t('account.balance.what.refund-failed'))
    expect(await kim.page.getByText(kim.t('account.balance.what.other'), { exact: true }).count()).toBe(0)
    await kim.looks('balance')
  },
)
