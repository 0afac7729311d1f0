// What people come to the house for, step by step, as the pages lead them.
import { expect } from '@jest/globals'
import type { FrameLocator, Locator, Page } from 'playwright-core'
import { portsFrom } from '../dev/ports'
import { demoPassword, desktop, houseUrl, phone, type Person } from './person'

export const testCard = '4242 4242 4242 4242'
export const declinedCard = '4000 0000 0000 0002'

let counter = 0
/** A name or address that nobody has used before, in this run or in an earlier one in the same house. */
export const unused = (word: string): string => `${word}-${Date.now().toString(36)}${(counter += 1).toString(36)}`

/** Looks for a name and waits until every registry has answered (or is silent). */
export async function search(person: Person, q: string): Promise<void> {
  const field = person.page.getByRole('searchbox', { name: person.t('search.field') })
  if (!(await field.isVisible().catch(() => false))) await person.goes('/')
  await field.fill(q)
  await person.presses(person.t('search.submit'))
  // the page of another search has the same heading
  await person.arrives(new RegExp(`^/\\?(.*&)?q=${encodeURIComponent(q)}(&|$)`))
  await person.page.getByRole('heading', { level: 1, name: q }).waitFor()
  await person.page.getByText(person.t('search.asking')).first().waitFor({ state: 'detached' })
}

/** One click after the other, as people click: none waits for what came of the one before. */
export async function takeIntoCart(person: Person, ...names: string[]): Promise<void> {
  const { page } = person
  const adding = names.map((name) => page.getByRole('button', { name: person.t('search.add-name', { name }), exact: true }))
  const allThere = async () => (await Promise.all(adding.map((add) => add.isVisible()))).every(Boolean)
  // a registry that was too slow to answer is asked again, as a person does
  for (let tries = 0; tries < 5 && !(await allThere()); tries += 1) {
    await page.reload()
    await person.settles()
    await page.getByText(person.t('search.asking')).first().waitFor({ state: 'detached' })
  }
  for (const add of adding) await add.click()
  for (const add of adding) await page.getByRole('listitem').filter({ has: add }).waitFor({ state: 'detached' })
}

export interface NewCustomer {
  kind: 'individual' | 'corporate'
  email: string
  password: string
  firstName: string
  lastName: string
}

/** From the choice of kind to "look into your mailbox". */
export async function signUp(
  person: Person,
  customer: NewCustomer,
  look: (name: string) => Promise<void> = async () => {},
): Promise<void> {
  const { t } = person
  const corporate = customer.kind === 'corporate'
  await person.goes('/signup')
  await look('signup-kind')
  await person.follows(new RegExp(t(`signup.kind.${customer.kind}`)))
  await person.readsHeading(t(`signup.data.title.${customer.kind}`))
  if (corporate)
    await person.fills({
      [t('signup.organisation')]: 'Nordlicht Instruments GmbH',
      [t('signup.tax-number')]: '27/123/45678',
      [t('signup.tax-office')]: 'Hamburg-Mitte',
    })
  // nobody is asked what does not concern them
  else expect(await person.page.getByRole('heading', { name: t('signup.company') }).count()).toBe(0)
  await person.fills({
    [t('signup.first-name')]: customer.firstName,
    [t('signup.last-name')]: customer.lastName,
    [t('signup.phone')]: '+49 40 5550123',
    [t('signup.street')]: 'Kehrwieder 9',
    [t('signup.postcode')]: '20457',
    [t('signup.city')]: 'Hamburg',
    [t('signup.email')]: customer.email,
    [t('signup.password')]: customer.password,
  })
  await look('signup-details')
  await person.presses(t('signup.submit'))
  await person.readsHeading(t('signup.sent.title'))
}

/** Opens the newest mail to an address; waits until it is there. */
export async function openMail(person: Person, to: string, subject?: RegExp): Promise<void> {
  const { page } = person
  const links = page.getByRole('row').filter({ hasText: to }).getByRole('link')
  const wanted = (subject ? links.filter({ hasText: subject }) : links).first()
  const deadline = Date.now() + 150_000
  for (;;) {
    await person.goes(`/sandbox/mailbox?q=${encodeURIComponent(to)}`)
    if (await wanted.isVisible()) break
    if (Date.now() > deadline) throw new Error(`No mail ${subject?.source ?? ''} to ${to}`)
    await page.waitForTimeout(500) // mail takes its time; a person reloads, too
  }
  await wanted.click()
  await person.arrives(/^\/sandbox\/mailbox\/[^?]+$/)
}

/** Where the first button of the newest mail leads. */
export async function linkInMail(person: Person, to: string, path: RegExp, subject?: RegExp): Promise<string> {
  await openMail(person, to, subject)
  const link = await mailBody(person.page).getByRole('link').first().getAttribute('href')
  const address = new URL(link ?? '')
  expect(address.origin).toBe(new URL(houseUrl).origin)
  expect(address.pathname).toMatch(path)
  return address.pathname
}

/**
 * Somebody whom no other journey knows, signed up and verified: journeys share one house, and what one of them bills, pays or switches must not
 * happen to another. The last name finds nobody else. `mailbox`: how the mail address begins; mails to bounce@ come back.
 */
export async function newCustomer(person: Person, { mailbox = '' } = {}): Promise<NewCustomer> {
  const login = unused('kunde')
  const customer: NewCustomer = {
    ...{ kind: 'individual', email: `${mailbox}${login}@example.com`, password: 'noch ein langer satz' },
    ...{ firstName: 'Kim', lastName: `Neumann ${login.slice(6)}` },
  }
  await signUp(person, customer)
  await person.goes(await linkInMail(person, customer.email, /^\/verify\/./))
  await person.presses(person.t('verify.submit'))
  await person.readsHeading(person.t('verify.done.title'))
  return customer
}

export const mailBody = (page: Page): FrameLocator => page.frameLocator('iframe.mail')

export async function logIn(person: Person, email: string, password = demoPassword): Promise<void> {
  if (!/\/login/.test(person.page.url())) await person.goes('/login')
  await person.fills({ [person.t('signup.email')]: email, [person.t('signup.password')]: password })
  await person.presses(person.t('login.submit'))
}

/** Somebody new (newCustomer), who has logged in. */
export async function newCustomerLoggedIn(person: Person): Promise<NewCustomer> {
  const customer = await newCustomer(person)
  await person.goes('/login')
  await logIn(person, customer.email, customer.password)
  await person.arrives(/^\/account/)
  return customer
}

/** Looks at the page as wide as a desk and as narrow as a phone. */
export const looksTwice = async (person: Person, name: string): Promise<void> => {
  for (const screen of [desktop, phone]) {
    await person.page.setViewportSize(screen)
    await person.looks(name)
  }
  await person.page.setViewportSize(desktop)
}

/** On a page that follows what happens by itself; without scripts one reloads. */
const readsSoon = (person: Person, text: string | RegExp): Promise<void> =>
  person.circumstances.script === false ? person.readsAfterReload(text) : person.reads(text, { seconds: 150 })

/** An accountant issues an invoice for work to one customer, and waits until it is issued: nobody else's journey sees it. */
export async function billWork(accountant: Person, customer: string, text: string, price: string): Promise<void> {
  const { page, t } = accountant
  await accountant.goes(`/desk/customers?q=${encodeURIComponent(customer)}`)
  await accountant.follows(/^C-\d+$/)
  await accountant.follows(t('desk.account'))
  await accountant.follows(t('desk.billing.work'))
  const first = page.getByRole('group', { name: t('desk.billing.work.line', { n: 1 }) })
  await accountant.fills({ [t('desk.billing.work.text')]: text, [t('desk.billing.work.unit')]: price }, first)
  await accountant.presses(t('desk.billing.work.act'))
  await accountant.arrives(/^\/desk\/billing\/billing(:|%3A)/)
  await readsSoon(accountant, t('desk.billing.state.done'))
}

/** Somebody orders a transfer at the sandbox bank, and the house looks into its account. */
export async function transfer(accountant: Person, amount: string, purpose: string): Promise<void> {
  const { t } = accountant
  await accountant.goes('/sandbox/bank')
  await accountant.fills({ [t('sandbox.bank.transfer.amount')]: amount, [t('sandbox.bank.transfer.purpose')]: purpose })
  await accountant.presses(t('sandbox.bank.transfer.do'))
  await accountant.reads(t('sandbox.bank.transferred'))
  await looksAtBank(accountant)
}

/** The house asks its bank what there is. */
export async function looksAtBank(accountant: Person): Promise<void> {
  await accountant.goes('/desk/bank')
  await accountant.presses(accountant.t('desk.bank.look'))
  await accountant.reads(accountant.t('desk.bank.looked'))
}

/** Somebody of clearing lets a held order go on. */
export async function approve(clara: Person, orderId: string): Promise<void> {
  await logIn(clara, 'clearing@kontor.example', demoPassword).then(() => clara.arrives(/^\/desk/))
  await clara.goes(`/desk/clearing/${orderId}`)
  await clara.page.getByText(clara.t('desk.held.approve'), { exact: true }).click()
  await clara.fills({ [clara.t('desk.held.reason')]: 'Address and phone are checked, all fine.' })
  await clara.presses(clara.t('desk.held.submit'))
  await clara.reads(clara.t('desk.held.saved'))
}

/** From the order's page to the provider's. */
export async function goToPay(person: Person): Promise<void> {
  const words = person.t('account.order.pay', { amount: '€' }).split('€').join('.*')
  await person.page.getByRole('button', { name: new RegExp(`^${words}$`) }).click()
  await person.page.waitForURL(/\/c\/pay\//)
}

/** A customer who is logged in pays into the balance by card; `amount` in euros, as one types it. */
export async function paysIn(person: Person, amount: string): Promise<void> {
  const { page, t } = person
  await person.goes('/account/balance')
  await person.fills({ [t('account.balance.amount')]: amount })
  await page.locator('input[name=method][value=card]').check()
  await person.presses(t('account.balance.submit'))
  await page.waitForURL(/\/c\/pay\//)
  await payWith(person, testCard)
  await person.arrives(/^\/account\/payments\//)
  const words = person.say({ key: 'payment.headline.deposited', params: { amount: '€' } }).split('€')
  await readsSoon(person, new RegExp(words.join('.*')))
}

/** On the provider's own page. */
export async function payWith(person: Person, card: string): Promise<void> {
  const { page } = person
  await page.locator('input[name=number]').fill(card)
  await page.locator('input[name=expiry]').fill('12 / 34')
  await page.locator('input[name=cvc]').fill('123')
  await page.locator('input[name=holder]').fill('E2E Example')
  await page.locator('button').first().click()
}

/** From the search to the placed order, for somebody who is logged in. Answers its number. */
export async function order(
  person: Person,
  names: string[],
  { newHolder, method }: { newHolder?: string; method?: string } = {},
): Promise<string> {
  const { page, t } = person
  for (const name of names) {
    await search(person, name)
    await takeIntoCart(person, name)
  }
  await person.goes('/checkout')
  if (newHolder) {
    const another = page.locator('details').filter({ hasText: t('checkout.holder.new') })
    await another.locator('summary').click()
    await fillContact(person, newHolder, another)
    await person.field(t('contact.country'), another).selectOption('DE')
    await person.presses(t('checkout.holder.new.save'), another)
    await another.getByLabel(t('contact.name'), { exact: true }).waitFor({ state: 'hidden' })
  }
  const holders = page.locator('select[name^="holder."]')
  for (let item = 0; item < (await holders.count()); item += 1) {
    const choice = newHolder
      ? { label: await holders.nth(item).locator('option', { hasText: newHolder }).innerText() }
      : { index: 1 }
    await holders.nth(item).selectOption(choice)
  }
  await person.presses(t('checkout.next'))
  await person.readsHeading(t('checkout.review.title'))
  // of kept cards the first
  if (method) await page.locator(`input[name=method][value^=${method}]`).first().check()
  await page.getByRole('checkbox').check()
  await person.presses(t('checkout.place'))
  await person.arrives(/^\/account\/orders\/[^?]+(\?done=unpaid)?$/)
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}

export const fillContact = (person: Person, name: string, within: Locator): Promise<void> =>
  person.fills(
    {
      [person.t('contact.name')]: name,
      [person.t('contact.street')]: 'Große Freiheit 36',
      [person.t('contact.postcode')]: '22767',
      [person.t('contact.city')]: 'Hamburg',
      [person.t('contact.email')]: 'kontakt@example.com',
      [person.t('contact.phone')]: '+49 40 5550199',
    },
    within,
  )

/** What a customer's bank and the card network do is told to the sandbox card provider: there is no page for it. */
export const provider = `http://127.0.0.1:${portsFrom(Number(new URL(houseUrl).port)).sandbox}/payments`
export async function tellProvider(what: string, said: Record<string, unknown>): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${provider}/${what}`, { method: 'POST', headers, body: JSON.stringify(said) })
  expect([what, answer.status]).toEqual([what, 200])
  return answer.json()
}
