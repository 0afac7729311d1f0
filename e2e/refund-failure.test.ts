import { logIn, looksTwice, newCustomerLoggedIn, openMail, paysIn, provider, tellProvider } from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

/** Waits until the provider has been asked for the refund of a payment, and lets it fail. */
async function failRefund(intentRef: string): Promise<void> {
  for (let tries = 0; tries < 360; tries += 1) {
    const { refunds } = (await (await fetch(`${provider}/state`)).json()) as {
      refunds: { reference: string; intentRef: string }[]
    }
    const refund = refunds.find((one) => one.intentRef === intentRef)
    if (refund) return void (await tellProvider('fail-refund', { refundRef: refund.reference }))
    await new Promise((go) => setTimeout(go, 250))
  }
  throw new Error(`Nobody asked for a refund of ${intentRef}`)
}

journey(
  'BEY-39 a refund that the provider accepted does not arrive: accounting sees it with its reason and puts the money into the balance, and the customer is told',
  async (someone) => {
    const kim = await someone({ language: 'en', album: 'refund-failure-customer' })
    const { email, lastName } = await newCustomerLoggedIn(kim)
    await paysIn(kim, '60')

    const bela = await someone({ language: 'de', album: 'refund-failure' })
    const { page, t } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    await bela.goes(`/desk/payments?q=${encodeURIComponent(lastName)}`)
    await page.locator('tbody a[href^="/desk/payments/"]').first().click()
    await bela.arrives(/^\/desk\/payments\/[0-9a-f-]{36}$/)
    const payment = new URL(page.url()).pathname
    const intentRef = (await page.locator('main').innerText()).match(/pi_\w+/)?.[0] ?? ''
    await bela.fills({ [t('desk.refund.amount')]: '25,00', [t('desk.refund.reason')]: 'Braucht das Guthaben nicht' })
    await bela.presses(t('desk.refund.submit'))

    // the provider has said yes; days later the customer's bank says no
    await failRefund(intentRef)
    const decide = page.getByRole('link', { name: t('refund-failure.decide') })
    await bela.goes(payment)
    await bela.readsAfterReload(t('refund-failure.decide'))
    await looksTwice(bela, 'failed')
    await kim.goes('/account/balance')
    await kim.reads(kim.t('refund-failure.title'))
    await looksTwice(kim, 'failed')

    await decide.first().click()
    await bela.arrives(/\/failed\//)
    await looksTwice(bela, 'decide')
    await page.locator('input[name=way][value=balance]').check()
    await bela.fills({ [t('desk.refund.reason')]: 'Das Konto gibt es nicht mehr' })
    await bela.presses(t('refund-failure.act'))
    await bela.arrives(/^\/desk\/payments\/[0-9a-f-]{36}(\?|$)/)
    await bela.reads(t('refund-failure.state.credited'))
    await bela.looks('settled')

    await openMail(kim, email, /€25\.00/)
    await kim.looks('mail')
    await kim.goes('/account/balance')
    await kim.reads('€60.00')
    await kim.looks('balance')
  },
)
