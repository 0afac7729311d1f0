import { expect } from '@jest/globals'
import { showMoney } from '../workflows/policy/money'
import { logIn, looksAtBank, looksTwice, newCustomer, openMail } from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

const euro = (amount: number, language: 'de' | 'en') => showMoney({ amount, currency: 'EUR' }, language)
const iban = 'DE75 5121 0800 1245 1261 99'

journey(
  'PAY-12 ADM-07 without scripts: a balance is paid out, the house makes the transfer, and the bank’s statement closes it; another payout is taken back',
  async (someone) => {
    const kim = await someone({ language: 'en', script: false, album: 'payout-customer' })
    const { email, password, lastName } = await newCustomer(kim)
    const bela = await someone({ language: 'de', script: false, album: 'payout' })
    const { page, t } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    await bela.goes(`/desk/customers?q=${encodeURIComponent(lastName)}`)
    await bela.follows(/^C-\d+$/)
    const customer = new URL(page.url()).pathname
    await bela.follows(t('desk.balance'))
    await bela.fills({ [t('desk.refund.amount')]: '50,00', [t('desk.balance.reason')]: 'Zwei Tage ohne Dienst' })
    await bela.presses(t('desk.balance.preview'))
    await bela.presses(t('desk.balance.book'))
    await bela.reads(t('desk.balance.done'))

    // what is wrong is told at its field, and nothing that was typed is lost
    await bela.follows(t('desk.payout.new'))
    await looksTwice(bela, 'form')
    const reason = { [t('desk.payout.reason')]: 'Der Kunde hat gekündigt' }
    await bela.fills({ [t('desk.refund.amount')]: '50,01', [t('desk.payout.iban')]: iban, ...reason })
    await bela.presses(t('desk.balance.preview'))
    await bela.reads(bela.say({ key: 'account.refused.balance' }))
    await bela.fills({ [t('desk.refund.amount')]: '30,00', [t('desk.payout.iban')]: `${iban.slice(0, -1)}8` })
    await bela.presses(t('desk.balance.preview'))
    await bela.reads(bela.say({ key: 'sepa.iban.wrong' }))
    await looksTwice(bela, 'wrong')
    await bela.fills({ [t('desk.payout.iban')]: iban })
    await bela.presses(t('desk.balance.preview'))
    await bela.reads(euro(2_000, 'de'))
    await looksTwice(bela, 'confirm')
    await bela.presses(t('desk.payout.book'))
    await bela.reads(t('desk.payout.booked'))
    await looksTwice(bela, 'transfer')
    const payout = new URL(page.url()).pathname
    const reference = /AZ-\d{6}/.exec(await page.getByRole('heading', { level: 1 }).innerText())?.[0] ?? ''
    await bela.goes(`/desk/bank/payouts?q=${reference}`)
    await bela.reads(iban)
    await looksTwice(bela, 'list')
    // what is open is shown at first, and the filter says so; who finds nothing is not told that nothing waits
    const state = bela.field(t('desk.payouts.state'))
    expect([await state.inputValue(), await state.locator('option').count()]).toEqual(['open', 4])
    await bela.goes('/desk/bank/payouts?state=open&q=niemand')
    await bela.reads(t('account.list.none'))
    expect(await page.getByText(t('desk.payouts.none')).count()).toBe(0)
    await bela.looks('none')

    await openMail(kim, email, /30[.,]00/)
    await kim.goes('/login')
    await logIn(kim, email, password).then(() => kim.arrives(/^\/account/))
    await kim.goes('/account/balance')
    await kim.reads(kim.t('account.balance.what.payout'))
    await kim.reads(euro(2_000, 'en'))
    await kim.looks('balance')

    // the house's own online banking
    await bela.goes('/sandbox/bank')
    await bela.fills({
      ...{ [t('sandbox.bank.transfer.name')]: `Kim ${lastName}`, [t('sandbox.bank.transfer.amount')]: '30,00' },
      ...{ [t('sandbox.bank.transfer.purpose')]: reference, [t('sandbox.bank.transfer.other')]: iban },
    })
    await bela.presses(t('sandbox.bank.transfer.out'))
    await bela.reads(t('sandbox.bank.transferred'))
    await looksAtBank(bela)
    await bela.goes(payout)
    await bela.readsAfterReload(t('desk.payouts.state.paid'))
    await looksTwice(bela, 'paid')
    await bela.follows(t('desk.payout.entry.to'))
    await bela.reads(bela.say({ key: 'match.payout', params: { reference } }))
    await looksTwice(bela, 'payment')
    // the filter of a statement's payments stays with the statement
    await bela.goes('/desk/bank')
    await page.locator('tbody a[href*="statementId="]').first().click()
    await bela.arrives(/^\/desk\/bank\/entries/)
    const statement = new URL(page.url()).search
    await bela.fills({ [t('desk.entries.search')]: 'nobody' })
    await bela.presses(t('form.filter'))
    await bela.reads(t('desk.entries.none.title'))
    expect(new URL(page.url()).search).toContain(statement.slice(1))

    // the rest is to be paid out as well, and then is not, in a window with scripts
    const other = await someone({ language: 'de', album: 'payout-script' })
    await logIn(other, 'accounting@kontor.example', demoPassword).then(() => other.arrives(/^\/desk/))
    await other.goes(`${customer}/balance/payout`)
    await other.fills({ [other.t('desk.payout.iban')]: iban, [other.t('desk.payout.reason')]: 'The rest of it as well' })
    await other.presses(other.t('desk.balance.preview'))
    await other.presses(other.t('desk.payout.book'))
    await other.reads(other.t('desk.payout.booked'))
    await looksTwice(other, 'transfer')
    await other.follows(other.t('desk.payout.back'))
    await other.fills({ [other.t('desk.balance.reason')]: 'The customer wants to stay' })
    await looksTwice(other, 'take-back')
    await other.presses(other.t('desk.balance.reverse.act'))
    await other.reads(other.t('desk.decision.reversed'))
    await looksTwice(other, 'taken-back')
    await kim.goes('/account/balance')
    await kim.reads(kim.t('account.balance.what.payout-back'))
  },
)
