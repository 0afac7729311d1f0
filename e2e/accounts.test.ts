import { showMoney } from '../workflows/policy/money'
import { billWork, logIn, looksTwice, newCustomer, openMail, payWith, testCard } from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

const euro = (amount: number, language: 'de' | 'en') => showMoney({ amount, currency: 'EUR' }, language)

journey(
  'ADM-07 INV-07 without scripts: goodwill is booked, told and taken back; a paid invoice is cancelled and its money goes back to the card',
  async (someone) => {
    const kim = await someone({ language: 'en', script: false, album: 'accounts-customer' })
    const customer = await newCustomer(kim)
    const { email, password, lastName } = customer
    const bela = await someone({ language: 'de', script: false, album: 'accounts' })
    const { page, t } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    await billWork(bela, lastName, 'Umzug', '80,00')
    await bela.goes(`/desk/customers?q=${encodeURIComponent(lastName)}`)
    await bela.follows(/^C-\d+$/)
    const desk = new URL(page.url()).pathname
    await bela.follows(t('desk.balance'))

    // a wrong amount is told at its field; then the confirmation shows before and after
    await bela.fills({ [t('desk.refund.amount')]: 'viel', [t('desk.balance.reason')]: 'Zwei Tage ohne Dienst' })
    await bela.presses(t('desk.balance.preview'))
    await bela.reads(bela.say({ key: 'account.amount' }))
    await looksTwice(bela, 'balance-wrong')
    await bela.fills({ [t('desk.refund.amount')]: '12,50' })
    await bela.presses(t('desk.balance.preview'))
    await bela.reads(t('desk.balance.after'))
    await bela.reads(euro(1_250, 'de'))
    await looksTwice(bela, 'balance-confirm')
    await bela.presses(t('desk.balance.book'))
    await bela.reads(t('desk.balance.done'))
    await looksTwice(bela, 'balance-booked')

    await openMail(kim, email, /12[.,]50/)
    await kim.goes('/login')
    await logIn(kim, email, password).then(() => kim.arrives(/^\/account/))
    await kim.goes('/account/balance')
    await kim.reads(kim.t('account.balance.what.goodwill'))
    await kim.looks('balance')

    // another window, with scripts, is about to take more than will be left
    const other = await someone({ language: 'de', album: 'accounts-script' })
    await logIn(other, 'accounting@kontor.example', demoPassword).then(() => other.arrives(/^\/desk/))
    await other.goes(`${desk}/balance`)
    await looksTwice(other, 'balance')
    await other.page.locator('input[name=kind][value=correction-down]').check()
    await other.fills({ [t('desk.refund.amount')]: '10,00', [t('desk.balance.reason')]: 'Doppelt gutgeschrieben' })
    await other.presses(t('desk.balance.preview'))
    await other.reads(t('desk.balance.after'))
    await looksTwice(other, 'balance-confirm')

    await page.getByRole('link', { name: new RegExp(`^${t('desk.balance.reverse')}`) }).click()
    await bela.fills({ [t('desk.balance.reason')]: 'War schon einmal gebucht' })
    await looksTwice(bela, 'balance-reverse')
    await bela.presses(t('desk.balance.reverse.act'))
    await bela.reads(t('desk.decision.reversed'))

    // that booking is refused with its reason; corrected, it is a booking of its own, and does not hear that refusal again
    await other.presses(t('desk.balance.book'))
    await other.reads(other.say({ key: 'account.refused.balance' }))
    await looksTwice(other, 'balance-refused')
    await other.page.locator('input[name=kind][value=correction-up]').check()
    await other.fills({ [t('desk.refund.amount')]: '1,00' })
    await other.presses(t('desk.balance.preview'))
    await other.reads(t('desk.balance.after'))
    await other.presses(t('desk.balance.book'))
    await other.reads(t('desk.balance.done'))

    // the invoice is paid by card; the Storno sends it back there
    await kim.goes('/account/invoices')
    await kim.follows(kim.t('account.open.pay-all'))
    await kim.page.locator('input[name=method][value=card]').check()
    await kim.page.getByRole('button', { name: /^Continue: pay / }).click()
    await kim.page.waitForURL(/\/c\/pay\//)
    await payWith(kim, testCard)
    await kim.arrives(/^\/account\/payments\//)
    await kim.readsAfterReload(/ is paid\.$/)

    await bela.goes(`/desk/invoices?q=${encodeURIComponent(lastName)}`)
    await page.locator('tbody a[href^="/desk/invoices/"]').first().click()
    await bela.arrives(/^\/desk\/invoices\/[^/?]+$/)
    await bela.goes(`${new URL(page.url()).pathname}/cancel`)
    await page.locator('input[name=back][value=original]').check()
    await bela.fills({ [t('desk.cancel.reason')]: 'Der Umzug fand nicht statt' })
    await looksTwice(bela, 'cancel')
    await other.goes(new URL(page.url()).pathname)
    await looksTwice(other, 'cancel')
    await bela.presses(t('desk.cancel.act'))
    await bela.arrives(/^\/desk\/invoices\/[^/]+\?done=issued/)
    await bela.goes(`/desk/payments?q=${encodeURIComponent(lastName)}`)
    await bela.readsAfterReload(t('desk.payments.state.refunded'))
    await bela.goes(`${desk}/balance`)
    await bela.reads(euro(100, 'de'))

    await other.goes('/desk/disputes?state=all')
    await looksTwice(other, 'disputes')
  },
)
