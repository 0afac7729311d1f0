import type { ReactNode } from 'react'
import { Form, Link, NavLink, useSearchParams } from '@remix-run/react'
import type { BooksReport, PeriodInput } from '../../../api/operations/books-types'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Button } from './button'
import { useCountryName } from './contact-fields'
import { Field, plainField } from './field'
import { Icon } from './icon'
import { Money } from './money'
import { useViewer } from './viewer'
import './books.css'

const reports = [
  ['/desk/books', 'desk.books.trial-balance'],
  ['/desk/books/open-items', 'desk.books.open-items'],
  ['/desk/books/ageing', 'desk.books.ageing'],
  ['/desk/books/revenue', 'desk.books.revenue'],
  ['/desk/books/renewals', 'desk.books.renewals'],
  ['/desk/books/churn', 'desk.books.churn'],
  ['/desk/books/vat', 'desk.books.vat'],
  ['/desk/books/payments', 'desk.books.payments'],
  ['/desk/books/postings', 'desk.books.postings'],
] as const satisfies (readonly [string, TextKey])[]

/** The way from report to report. */
export function Reports() {
  const t = useText()
  return (
    <nav className="reports" aria-label={t('desk.books.reports')}>
      {reports.map(([to, title]) => (
        <NavLink key={to} to={to} end className="tab" prefetch="intent">
          {t(title)}
        </NavLink>
      ))}
    </nav>
  )
}

/** The report as a file, as it is filtered now. */
export function CsvLink({ report }: { report: BooksReport }) {
  const t = useText()
  const [query] = useSearchParams()
  const asked = new URLSearchParams(query)
  asked.delete('page')
  asked.set('report', report)
  return (
    <a className="button button--small" href={`/desk/books/csv?${asked.toString()}`}>
      <Icon name="down" size={16} />
      {t('desk.books.csv')}
    </a>
  )
}

/** From and until of a period; for a form of its own or within the filters. */
export function PeriodFields({ from, until }: { from: string; until: string }) {
  const t = useText()
  return (
    <>
      <Field type="date" required={false} field={plainField('from', from)} label={t('desk.books.from')} />
      <Field type="date" required={false} field={plainField('until', until)} label={t('desk.books.until')} />
    </>
  )
}

/** The period of a report that has no other filter. */
export function PeriodForm({ from, until }: { from: string; until: string }) {
  const t = useText()
  return (
    <Form className="filters" key={`${from} ${until}`}>
      <PeriodFields from={from} until={until} />
      <Button icon="search">{t('form.filter')}</Button>
    </Form>
  )
}

/** What a report's loader reads from the URL beside the list's own. */
export const periodQuery = (request: Request): PeriodInput => {
  const query = new URL(request.url).searchParams
  const [from, until] = [query.get('from') || undefined, query.get('until') || undefined]
  return { ...(from ? { from } : {}), ...(until ? { until } : {}) }
}

export const textQuery = (request: Request, name: string): string | undefined =>
  new URL(request.url).searchParams.get(name)?.slice(0, 200) || undefined

const heads: Record<string, TextKey> = {
  receivable: 'account.receivable',
  credit: 'account.credit',
  reserved: 'account.reserved',
  claims: 'account.claims',
  'debit-in-transit': 'account.debit-in-transit',
  'transfer-in-transit': 'account.transfer-in-transit',
  'refund-in-transit': 'account.refund-in-transit',
  'payout-in-transit': 'account.payout-in-transit',
  disputed: 'account.disputed',
  'refund-owed': 'account.refund-owed',
  'suspense:bank': 'account.suspense',
  'fees:dunning': 'account.fees-dunning',
  'fees:bank': 'account.fees-bank',
  'fees:disputes': 'account.fees-disputes',
  goodwill: 'account.goodwill',
  'balance-corrections': 'account.balance-corrections',
  'interest:default': 'account.interest',
  'loss:bad-debt': 'account.loss',
}
const withPart: Record<string, TextKey> = { revenue: 'account.revenue', provider: 'account.provider', bank: 'account.bank' }
/** the house's own account has no name beside its bank's */
const partNames: Record<string, string> = { stripe: 'Stripe', paypal: 'PayPal', main: '' }
const groups: Record<string, TextKey> = {
  'domain-names': 'revenue.domain-names',
  hosting: 'revenue.hosting',
  escrow: 'revenue.escrow',
  support: 'revenue.support',
}

export function useGroupName(): (group: string) => string {
  const t = useText()
  return (group) => (groups[group] ? t(groups[group]) : group)
}

function useDateName(parts: Intl.DateTimeFormatOptions): (date: string) => string {
  const { language } = useViewer()
  const format = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', { ...parts, timeZone: 'UTC' })
  return (date) => format.format(new Date(date))
}
/** A month (2026-11) as a table and a chart name it. */
export const useMonthName = () => useDateName({ month: '2-digit', year: 'numeric' })
/** A day (2026-11-23), short enough for a chart. */
export const useDayName = () => useDateName({ day: '2-digit', month: '2-digit', year: '2-digit' })

/** An account in words; one that nobody has named is shown as it is. */
export function useAccountName(): (account: string) => string {
  const t = useText()
  const country = useCountryName()
  const groupName = useGroupName()
  const { language } = useViewer()
  return (account) => {
    const [head = '', part = '', rest = ''] = account.split(':')
    const known = heads[account] ?? (part === '' || head !== 'fees' ? heads[head] : undefined)
    if (known) return t(known)
    if (head === 'vat' && rest !== '')
      return t('account.vat', {
        country: country(part),
        rate: Number(rest).toLocaleString(language === 'de' ? 'de-DE' : 'en-GB'),
      })
    return withPart[head]
      ? t(withPart[head], { part: head === 'revenue' ? groupName(part) : (partNames[part] ?? part) }).trim()
      : account
  }
}

/** An account that leads to its postings of the period. */
export function AccountLink({
  account,
  currency,
  from,
  until,
}: {
  account: string
  currency: string
  from: string
  until: string
}) {
  const name = useAccountName()
  return (
    <Link to={`/desk/books/postings?${new URLSearchParams({ account, currency, from, until }).toString()}`}>{name(account)}</Link>
  )
}

/** Minor units with their currency; nothing for nothing. */
export const Sum = ({ amount, currency, zero = true }: { amount: number; currency: string; zero?: boolean }) =>
  amount === 0 && !zero ? <span className="soft">–</span> : <Money of={{ amount, currency }} />

/** What a chart shows, in figures: for readers who want them, and for those who hear the page. */
export function AsTable({ children }: { children: ReactNode }) {
  const t = useText()
  return (
    <details className="as-table">
      <summary className="small">{t('desk.books.as-table')}</summary>
      {children}
    </details>
  )
}
