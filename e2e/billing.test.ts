import { expect } from '@jest/globals'
import { logIn } from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

journey(
  'BEY-28 INV-11 BEY-30 an accountant looks at what would be issued, keeps a customer out, issues the rest, and the invoices are there',
  async (someone) => {
    const bela = await someone({ language: 'de', album: 'billing' })
    const { page, t, say } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))

    // Petra's address is in doubt: nothing is billed to her until somebody has looked
    await bela.goes('/desk/customers?q=Petra')
    await bela.follows(/^C-\d+$/)
    await bela.follows(t('desk.account'))
    await bela.arrives(/\/billing$/)
    await bela.field(t('desk.account.tag.which')).selectOption('parked')
    await bela.fills({ [t('desk.account.tag.reason')]: 'Ihre Post kommt zurück' })
    await bela.presses(t('desk.account.tag.set'))
    await bela.reads(t('desk.account.tag.done'))
    await bela.looks('parked-customer')

    await bela.goes('/desk/billing')
    await bela.follows(t('desk.billing.new'))
    await bela.presses(t('desk.billing.go-on'))
    await bela.arrives(/^\/desk\/billing\/billing-preview/)
    await bela.reads(t('desk.billing.issue'))
    await bela.reads(say({ key: 'billing.left-out.parked' }))
    await bela.looks('preview')
    const csv = await bela.downloads(page.getByRole('link', { name: t('desk.billing.csv') }))
    expect(csv.toString()).toContain('Petra Stamm')

    await bela.follows(t('desk.billing.issue'))
    await bela.looks('confirm')
    await page.getByRole('button', { name: /^Rechnungen zum .* ausstellen$/ }).click()
    await bela.arrives(/^\/desk\/billing\/billing(:|%3A)/)
    await bela.reads(t('desk.billing.state.done'))
    await bela.looks('issued')

    await bela.goes('/desk/invoices')
    await bela.reads(/^R-\d{4}-\d{6}$/)
  },
)
