import { expect } from '@jest/globals'
import { daysLater } from '../workflows/policy/billing'
import { houseDay } from '../workflows/policy/calendar'
import { showMoney } from '../workflows/policy/money'
import { billWork, logIn, looksTwice, mailBody, newCustomer, openMail } from './errands'
import { journey } from './journey'
import { demoPassword, phone, type Person } from './person'

const euro = (amount: number, language: 'de' | 'en') => showMoney({ amount, currency: 'EUR' }, language)

// The time of the house is everybody's: run.ts lets this journey begin when all others have ended.
journey(
  'BEY-29 DUN-01 DUN-03 BEY-25 BEY-26 the house is moved ahead by two weeks: what is unpaid by then is dunned and blocked by itself or by a run that is released; fees are waived, a block is lifted and set again',
  async (someone) => {
    const today = houseDay(new Date().toISOString())
    const kim = await someone({ language: 'en', screen: phone, album: 'clock-customer' })
    const { email, password, lastName } = await newCustomer(kim)
    const bela = await someone({ language: 'de', album: 'clock-desk' })
    const { page, t, say } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))

    // one invoice goes by rules that write soon and block soon, another by rules whose letters wait for a run; nothing is sent at night otherwise
    const [swift, byRun] = [daysLater(today, 9), daysLater(today, 10)]
    await addRules(bela, swift, async () => {
      await page.locator('[name="policy.levels.1.daysAfterDue"]').fill('2')
      await page.locator('[name="policy.levels.1.fee"]').fill('2,50')
      await page.locator('[name="policy.levels.1.blocks"]').check()
    })
    await addRules(bela, byRun, () => page.getByLabel(t('desk.rules.release.by-run')).check())
    const [blocked = '', listed = ''] = [
      await chasedBy(bela, { lastName, text: 'Umzug', version: swift }),
      await chasedBy(bela, { lastName, text: 'Beratung', version: byRun }),
    ]
    await bela.looks('moved-to-other-rules')

    const ada = await someone({ language: 'de', album: 'clock' })
    await logIn(ada, 'admin@kontor.example', demoPassword).then(() => ada.arrives(/^\/desk/))
    await ada.goes('/sandbox/clock')
    await ada.looks('before')
    await ada.fills({ [t('sandbox.clock.to')]: daysLater(today, 16) })
    await ada.presses(t('sandbox.clock.to.do'))
    await ada.page.getByRole('progressbar').waitFor()
    await ada.looks('under-way')
    await ada.page.getByRole('button', { name: t('sandbox.clock.by.week') }).waitFor({ timeout: 240_000 })
    await ada.reads(say({ key: 'event.collection-blocked' }))
    await looksTwice(ada, 'after')

    // what waits for a run is listed and released
    await bela.goes('/desk/dunning')
    await bela.looks('waiting')
    await bela.goes(`/desk/customers?q=${encodeURIComponent(lastName)}`)
    const number = await page.getByRole('link', { name: /^C-\d+$/ }).innerText()
    await bela.goes('/desk/dunning/new')
    await page.getByLabel(t('desk.dunning.customer')).fill(number)
    await bela.presses(t('desk.dunning.begin'))
    await bela.arrives(/^\/desk\/dunning\/dunning(:|%3A)/)
    await bela.follows(t('desk.dunning.release'))
    await bela.reads(t('desk.dunning.release.text', { count: 1 }))
    await looksTwice(bela, 'release')
    await bela.presses(t('desk.dunning.release.act'))
    await bela.arrives(/^\/desk\/dunning\/dunning(:|%3A)[^/]+$/)
    await bela.reads(new RegExp(`^${t('desk.dunning.phase.done')}$`))
    await bela.reads(t('desk.dunning.line.sent'))
    await looksTwice(bela, 'released')

    // the customer reads it in a mail, and finds it beside the invoice
    await openMail(kim, email, new RegExp(kim.say({ key: 'mail.payment-reminder.subject', params: { number: listed } })))
    await mailBody(kim.page).getByText(listed).first().waitFor()
    await kim.looks('reminder-mail')
    await kim.goes('/login')
    await logIn(kim, email, password).then(() => kim.arrives(/^\/account/))
    await kim.reads(kim.t('account.open.blocked'))
    await kim.looks('account')
    await kim.goes('/account/invoices')
    await kim.reads(kim.t('account.open.blocked'))
    await kim.reads(/We reminded you on/)
    await kim.looks('invoices')
    const letters = kim.page.getByRole('row').filter({ hasText: kim.t('document.reminder') })
    expect(await letters.count()).toBe(3)
    const letter = await kim.downloads(letters.getByRole('link', { name: /PDF/ }).first())
    expect(letter.subarray(0, 5).toString()).toBe('%PDF-')
    await letters.getByRole('link').first().click()
    await kim.arrives(/^\/account\/invoices\/[^/]+$/)
    await kim.looks('letter')

    // fees are waived in part and then all of them; the block is lifted, and set again
    const chase = await openChase(bela, lastName, blocked)
    await looksTwice(bela, 'blocked')
    await bela.follows(t('desk.collection.waive'))
    await bela.fills({ [t('desk.refund.amount')]: '100,00', [t('desk.collection.reason')]: 'Die Mahnung kam zu früh' })
    await bela.presses(t('desk.collection.waive'))
    await page.getByRole('alert').first().waitFor()
    await bela.looks('waive-too-much')
    await bela.fills({ [t('desk.refund.amount')]: '2,50' })
    await bela.presses(t('desk.collection.waive'))
    await bela.reads(t('desk.decision.claims-waived'))
    await bela.follows(t('desk.collection.lift-block'))
    await bela.fills({ [t('desk.collection.reason')]: 'Der Kunde zahlt bis Freitag' })
    await bela.looks('lift')
    await bela.presses(t('desk.collection.lift-block'))
    await bela.reads(t('desk.decision.block-lifted'))
    await kim.goes('/account/invoices')
    expect(await kim.page.getByText(kim.t('account.open.blocked')).count()).toBe(0)
    await bela.follows(t('desk.collection.restore-block'))
    await bela.fills({ [t('desk.collection.reason')]: 'Am Freitag kam kein Geld' })
    await bela.presses(t('desk.collection.restore-block'))
    await bela.reads(t('desk.decision.block-restored'))
    await bela.reads(euro(9_520, 'de'))
    await looksTwice(bela, 'decided')
    await kim.goes('/account/invoices')
    await kim.reads(kim.t('account.open.blocked'))
    expect(new URL(page.url()).pathname).toBe(chase)
  },
)

/** Dunning rules with a first letter on the day after the due day, at any hour. */
async function addRules(bela: Person, validFrom: string, change: () => Promise<void>): Promise<void> {
  const { page, t } = bela
  await bela.goes('/desk/policies/dunning-new')
  await bela.fills({ [t('desk.policies.valid-from')]: validFrom, [t('desk.policies.note')]: 'Zum Ausprobieren' })
  await page.locator('[name="policy.levels.0.daysAfterDue"]').fill('1')
  for (const end of ['from', 'until']) await page.locator(`[name="policy.quietHours.${end}"]`).fill('00:00')
  await change()
  await bela.presses(t('desk.policies.keep'))
  await bela.arrives(/^\/desk\/policies\?added=/)
}

/** The page on which an invoice is chased; its case begins by itself. */
async function openChase(bela: Person, lastName: string, number?: string): Promise<string> {
  const { page } = bela
  const link = page.getByRole('link', { name: number ?? /^R-\d{4}-\d{6}$/ }).last()
  for (let tries = 0; tries < 60; tries += 1) {
    await bela.goes(`/desk/collections?q=${encodeURIComponent(lastName)}`)
    if (await link.isVisible()) break
    await page.waitForTimeout(500)
  }
  await link.click()
  await bela.arrives(/^\/desk\/collections\/[^/]+$/)
  return new URL(page.url()).pathname
}

/** Issues an invoice that nobody will pay, and lets it be chased by other rules; answers its number. */
async function chasedBy(
  bela: Person,
  { lastName, text, version }: { lastName: string; text: string; version: string },
): Promise<string> {
  const { page, t } = bela
  await billWork(bela, lastName, text, '80,00')
  await bela.goes(`/desk/invoices?state=invoice&q=${encodeURIComponent(lastName)}`)
  const number = await page
    .getByRole('link', { name: /^R-\d{4}-\d{6}$/ })
    .first()
    .innerText()
  await openChase(bela, lastName, number)
  await bela.goes(`/desk/policies/move?number=${number}`)
  await bela.field(t('desk.policies.move.to')).selectOption(version)
  await bela.presses(t('desk.policies.move.act'))
  await bela.reads(t('desk.policies.move.done'))
  return number
}
