import { demoPassword, desktop, phone } from './person'
import { logIn } from './errands'
import { journey } from './journey'

const shop = ['/prices', '/tlds/de', '/tlds/berlin', '/terms', '/login', '/forgot', '/signup/sent', '/no-such-page', '/cart']
const account = [
  '',
  '/orders',
  '/names',
  '/invoices',
  '/contacts',
  '/contacts/new',
  '/forecast',
  '/tax',
  '/profile',
  '/deposit',
  '/balance',
  '/methods',
].map((path) => `/account${path}`)
const desk = [
  '',
  '/clearing',
  '/cases',
  '/customers',
  '/orders',
  '/names',
  '/invoices',
  '/checks',
  '/deliveries',
  '/exports',
  '/audit',
].map((path) => `/desk${path}`)
const money = [
  '/billing',
  '/billing/new',
  '/plans',
  '/plans/new',
  '/books',
  '/books/ageing',
  '/books/revenue',
  '/books/renewals',
  '/books/churn',
  '/books/open-items',
  '/books/vat',
  '/books/payments',
  '/books/postings',
  '/dunning',
  '/dunning/new',
  '/dunning/what-if',
  '/policies',
  '/policies/dunning-new',
  '/policies/move',
  '/base-rates',
  '/collections',
  '/payments',
  '/disputes',
  '/bank',
  '/bank/debits',
  '/bank/payouts',
].map((path) => `/desk${path}`)
const testHouse = ['', '/mailbox', '/letters', '/registry', '/registry/sandbox-de'].map((path) => `/sandbox${path}`)

for (const { who, paths, email } of [
  { who: 'a visitor', paths: [...shop, ...testHouse], email: undefined },
  { who: 'a customer', paths: account, email: 'petra@example.com' },
  { who: 'staff', paths: [...desk, '/sandbox/clock', '/sandbox/bank'], email: 'admin@kontor.example' },
  { who: 'accounting', paths: money, email: 'accounting@kontor.example' },
])
  journey(`every page that ${who} can open is free of barriers and fits, wide and narrow, light and dark`, async (someone) => {
    const reader = await someone({ language: 'de', album: `pages-${who.replaceAll(' ', '-')}` })
    if (email) {
      await logIn(reader, email, demoPassword)
      await reader.arrives(/^\/(account|desk)/)
    }
    const barriers: string[] = []
    for (const path of paths) {
      await reader.goes(path)
      for (const screen of [desktop, phone]) {
        await reader.page.setViewportSize(screen)
        // all that is wrong is told at once
        await reader
          .looks(path.replaceAll('/', '-').slice(1))
          .catch((error: unknown) => barriers.push(`${screen.width} px: ${String(error)}`))
      }
    }
    if (barriers.length > 0) throw new Error(barriers.join('\n'))
  })
