import { expect } from '@jest/globals'
import { billWork, logIn, looksTwice, newCustomer, transfer } from './errands'
import { journey } from './journey'
import { demoPassword, desktop, phone, type Person } from './person'

/** Issues an invoice for work and opens the page on which it is chased: its case begins by itself. */
async function billed(bela: Person, customer: string, text: string, price: string): Promise<string> {
  const { page } = bela
  const list = `/desk/collections?q=${encodeURIComponent(customer)}&level=0`
  const link = page.getByRole('link', { name: /^R-\d{4}-\d{6}$/ })
  await bela.goes(list)
  const before = await link.count()
  await billWork(bela, customer, text, price)
  // its case begins after the run that issued it has ended
  const deadline = Date.now() + 90_000
  for (;;) {
    await bela.goes(list)
    if ((await link.count()) > before) break
    if (Date.now() > deadline) throw new Error('Nobody chases the invoice')
    await page.waitForTimeout(500)
  }
  const number = await link.last().innerText()
  await link.last().click()
  await bela.arrives(/^\/desk\/collections\/[^/]+$/)
  return number
}

journey(
  'DUN-02 BEY-25 an invoice that is not paid is chased by itself: one is deferred and written off, the other ends as soon as the bank tells of its money',
  async (someone) => {
    const bela = await someone({ language: 'de', album: 'collections' })
    const { page, t, say } = bela
    const { lastName } = await newCustomer(await someone({ language: 'de' }))
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))

    await billed(bela, lastName, 'Umzug der Webseite', '120,00')
    await bela.looks('chased')
    await bela.follows(t('desk.collection.defer'))
    await bela.looks('defer')
    await bela.presses(t('desk.collection.defer'))
    await bela.reads(t('desk.collection.done'))
    await bela.follows(t('desk.collection.write-off'))
    await bela.looks('write-off')
    await bela.fills({ [t('desk.collection.reason')]: 'Die Kundin ist verstorben, es gibt keine Erben.' })
    await page.getByRole('button', { name: /ausbuchen$/ }).click()
    await bela.reads(say({ key: 'collection.headline.written-off' }))
    for (const screen of [desktop, phone]) {
      await page.setViewportSize(screen)
      await bela.looks(`written-off-${screen.width}`)
    }
    await page.setViewportSize(desktop)

    const number = await billed(bela, lastName, 'Einrichtung des Postfachs', '50,00')
    const chase = page.url()
    for (const screen of [desktop, phone]) {
      await page.setViewportSize(screen)
      await bela.goes('/desk/collections')
      await bela.looks(`list-${screen.width}`)
    }
    await page.setViewportSize(desktop)
    await transfer(bela, '59,50', `Rechnung ${number}`)
    await bela.goes(new URL(chase).pathname)
    // the page follows the case
    await bela.reads(say({ key: 'collection.headline.paid' }))
    await bela.looks('paid')
  },
)

journey(
  'INV-06 DUN-02 an invoice comes back: its chase waits, says why, and goes on when an accountant has it posted instead, or goes on all the same; without scripts',
  async (someone) => {
    const bela = await someone({ language: 'de', album: 'returned', script: false })
    const { page, t, say } = bela
    const { lastName } = await newCustomer(await someone({ language: 'de' }), { mailbox: 'bounce.' })
    await logIn(bela, 'accounting@kontor.example', demoPassword).then(() => bela.arrives(/^\/desk/))
    /** The mail server reports within seconds. */
    const comesBack = () => bela.readsAfterReload(t('desk.collection.letter-again'))

    const number = await billed(bela, lastName, 'Umzug der Webseite', '120,00')
    await comesBack()
    await looksTwice(bela, 'waits')
    await bela.goes('/desk/collections?state=returned')
    await bela.reads(number)
    await looksTwice(bela, 'list')
    await bela.follows(number)

    await bela.follows(t('desk.collection.letter-again'))
    await page.getByLabel(t('desk.collection.way')).selectOption('letter')
    await bela.fills({ [t('desk.collection.reason')]: 'kurz' })
    await looksTwice(bela, 'again')
    await page.getByRole('button', { name: t('desk.collection.letter-again') }).click()
    await bela.reads(say({ key: 'field.reason-short' }))
    await bela.fills({ [t('desk.collection.reason')]: 'Das Postfach gibt es nicht mehr.' })
    await page.getByRole('button', { name: t('desk.collection.letter-again') }).click()
    await bela.reads(t('desk.collection.done'))
    expect(await page.getByRole('link', { name: t('desk.collection.letter-again') }).count()).toBe(0)
    await bela.reads('Das Postfach gibt es nicht mehr.')
    await looksTwice(bela, 'posted')

    await billed(bela, lastName, 'Einrichtung des Postfachs', '50,00')
    await comesBack()
    await bela.follows(t('desk.collection.letter-on'))
    await looksTwice(bela, 'on')
    await bela.fills({ [t('desk.collection.reason')]: 'Die Kundin hat die Rechnung am Telefon bestätigt.' })
    await page.getByRole('button', { name: t('desk.collection.letter-on') }).click()
    await bela.reads(t('desk.collection.done'))
    await looksTwice(bela, 'went-on')
  },
)
