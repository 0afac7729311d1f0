import { expect } from '@jest/globals'
import { billWork, logIn, newCustomer } from './errands'
import { journey } from './journey'
import { demoPassword, desktop, phone } from './person'

journey(
  'DUN-01 NEW-06 NEW-13 an accountant tries other rules, keeps them for later, looks through a dunning list, leaves a line out, and throws it away',
  async (someone) => {
    const bela = await someone({ language: 'de', album: 'dunning' })
    const { page, t, say } = bela
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))

    const { lastName } = await newCustomer(await someone({ language: 'de' }))
    // what nobody pays is due for a letter in three weeks
    for (const text of ['Umzug', 'Beratung']) await billWork(bela, lastName, text, '80,00')
    await bela.goes(`/desk/customers?q=${encodeURIComponent(lastName)}`)
    const number = await page.getByRole('link', { name: /^C-\d+$/ }).innerText()

    // what would other rules do? A mistake is told at its field
    await bela.goes('/desk/dunning')
    await bela.follows(t('desk.dunning.what-if'))
    await bela.reads(t('desk.what-if.sum.difference'))
    await page.getByLabel(t('desk.rules.fee')).first().fill('5,00')
    await bela.presses(t('desk.what-if.count'))
    await bela.reads(say({ key: 'dunning.fault.first-is-free' }))
    await bela.looks('what-if-wrong')
    await page.getByLabel(t('desk.rules.fee')).first().fill('0')
    await page.getByLabel(t('desk.rules.fee')).nth(1).fill('2,50')
    await bela.presses(t('desk.what-if.count'))
    await bela.reads(t('desk.what-if.sum.difference'))
    await bela.looks('what-if')
    await page.setViewportSize(phone)
    await bela.looks('what-if-phone')
    await page.setViewportSize(desktop)

    // the rules that hold are listed with who made them; another version comes on a later day
    await bela.goes('/desk/policies')
    await bela.reads(t('desk.policies.in-force'))
    await bela.looks('policies')
    await bela.follows(t('desk.policies.new.dunning'))
    await bela.fills({ [t('desk.policies.note')]: 'Mahnläufe statt Automatik' })
    await page.getByLabel(t('desk.rules.release.by-run')).check()
    await bela.looks('new-rules')
    await bela.presses(t('desk.policies.keep'))
    await bela.arrives(/^\/desk\/policies\?added=/)
    await bela.reads(t('desk.policies.to-come'))

    await bela.goes('/desk/base-rates')
    await bela.looks('base-rates')

    // a list of one customer for a day on which something is due: one line is left out, one put off; the list can't be released before its day
    await bela.goes('/desk/dunning')
    await bela.follows(t('desk.dunning.new'))
    await page.getByLabel(t('desk.dunning.day')).fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10))
    await page.getByLabel(t('desk.dunning.customer')).fill('C-999999999')
    await bela.presses(t('desk.dunning.begin'))
    await bela.reads(say({ key: 'billing.no-such-customer' }))
    await page.getByLabel(t('desk.dunning.customer')).fill(number)
    await bela.looks('new-list')
    await bela.presses(t('desk.dunning.begin'))
    await bela.arrives(/^\/desk\/dunning\/dunning(:|%3A)/)
    await bela.reads(t('desk.dunning.phase.listed'))
    // nobody else's, and how each letter will go out
    await page.locator('input[name=documentIds]').nth(1).waitFor()
    expect(await page.locator('input[name=documentIds]').count()).toBe(2)
    await bela.reads(t('desk.dunning.way.mail'))
    await bela.looks('list')
    const csv = await bela.downloads(page.getByRole('link', { name: t('desk.dunning.csv') }))
    expect(csv.toString()).toContain('customer,name,invoice')
    expect(await page.getByRole('link', { name: t('desk.dunning.release'), exact: true }).count()).toBe(0)

    await bela.presses(t('desk.dunning.change.exclude'))
    await bela.reads(t('desk.dunning.change.none'))
    await page.locator('input[name=documentIds]').first().check()
    await bela.fills({ [t('desk.dunning.change.reason')]: 'kurz' })
    await bela.presses(t('desk.dunning.change.exclude'))
    await bela.reads(say({ key: 'field.reason-short' }))
    await page.locator('input[name=documentIds]').first().check()
    await bela.fills({ [t('desk.dunning.change.reason')]: 'Am Telefon versprochen' })
    await bela.presses(t('desk.dunning.change.exclude'))
    await bela.reads(t('desk.dunning.change.done', { count: 1 }))
    await bela.reads(/Am Telefon versprochen/)
    await bela.looks('list-changed')
    await page.setViewportSize(phone)
    await bela.looks('list-phone')
    await page.setViewportSize(desktop)
    await bela.follows(t('desk.dunning.customers'), page.getByRole('navigation', { name: t('desk.dunning.view') }))
    await bela.arrives(/view=customers/)
    await bela.looks('list-by-customer')

    await bela.follows(t('desk.dunning.discard'))
    await bela.arrives(/\/discard$/)
    await bela.fills({ [t('desk.dunning.change.reason')]: 'Nur zum Ansehen gedacht' })
    await bela.looks('discard')
    await bela.presses(t('desk.dunning.discard.act'))
    await bela.reads(t('desk.dunning.phase.discarded'))
    await bela.goes('/desk/dunning')
    await bela.looks('runs')
  },
)
