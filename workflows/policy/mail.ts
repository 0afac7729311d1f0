import { housePolicies, type HousePolicy } from './house'
import { said } from './said'
import { hasWords, languageOf, speaker } from './words/words'

/** A mail as it goes out, but for its addresses and attachments. */
export interface ComposedMail {
  /** one line, no control characters: safe as a header */
  subject: string
  text: string
  html: string
}

export interface MailToCompose {
  /** 'order-received' or 'mail.order-received' */
  template: string
  language: string
  /** from the Delivery row; `debits` (AnnouncedDebit[]) are listed; `link` goes to the button, else the order's own page does; `person` (in account mails `name`) is greeted */
  params: Readonly<Record<string, unknown>>
  /** where the pages are, e.g. https://kontor.example: for links to an order's page */
  publicUrl?: string | undefined
  /** who writes; the demo house when absent */
  house?: Pick<HousePolicy, 'name' | 'street' | 'postcode' | 'city' | 'register' | 'directors' | 'vatId' | 'email' | 'website'>
}

/** One collection that a mail announces; cents, days YYYY-MM-DD. */
export interface AnnouncedDebit {
  id: string
  /** of the invoices that it pays, or its own */
  number: string
  amount: number
  currency: string
  on: string
  /** of the mandate */
  reference: string
  /** it was announced for this day before */
  was?: string
}

/** Mails about a login greet its owner, whom they call `name`; in all others `name` is a domain name. */
const aboutLogins = new Set(['welcome', 'verify', 'already-registered', 'reset', 'password-changed'])

/** Where the button of a mail about an order leads, for whom. */
const pages: Record<string, (orderId: string) => string> = {
  'clearing-escalated': (orderId) => `/desk/clearing/${encodeURIComponent(orderId)}`,
  'operator-parked': (orderId) => `/desk/cases/${encodeURIComponent(`order:${orderId}`)}`,
}
/** Mails that are about no order. */
const otherPages: Record<string, string> = {
  'payment-reminder': '/account/invoices',
  'payment-demand': '/account/invoices',
  'payment-last-demand': '/account/invoices',
  'payment-debit': '/account/invoices',
  'payment-failed': '/account/invoices',
  'payment-failed-last': '/account/invoices',
  'payment-received': '/account/invoices',
  'debit-announced': '/account/forecast',
  'debits-announced': '/account/forecast',
  'payment-from-balance': '/account/invoices',
  'payment-surplus': '/account/balance',
  'deposit-received': '/account/balance',
  'refund-sent': '/account/balance',
  'refund-sent-again': '/account/balance',
  'refund-credited': '/account/balance',
  'refund-failed': '/desk/cases?kind=refund-failure&state=open',
  'refund-failed-unbooked': '/desk/cases?kind=refund-failure',
  'balance-raised': '/account/balance',
  'balance-lowered': '/account/balance',
  'balance-paid-out': '/account/balance',
  'payout-taken-back': '/account/balance',
  'payment-claimed-again': '/account/invoices',
  'payment-charged-back': '/account/invoices',
  'chargeback-begun': '/desk/payments',
  'invariants-broken': '/desk/checks',
  invoice: '/account/invoices',
  'credit-note': '/account/invoices',
  cancellation: '/account/invoices',
  'operator-bounced': '/desk/deliveries?state=bounced',
}
const orderPage = (orderId: string) => `/account/orders/${encodeURIComponent(orderId)}`

export const isMailTemplate = (template: string): boolean => hasWords(`mail.${bare(template)}.subject`)

/** Writes a mail in the reader's language: plain text, and the same as HTML with the link as a button. Throws RangeError on an unknown template. */
export const composeMail = ({ template, language, params, publicUrl, house = demoHouse() }: MailToCompose): ComposedMail => {
  const known = plain(params)
  const orderId = known.order ?? known.orderId
  // cases of orders and of invoices call their reminders the same
  const debits = (params.debits ?? []) as AnnouncedDebit[]
  const listed = bare(template) === 'debit-announced' && (debits.length > 1 || debits.some(({ was }) => was !== undefined))
  const reminded = bare(template) === 'payment-reminder' && orderId !== undefined
  const name = reminded ? 'order-payment-reminder' : listed ? 'debits-announced' : bare(template)
  if (!isMailTemplate(name)) throw new RangeError(`There is no mail '${name}'`)
  const say = speaker(language)
  const values = {
    ...{ ...known, house: house.name },
    ...(orderId === undefined ? {} : { order: orderId }),
    ...(listed ? { text: listOf(debits, say) } : {}),
  }

  const person = String(known.person ?? (aboutLogins.has(name) ? (known.name ?? '') : '')).trim()
  const greeting = person ? say(said('mail.greeting', { person: oneLine(person) })) : say(said('mail.greeting-plain'))
  const body = paragraphs(say(said(`mail.${name}.body`, values)))
  const link = safeLink(known.link) ?? safeLink(pageOf(name, orderId, publicUrl))
  const button = link === undefined ? undefined : { link, title: say(said(`mail.${name}.button`, values)) }
  const regards = say(said('mail.regards', values))
  const imprint = [
    `${house.name}, ${house.street}, ${house.postcode} ${house.city}`,
    `${say(said('mail.register'))}: ${house.register} · ${say(said('mail.directors'))}: ${house.directors.join(', ')}`,
    `${say(said('invoice.seller.vat-id'))}: ${house.vatId} · ${house.email} · ${house.website}`,
  ]
  const oneDay = listed && new Set(debits.map(({ on }) => on)).size === 1
  const subject = oneLine(say(said(`mail.${oneDay ? 'debit-announced' : name}.subject`, values))).slice(0, 200)
  const text = [greeting, ...body, ...(button ? [`${button.title}:\n${button.link}`] : []), regards, `-- \n${imprint.join('\n')}`]
  return {
    subject,
    text: `${text.join('\n\n')}\n`,
    html: page({ language: languageOf(language), subject, paragraphs: [greeting, ...body], button, regards, imprint }),
  }
}

/** Each day with its sum, and under it what is collected on it. */
function listOf(debits: AnnouncedDebit[], say: ReturnType<typeof speaker>): string {
  const days = [...new Set(debits.map(({ on }) => on))].sort()
  return days
    .map((on) => {
      const those = debits.filter((debit) => debit.on === on)
      const amount = those.reduce((sum, debit) => sum + debit.amount, 0)
      const day = say(said('mail.debits-announced.day', { on, amount, currency: those[0]?.currency ?? 'EUR' }))
      const lines = those.map(({ was, number, reference, ...debit }) => {
        const line = { number, reference, amount: debit.amount, currency: debit.currency, ...(was ? { on: was } : {}) }
        return say(said(was ? 'mail.debits-announced.moved' : 'mail.debits-announced.line', line))
      })
      return [day, ...lines].join('\n')
    })
    .join('\n\n')
}

const bare = (template: string): string => template.replace(/^mail\./, '')

/** § 35a GmbHG: business letters name the house, its register and its directors. */
const demoHouse = (): HousePolicy => {
  const house = housePolicies[0]
  if (!house) throw new RangeError('There is no house')
  return house
}

const plain = (params: Readonly<Record<string, unknown>>): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(params).filter(
      (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
    ),
  )

const oneLine = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()

const paragraphs = (text: string): string[] =>
  text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')

const pageOf = (name: string, orderId: string | number | undefined, publicUrl: string | undefined): string | undefined =>
  publicUrl === undefined || aboutLogins.has(name) || (orderId === undefined && !otherPages[name])
    ? undefined
    : `${publicUrl.replace(/\/$/, '')}${otherPages[name] ?? (pages[name] ?? orderPage)(String(orderId))}`

/** Only what a browser opens as a page. */
const safeLink = (link: unknown): string | undefined => {
  if (typeof link !== 'string' || link.length > 2000) return undefined
  try {
    const { protocol, href } = new URL(link)
    return protocol === 'https:' || protocol === 'http:' ? href : undefined
  } catch {
    return undefined
  }
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`)

const withBreaks = (text: string): string => escaped(text).replaceAll('\n', '<br>')

/** One column, the system's own type, dark where the reader likes it dark; no pictures, nothing fetched. */
const page = (mail: {
  language: string
  subject: string
  paragraphs: string[]
  button: { link: string; title: string } | undefined
  regards: string
  imprint: string[]
}): string => `<!doctype html>
<html lang="${mail.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(mail.subject)}</title>
<style>
body { margin: 0; padding: 32px 16px; font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; color: #1f2933; background: #f5f6f7 }
main { max-width: 560px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 8px }
p { margin: 0 0 16px; overflow-wrap: anywhere }
a.button { display: inline-block; padding: 12px 20px; border-radius: 6px; color: #ffffff; background: #1d4f91; text-decoration: none; font-weight: 600 }
footer { max-width: 560px; margin: 16px auto 0; font-size: 13px; color: #5b6672; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { body { color: #e4e7eb; background: #16191d } main { background: #22262b } footer { color: #9aa5b1 } a.button { background: #3a73bd } }
</style>
</head>
<body>
<main>
${mail.paragraphs.map((paragraph) => `<p>${withBreaks(paragraph)}</p>`).join('\n')}
${mail.button ? `<p><a class="button" href="${escaped(mail.button.link)}">${escaped(mail.button.title)}</a></p>\n` : ''}<p>${withBreaks(mail.regards)}</p>
</main>
<footer>${mail.imprint.map(escaped).join('<br>')}</footer>
</body>
</html>
`
