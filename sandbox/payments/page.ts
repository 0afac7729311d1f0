/** The provider's own payment page: plain HTML, a form, no script. Everything from outside is escaped. */
import express, { type Request, type Response, type Router } from 'express'

import { hasCheckDigit } from './cards'
import type { CustomerOutcome } from './control'
import type { Session } from './objects'

type Language = 'de' | 'en'

const words = {
  de: {
    title: 'Sicher bezahlen',
    to: 'Zahlung an',
    order: 'Bestellung',
    amount: 'Betrag',
    email: 'E-Mail',
    card: 'Kartendaten',
    number: 'Kartennummer',
    expiry: 'Gültig bis',
    expiryHint: 'MM / JJ',
    cvc: 'CVC',
    holder: 'Name auf der Karte',
    keep: 'Karte hinterlegen',
    keepText: 'Jetzt wird nichts abgebucht. Die Karte wird für spätere Zahlungen hinterlegt.',
    pay: '{amount} zahlen',
    cancel: 'Abbrechen und zurück',
    held: 'Der Betrag wird zunächst nur vorgemerkt und erst mit der Lieferung abgebucht.',
    test: 'Testkarten (keine echten Karten verwenden)',
    testHead: ['Kartennummer', 'Was geschieht'],
    tests: [
      ['4242 4242 4242 4242', 'Zahlung gelingt'],
      ['4000 0025 0000 3155', 'Bank fragt nach (3-D Secure)'],
      ['4000 0027 6000 3184', 'hinterlegt: verlangt bei jeder späteren Abbuchung eine Bestätigung'],
      ['4000 0000 0000 0341', 'hinterlegt: spätere Abbuchungen werden abgelehnt'],
      ['4000 0082 6000 3178', 'hinterlegt: später nicht gedeckt'],
      ['4000 0000 0000 0002', 'wird abgelehnt'],
      ['4000 0000 0000 9995', 'Konto nicht gedeckt'],
      ['4000 0000 0000 0259', 'gelingt, wird später bestritten'],
    ],
    testMode: 'Testbetrieb',
    anyRest: 'Gültig bis: ein beliebiger Monat in der Zukunft. CVC: drei beliebige Ziffern.',
    wrong: 'Bitte prüfen Sie die markierten Felder.',
    wrongNumber: 'Diese Kartennummer stimmt nicht. Bitte prüfen Sie die Ziffern.',
    wrongExpiry: 'Bitte Monat und Jahr angeben, zum Beispiel 12 / 34.',
    pastExpiry: 'Diese Karte ist abgelaufen.',
    wrongCvc: 'Drei Ziffern auf der Rückseite (American Express: vier vorn).',
    wrongHolder: 'Bitte den Namen angeben, der auf der Karte steht.',
    declined: 'Ihre Bank hat die Zahlung abgelehnt. Es wurde nichts abgebucht. Bitte versuchen Sie eine andere Karte.',
    insufficient: 'Das Konto dieser Karte ist nicht gedeckt. Es wurde nichts abgebucht. Bitte versuchen Sie eine andere Karte.',
    unconfirmed: 'Die Zahlung wurde nicht bestätigt. Es wurde nichts abgebucht.',
    closed: 'Diese Zahlungsseite ist geschlossen',
    closedText: 'Die Zahlung ist abgeschlossen oder die Frist ist verstrichen. Bitte gehen Sie zurück zum Shop.',
    unknown: 'Diese Zahlung gibt es nicht',
    back: 'Zurück zum Shop',
    bank: 'Ihre Bank fragt nach',
    bankText: 'Bitte bestätigen Sie diese Zahlung, damit Ihre Bank sie freigibt.',
    confirm: 'Zahlung bestätigen',
    refuse: 'Ablehnen',
  },
  en: {
    title: 'Pay securely',
    to: 'Payment to',
    order: 'Order',
    amount: 'Amount',
    email: 'Email',
    card: 'Card details',
    number: 'Card number',
    expiry: 'Expiry date',
    expiryHint: 'MM / YY',
    cvc: 'CVC',
    holder: 'Name on card',
    keep: 'Save card',
    keepText: 'Nothing is charged now. The card is kept for later payments.',
    pay: 'Pay {amount}',
    cancel: 'Cancel and go back',
    held: 'The amount is only reserved for now and charged when your order is delivered.',
    test: 'Test cards (do not use a real card)',
    testHead: ['Card number', 'What happens'],
    tests: [
      ['4242 4242 4242 4242', 'payment succeeds'],
      ['4000 0025 0000 3155', 'bank asks back (3-D Secure)'],
      ['4000 0027 6000 3184', 'kept: wants a confirmation at every later charge'],
      ['4000 0000 0000 0341', 'kept: later charges are declined'],
      ['4000 0082 6000 3178', 'kept: insufficient funds later'],
      ['4000 0000 0000 0002', 'is declined'],
      ['4000 0000 0000 9995', 'insufficient funds'],
      ['4000 0000 0000 0259', 'succeeds, is disputed later'],
    ],
    testMode: 'Test mode',
    anyRest: 'Expiry date: any month in the future. CVC: any three digits.',
    wrong: 'Please check the marked fields.',
    wrongNumber: 'This card number is not right. Please check the digits.',
    wrongExpiry: 'Please give month and year, for example 12 / 34.',
    pastExpiry: 'This card has expired.',
    wrongCvc: 'Three digits on the back (American Express: four on the front).',
    wrongHolder: 'Please give the name that is on the card.',
    declined: 'Your bank declined the payment. Nothing was charged. Please try another card.',
    insufficient: "This card's account does not have enough funds. Nothing was charged. Please try another card.",
    unconfirmed: 'The payment was not confirmed. Nothing was charged.',
    closed: 'This payment page is closed',
    closedText: 'The payment is complete or its time has run out. Please go back to the shop.',
    unknown: 'There is no such payment',
    back: 'Back to the shop',
    bank: 'Your bank asks you to confirm',
    bankText: 'Please confirm this payment so that your bank lets it through.',
    confirm: 'Confirm payment',
    refuse: 'Refuse',
  },
} as const

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#566072;--line:#8892a4;--hair:#dfe3ea;--paper:#fff;--ground:#f4f6f9;--accent:#3b4cca;--on-accent:#fff;--wrong:#b3261e;--wrong-ground:#fdf1f0}
@media (prefers-color-scheme:dark){:root{--ink:#eceff5;--soft:#aab3c4;--line:#77829a;--hair:#323a4a;--paper:#1b212c;--ground:#12161e;--accent:#a9b5ff;--on-accent:#12161e;--wrong:#ffb4ab;--wrong-ground:#3a1f1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 3rem;display:grid;gap:1.5rem}
@media (min-width:52rem){main{grid-template-columns:1fr 1.2fr;gap:3rem;padding-top:4rem;align-items:start}}
h1{font-size:1.05rem;font-weight:600;margin:0;color:var(--soft)}
h2{font-size:1.1rem;margin:0 0 1rem}
.amount{font-size:2.4rem;font-weight:650;letter-spacing:-.02em;margin:.25rem 0 1rem;font-variant-numeric:tabular-nums}
.sheet{background:var(--paper);border:1px solid var(--hair);border-radius:.75rem;padding:1.5rem}
dl{display:grid;grid-template-columns:auto 1fr;gap:.4rem 1.25rem;margin:0;overflow-wrap:anywhere}
dt{color:var(--soft)}dd{margin:0;text-align:right}
label{display:block;font-weight:550;margin-bottom:.3rem}
input{width:100%;min-height:2.9rem;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:.5rem;font-variant-numeric:tabular-nums}
input[aria-invalid=true]{border-color:var(--wrong)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.field{margin-bottom:1rem}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.wrong{color:var(--wrong);margin:.3rem 0 0;font-size:.92rem}
.notice{background:var(--wrong-ground);color:var(--wrong);border-radius:.5rem;padding:.75rem 1rem;margin:0 0 1.25rem}
button{width:100%;min-height:3rem;font:inherit;font-weight:600;border:0;border-radius:.5rem;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.plain{background:transparent;color:var(--accent);border:1px solid var(--line);margin-top:.75rem}
a{color:var(--accent)}.soft{color:var(--soft);font-size:.92rem}
.back{display:block;text-align:center;margin-top:1rem;padding:.5rem}
.badge{display:inline-block;border:1px solid var(--line);border-radius:1rem;padding:0 .6rem;font-size:.8rem;color:var(--soft);margin-bottom:.75rem}
details{margin-top:1.5rem}summary{cursor:pointer;color:var(--soft)}
table{width:100%;border-collapse:collapse;font-size:.9rem;margin-top:.75rem}
th,td{text-align:left;padding:.35rem .5rem .35rem 0;border-top:1px solid var(--hair);vertical-align:top}
td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}
`

const languageOf = (request: Request, session?: Session): Language => {
  const wanted = session?.locale && session.locale !== 'auto' ? session.locale : request.acceptsLanguages('de', 'en') || 'en'
  return wanted.startsWith('de') ? 'de' : 'en'
}

const shownAmount = (amount: number, currency: string, language: Language): string =>
  new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB', { style: 'currency', currency: currency.toUpperCase() }).format(
    amount / 10 ** (new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2),
  )

const frame = (language: Language, title: string, content: string): string =>
  `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`

type Field = 'number' | 'expiry' | 'cvc' | 'holder'

interface Filled {
  values: Partial<Record<Field, string>>
  wrong: Partial<Record<Field, string>>
  notice?: string
}

const summary = (session: Session, language: Language, merchant: string): string => {
  const w = words[language]
  const row = (name: string, value: string): string => `<dt>${w[name as 'order']}</dt><dd>${escaped(value)}</dd>`
  return `<section aria-labelledby="to">
<p class="badge">${w.testMode}</p>
<h1 id="to">${w.to} ${escaped(merchant)}</h1>
${session.mode === 'setup' ? `<p>${w.keepText}</p>` : `<p class="amount">${escaped(shownAmount(session.amount_total, session.currency, language))}</p>`}
<dl>
${session.hidden.lines.map(({ name }) => row('order', name)).join('\n')}
${session.customer_email === null ? '' : row('email', session.customer_email)}
</dl>
${session.hidden.captureMethod === 'manual' ? `<p class="soft">${w.held}</p>` : ''}
</section>`
}

const paymentPage = (session: Session, language: Language, merchant: string, filled: Filled): string => {
  const w = words[language]
  const field = (name: Field, label: string, attributes: string): string => {
    const wrong = filled.wrong[name]
    return `<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${escaped(filled.values[name] ?? '')}" required ${attributes}${wrong === undefined ? '' : ` aria-invalid="true" aria-describedby="${name}-wrong"`}>
${wrong === undefined ? '' : `<p class="wrong" id="${name}-wrong">${wrong}</p>`}
</div>`
  }
  return frame(
    language,
    `${w.title}: ${merchant}`,
    `${summary(session, language, merchant)}
<section class="sheet" aria-labelledby="card">
<h2 id="card">${w.card}</h2>
${filled.notice === undefined ? '' : `<p class="notice" role="alert">${filled.notice}</p>`}
<form method="post" novalidate>
${field('number', w.number, 'inputmode="numeric" autocomplete="cc-number" maxlength="25" placeholder="4242 4242 4242 4242"')}
<div class="pair">
${field('expiry', w.expiry, `inputmode="numeric" autocomplete="cc-exp" maxlength="9" placeholder="${w.expiryHint}"`)}
${field('cvc', w.cvc, 'inputmode="numeric" autocomplete="cc-csc" maxlength="4" placeholder="123"')}
</div>
${field('holder', w.holder, 'autocomplete="cc-name" maxlength="100"')}
<button type="submit">${session.mode === 'setup' ? w.keep : escaped(w.pay.replace('{amount}', shownAmount(session.amount_total, session.currency, language)))}</button>
</form>
${session.cancel_url === null ? '' : `<a class="back" href="${escaped(session.cancel_url)}">${w.cancel}</a>`}
<details>
<summary>${w.test}</summary>
<table>
<thead><tr><th scope="col">${w.testHead[0]}</th><th scope="col">${w.testHead[1]}</th></tr></thead>
<tbody>${w.tests.map(([number, what]) => `<tr><td>${number}</td><td>${what}</td></tr>`).join('')}</tbody>
</table>
<p class="soft">${w.anyRest}</p>
</details>
</section>`,
  )
}

const confirmPage = (session: Session, language: Language, merchant: string): string => {
  const w = words[language]
  return frame(
    language,
    w.bank,
    `${summary(session, language, merchant)}
<section class="sheet" aria-labelledby="bank">
<h2 id="bank">${w.bank}</h2>
<p>${w.bankText}</p>
<form method="post">
<button type="submit" name="answer" value="yes">${w.confirm}</button>
<button class="plain" type="submit" name="answer" value="no">${w.refuse}</button>
</form>
</section>`,
  )
}

const closedPage = (language: Language, session: Session | undefined): string => {
  const w = words[language]
  const back = session?.cancel_url ?? undefined
  return frame(
    language,
    session ? w.closed : w.unknown,
    `<section class="sheet"><h1>${session ? w.closed : w.unknown}</h1><p>${w.closedText}</p>
${back === undefined ? '' : `<p><a href="${escaped(back)}">${w.back}</a></p>`}</section>`,
  )
}

const filledIn = (body: Record<string, unknown>, language: Language, now: number) => {
  const w = words[language]
  const text = (name: Field): string => (typeof body[name] === 'string' ? body[name].trim().slice(0, 100) : '')
  const number = text('number').replace(/[\s-]/g, '')
  const expiry = /^(0?[1-9]|1[0-2])\s*[/.-]?\s*(20)?(\d{2})$/.exec(text('expiry'))
  const [expMonth, expYear] = [Number(expiry?.[1]), 2000 + Number(expiry?.[3])]
  const wrong: Filled['wrong'] = {}
  if (!hasCheckDigit(number)) wrong.number = w.wrongNumber
  if (!expiry) wrong.expiry = w.wrongExpiry
  else if (Date.UTC(expYear, expMonth) <= now) wrong.expiry = w.pastExpiry
  if (!(/^3[47]/.test(number) ? /^\d{4}$/ : /^\d{3}$/).test(text('cvc'))) wrong.cvc = w.wrongCvc
  if (text('holder') === '') wrong.holder = w.wrongHolder
  return { card: { number, expMonth, expYear, holder: text('holder') }, wrong, expiry: text('expiry') }
}

/** /pay/<session> and /confirm/<session>, below /c: GET shows, POST acts and redirects to the shop (303). */
export const createPages = ({
  merchant,
  now,
  session,
  pay,
  confirm,
}: {
  merchant: string
  now: () => number
  session: (id: string) => Session | undefined
  pay: (id: string, card: { number: string; expMonth: number; expYear: number; holder: string }) => Promise<CustomerOutcome>
  confirm: (id: string, yes: boolean) => Promise<CustomerOutcome>
}): Router => {
  const router = express.Router()
  router.use(express.urlencoded({ extended: false, limit: '16kb' }))
  router.use((_request, response, next) => {
    response.set({
      // no form-action: browsers hold it against the redirect to the shop too
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    next()
  })

  const toShop = (response: Response, { success_url, id }: Session): void =>
    response.redirect(303, success_url.replaceAll('{CHECKOUT_SESSION_ID}', id))

  const open =
    (work: (request: Request, response: Response, session: Session, language: Language) => Promise<void> | void) =>
    (request: Request, response: Response, next: (error: unknown) => void): void => {
      const found = session(request.params['id'] ?? '')
      const language = languageOf(request, found)
      if (found?.status === 'complete') return toShop(response, found)
      if (found?.status !== 'open') return void response.status(found ? 410 : 404).send(closedPage(language, found))
      Promise.resolve(work(request, response, found, language)).catch(next)
    }

  const answer = (
    outcome: CustomerOutcome,
    response: Response,
    shown: Session,
    language: Language,
    values: Filled['values'] = {},
  ) => {
    const w = words[language]
    switch (outcome.kind) {
      case 'paid':
        return toShop(response, shown)
      case 'closed':
        return outcome.status === 'complete'
          ? toShop(response, shown)
          : void response.status(410).send(closedPage(language, shown))
      case 'confirmation-needed':
        return response.redirect(303, `/c/confirm/${shown.id}`)
      case 'declined': {
        const notice =
          outcome.code === 'insufficient_funds'
            ? w.insufficient
            : outcome.code === 'payment_intent_authentication_failure'
              ? w.unconfirmed
              : w.declined
        return void response.status(402).send(paymentPage(shown, language, merchant, { values, wrong: {}, notice }))
      }
    }
  }

  router.get(
    '/pay/:id',
    open((_request, response, shown, language) => {
      response.send(paymentPage(shown, language, merchant, { values: {}, wrong: {} }))
    }),
  )
  router.post(
    '/pay/:id',
    open(async (request, response, shown, language) => {
      const { card, wrong, expiry } = filledIn(request.body as Record<string, unknown>, language, now())
      // the number and the CVC are never sent back, not even to who typed them
      const values = { expiry, holder: card.holder }
      if (Object.keys(wrong).length > 0) {
        response.status(400).send(paymentPage(shown, language, merchant, { values, wrong, notice: words[language].wrong }))
        return
      }
      answer(await pay(shown.id, card), response, shown, language, values)
    }),
  )
  router.get(
    '/confirm/:id',
    open((_request, response, shown, language) => {
      response.send(confirmPage(shown, language, merchant))
    }),
  )
  router.post(
    '/confirm/:id',
    open(async (request, response, shown, language) => {
      const yes = (request.body as Record<string, unknown>)['answer'] === 'yes'
      answer(await confirm(shown.id, yes), response, shown, language)
    }),
  )
  return router
}
