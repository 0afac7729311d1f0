// Doors and locks: second factor, forgotten password, used links, other people's things, and text that would like to be more than text.
import { expect } from '@jest/globals'
import { generateSync } from 'otplib'
import { linkInMail, logIn, mailBody, openMail, order, signUp, unused, type NewCustomer } from './errands'
import { journey } from './journey'
import type { Person } from './person'

const newcomer = (word: string): NewCustomer => {
  const login = unused(word)
  return {
    kind: 'individual',
    email: `${login}@example.com`,
    password: 'noch ein langer satz',
    firstName: 'Nora',
    lastName: 'Neu',
  }
}

/** As somebody who has lost their session: nothing of the earlier visit is left. */
const logOut = (person: Person): Promise<void> => person.context.clearCookies()

journey(
  'ACC-09 ACC-10 ACC-18 a used verification link, a second factor whose code counts once, a forgotten password',
  async (someone) => {
    const nora = await someone({ language: 'de', album: 'account' })
    const { page, t } = nora
    const { email, password, ...rest } = newcomer('nora')
    await signUp(nora, { email, password, ...rest })

    const verify = await linkInMail(nora, email, /^\/verify\/./)
    await nora.goes(verify)
    await nora.presses(t('verify.submit'))
    await nora.readsHeading(t('verify.done.title'))
    await nora.goes(verify)
    const [again] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      nora.presses(t('verify.submit')),
    ])
    expect(again.status()).toBe(410)
    await nora.readsHeading(t('verify.refused.title'))
    await nora.looks('verification-used')

    // the second factor
    await nora.goes('/login')
    await logIn(nora, email, password)
    await nora.arrives(/^\/account/)
    await nora.goes('/account/profile')
    await nora.presses(t('account.profile.totp.begin'))
    await page.getByRole('img', { name: t('account.profile.totp.qr') }).waitFor()
    await nora.looks('second-factor')
    const shown = page.locator('.card').filter({ has: page.getByRole('img', { name: t('account.profile.totp.qr') }) })
    const secret = /\b((?:[A-Z2-7]{4} ){3,}[A-Z2-7]{1,4})\b/.exec(await shown.innerText())?.[1]?.replaceAll(' ', '') ?? ''
    const code = generateSync({ secret })
    await nora.fills({ [t('account.profile.totp.code')]: code })
    await nora.presses(t('account.profile.totp.confirm'))
    await nora.reads(t('account.profile.totp.turned-on'))

    await logOut(nora)
    await nora.goes('/login')
    await logIn(nora, email, password)
    await nora.readsHeading(t('login.totp.title'))
    await nora.fills({ [t('login.totp.code')]: code })
    const [refused] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      nora.presses(t('login.submit')),
    ])
    expect(refused.status()).toBe(400)
    await page.getByRole('alert').waitFor()
    await nora.looks('code-used')
    // the next one; the server takes a clock that is half a minute ahead
    const next = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 })
    await nora.fills({ [t('login.totp.code')]: next })
    await nora.presses(t('login.submit'))
    await nora.arrives(/^\/account/)

    // the password is forgotten, the second factor stays
    await logOut(nora)
    await nora.goes('/login')
    await nora.follows(t('login.forgot'))
    await nora.readsHeading(t('forgot.title'))
    await nora.looks('forgot')
    await nora.fills({ [t('signup.email')]: email })
    await nora.presses(t('forgot.submit'))
    await nora.readsHeading(t('forgot.sent.title'))
    const reset = await linkInMail(nora, email, /^\/reset\/./, /Passwort/i)
    await nora.goes(reset)
    await nora.fills({ [t('reset.password')]: 'ein ganz neuer langer satz' })
    await nora.presses(t('reset.submit'))
    await nora.readsHeading(t('reset.done.title'))
    await nora.goes('/login')
    await logIn(nora, email, password)
    await page.getByRole('alert').waitFor()
    await logIn(nora, email, 'ein ganz neuer langer satz')
    await nora.readsHeading(t('login.totp.title'))
  },
)

journey(
  'ACC-09 ADM-08 a page of another area says what is open, a foreign order is not there, a form without its token counts for nothing, the language keeps the page',
  async (someone) => {
    const owner = await someone({ language: 'de' })
    await logIn(owner, 'anna@example.com')
    await owner.arrives(/^\/account/)
    const orderId = await order(owner, [`${unused('meins')}.info`])

    const stranger = await someone({ language: 'en', album: 'locks' })
    await logIn(stranger, 'billing@acme.example')
    await stranger.arrives(/^\/account/)
    for (const path of [`/account/orders/${orderId}`, `/account/orders/${orderId}/withdraw`, '/account/orders/K-2026-999999']) {
      expect((await stranger.goes(path)).status()).toBe(404)
      await stranger.readsHeading(stranger.t('error.not-found.title'))
    }
    await stranger.looks('not-found')

    // the same form with and without its token
    await stranger.goes('/cart')
    const without = await stranger.context.request.post('/?index', { form: { name: `${unused('ohne')}.info` }, maxRedirects: 0 })
    expect(without.status()).toBe(403)
    await stranger.goes('/forgot')
    await stranger.page.evaluate(() => document.querySelectorAll('main input[type=hidden]').forEach((input) => input.remove()))
    await stranger.fills({ [stranger.t('signup.email')]: 'billing@acme.example' })
    const [tokenless] = await Promise.all([
      stranger.page.waitForResponse((response) => response.request().method() === 'POST'),
      stranger.presses(stranger.t('forgot.submit')),
    ])
    expect(tokenless.status()).toBe(403)
    await stranger.readsHeading(stranger.t('error.csrf.title'))
    await stranger.looks('form-too-old')

    const clara = await someone({ language: 'de', album: 'locks-staff' })
    await logIn(clara, 'clearing@kontor.example')
    await clara.arrives(/^\/desk/)
    expect((await clara.goes('/desk/invoices')).status()).toBe(403)
    await clara.readsHeading(clara.t('error.forbidden.title'))
    await clara.reads(clara.t('error.forbidden.open'))
    await clara.page
      .getByRole('main')
      .getByRole('link', { name: clara.t('section.clearing'), exact: true })
      .waitFor()
    await clara.looks('forbidden')

    const reader = await someone({ language: 'de' })
    await reader.goes('/tlds/berlin')
    await reader.presses(reader.t('shell.switch-language-long'))
    await reader.page.waitForFunction(() => document.documentElement.lang === 'en')
    expect(new URL(reader.page.url()).pathname).toBe('/tlds/berlin')
    // with a login comes its language, whatever the browser's is
    const german = await someone({ language: 'de' })
    await german.goes('/login')
    await logIn(german, 'billing@acme.example')
    await german.arrives(/^\/account/)
    expect(await german.page.evaluate(() => document.documentElement.lang)).toBe('en')
  },
)

journey('ORD-09 what people type stays text: HTML in names and holders, emoji labels, a name of a megabyte', async (someone) => {
  const hostile = '<img src=x onerror=alert(1)>'
  const mallory = await someone({ language: 'de', album: 'hostile' })
  const { page, t } = mallory
  const { email, password, ...rest } = newcomer('mallory')
  await signUp(mallory, { ...rest, email, password, firstName: hostile, lastName: '"><script>alert(2)</script>' })
  await openMail(mallory, email)
  expect(await mailBody(page).locator('img[src=x], script').count()).toBe(0)
  await mallory.goes(await linkInMail(mallory, email, /^\/verify\/./))
  await mallory.presses(t('verify.submit'))
  await mallory.readsHeading(t('verify.done.title'))
  await mallory.goes('/login')
  await logIn(mallory, email, password)
  await mallory.arrives(/^\/account/)
  await mallory.goes('/account/contacts/new')
  await mallory.fills({
    [t('contact.name')]: hostile,
    [t('contact.organisation')]: '{{7*7}} ${7*7} <svg onload=alert(3)>',
    [t('contact.street')]: '\'; drop table "Order"; --',
    [t('contact.postcode')]: '22767',
    [t('contact.city')]: '<b>Hamburg</b>',
    [t('contact.email')]: 'kontakt@example.com',
    [t('contact.phone')]: '+49 40 5550199',
  })
  await mallory.field(t('contact.country')).selectOption('DE')
  await mallory.presses(t('account.contacts.save'))
  await mallory.reads(t('account.contacts.saved'))
  await mallory.reads(hostile)
  await mallory.looks('contacts')
  const orderId = await order(mallory, [`${unused('harmlos')}.org`])
  await mallory.looks('order')

  const ada = await someone({ language: 'de', album: 'hostile-desk' })
  await logIn(ada, 'admin@kontor.example')
  await ada.arrives(/^\/desk/)
  for (const path of [
    `/desk/clearing/${orderId}`,
    `/desk/cases/${encodeURIComponent(`order:${orderId}`)}`,
    `/desk/customers?q=${encodeURIComponent(email)}`,
    '/desk/orders',
    '/desk/audit',
  ]) {
    expect((await ada.goes(path)).status()).toBe(200)
    expect(await ada.page.locator('main img[src=x], main svg[onload], main b:text-is("Hamburg")').count()).toBe(0)
  }

  for (const query of ['🎉🎉.de', '<script>alert(4)</script>', 'xn--.de', '-a-.com', 'a'.repeat(400)]) {
    expect((await mallory.goes(`/?q=${encodeURIComponent(query)}`)).status()).toBeLessThan(500)
    expect(await page.locator('main script:not([nonce])').filter({ hasText: 'alert' }).count()).toBe(0)
  }
  await mallory.goes(`/?q=${encodeURIComponent('🎉🎉.de')}`)
  await mallory.looks('emoji')
  const token = await page.locator('input[name=csrf]').first().inputValue()
  const huge = await mallory.context.request.post('/?index', {
    form: { csrf: token, name: `${'a'.repeat(1_000_000)}.de` },
    maxRedirects: 0,
  })
  expect(huge.status()).toBeGreaterThanOrEqual(400)
  expect(huge.status()).toBeLessThan(500)
})
