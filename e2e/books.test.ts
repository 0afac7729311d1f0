import { expect } from '@jest/globals'
import { logIn } from './errands'
import { journey } from './journey'
import { demoPassword, desktop, phone } from './person'

journey(
  'BEY-48 ADM-07 BEY-27 NEW-14 an accountant adds a service, looks at what a change would cost, issues an invoice, and finds it in every report of the books',
  async (someone) => {
    const bela = await someone({ language: 'de', album: 'books' })
    const { page, t } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))

    await bela.goes('/desk/customers?q=Gruber')
    await bela.follows(/^C-\d+$/)
    await bela.follows(t('desk.account'))
    await bela.arrives(/\/billing$/)
    await bela.follows(t('services.add'))
    await bela.arrives(/\/services\/new$/)
    await bela.looks('add-service')
    await bela.field(t('services.plan')).selectOption('hosting-s')
    await bela.fills({ [t('services.subject')]: 'gruber.example', [t('services.quantity')]: '2' })
    await bela.presses(t('services.add'))
    await bela.reads(t('services.added'))
    await bela.follows(t('services.change.title', { what: 'gruber.example' }))
    await bela.arrives(/\/services\/[0-9a-f-]+$/)
    await bela.fills({ [t('services.quantity')]: '5' })
    await bela.presses(t('services.change.preview'))
    await bela.reads(t('services.change.charge'))
    await bela.looks('change-preview')
    await bela.presses(t('services.change.do'))
    await bela.reads(t('services.changed'))

    await bela.follows(t('desk.billing.work'))
    await bela.arrives(/\/invoice$/)
    await bela.field(t('desk.billing.work.text')).fill('Umzug einer Website')
    await bela.field(t('desk.billing.work.unit')).fill('95,00')
    await bela.presses(t('desk.billing.work.act'))
    await bela.reads(t('desk.billing.state.done'))

    await bela.goes('/desk/books')
    await bela.reads(/^Soll und Haben sind gleich/)
    for (const screen of [desktop, phone]) {
      await page.setViewportSize(screen)
      for (const path of ['', '/ageing', '/revenue', '/open-items', '/vat', '/payments', '/postings']) {
        await bela.goes(`/desk/books${path}`)
        await bela.looks(`books${path.replace('/', '-')}`)
      }
    }
    await page.setViewportSize(desktop)
    await bela.goes('/desk/books/ageing?q=Gruber')
    await bela.reads(t('desk.books.ageing.agrees'))
    await bela.goes('/desk/books/open-items?q=Gruber')
    await bela.reads(/^R-\d{4}-\d{6}$/)
    const csv = await bela.downloads(page.getByRole('link', { name: t('desk.books.csv') }))
    expect(csv.toString()).toContain('Lukas Gruber')
    await bela.follows('Lukas Gruber')
    await bela.arrives(/^\/desk\/books\/customers\//)
    await bela.reads('114,00')
    await bela.looks('customer')
    await bela.follows(t('desk.books.customers-postings'))
    await bela.arrives(/^\/desk\/books\/postings\?customerId=/)
    await bela.reads('Lukas Gruber')

    // 20 % of 95,00 in Austria, through the One Stop Shop; the figure leads to its document
    await bela.goes('/desk/books/vat')
    await bela.reads(t('desk.books.vat.agrees'))
    await bela.follows('Österreich')
    await bela.arrives(/^\/desk\/books\/vat\/documents/)
    await bela.reads('Lukas Gruber')
    await bela.goes('/desk/books')
    await bela.follows(t('account.receivable'))
    await bela.arrives(/^\/desk\/books\/postings\?account=receivable/)
    await page.getByRole('row').nth(1).waitFor()

    await bela.goes('/desk/customers?q=Gruber')
    await bela.follows(/^C-\d+$/)
    await bela.follows(t('forecast.title'))
    await bela.reads(/gruber\.example wird verlängert/)
    await bela.looks('forecast')
  },
)

journey(
  'NEW-14 BEY-37 a company has its VAT id confirmed, and reads its forecast in a calendar until it revokes the address',
  async (someone) => {
    const elodie = await someone({ language: 'en', album: 'tax' })
    const { page, t } = elodie
    await logIn(elodie, 'achats@atelier.example', demoPassword).then(() => elodie.arrives(/^\/account/))
    await elodie.goes('/account/tax')
    await elodie.presses(t('tax.ask'))
    await elodie.reads(t('tax.asked'))
    // the member state answers in its own time: the page asks for it
    await elodie.reads(new RegExp(`^${t('tax.state.valid')}$`))
    await elodie.reads(/^WAPI/)
    await elodie.looks('vat-id')

    await elodie.goes('/account/forecast')
    await elodie.presses(t('forecast.feed.add'))
    await elodie.reads(t('forecast.feed.added'))
    await elodie.looks('address')
    const address = await page
      .getByText(/\/calendar\/[\w-]{43}\.ics$/)
      .first()
      .innerText()
    const stranger = await fetch(address.trim())
    expect([stranger.status, stranger.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8'])
    expect(await stranger.text()).toMatch(/^BEGIN:VCALENDAR/)
    await elodie.presses(t('forecast.feed.revoke'))
    await elodie.reads(t('forecast.feed.revoked'))
    expect((await fetch(address.trim())).status).toBe(404)
  },
)
