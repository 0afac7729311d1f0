import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Locator, Page, Response } from 'playwright-core'
import { root } from '../dev/paths'
import { logins } from '../dev/logins'
import { speaker } from '../workflows/policy/words/words'
import '../web/app/texts/de'
import '../web/app/texts/en'
import { textIn, type Language, type Text } from '../web/app/texts/texts'
import { findBarriers } from './accessibility'
import { browser } from './browser'

export const houseUrl = process.env['KONTOR_E2E_URL'] ?? 'http://localhost:3000'
export const demoPassword = logins[0]?.password ?? ''
/** No journey proves how quick the house is: what a busy machine takes four times as long for still comes. */
const patience = Number(process.env['KONTOR_E2E_PATIENCE_MS'] ?? 90_000)
const pictures = join(root, 'e2e', 'screenshots')

export const desktop = { width: 1280, height: 900 }
export const phone = { width: 390, height: 844 }

export interface Circumstances {
  language: Language
  /** how wide the window is; desktop when not told */
  screen?: { width: number; height: number }
  /** false: the browser runs no scripts */
  script?: boolean
  /** what their pictures are called; no pictures when not told */
  album?: string
}

/**
 * Somebody at a browser. Reads what is on the page in their own language, finds things by their words as people do, and remembers what
 * should not have happened: script errors, dialogs, violations of the content policy.
 */
export class Person {
  /** the page's own words */
  readonly t: Text
  /** what operations and workflows say */
  readonly say: ReturnType<typeof speaker>
  #pictures = 0

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly circumstances: Circumstances,
    readonly strange: string[] = [],
  ) {
    this.t = textIn(circumstances.language)
    this.say = speaker(circumstances.language)
  }

  static async comes(circumstances: Circumstances): Promise<Person> {
    const { language, screen = desktop, script = true } = circumstances
    const context = await (
      await browser()
    ).newContext({
      baseURL: houseUrl,
      locale: language === 'de' ? 'de-DE' : 'en-GB',
      timezoneId: 'Europe/Berlin',
      viewport: screen,
      javaScriptEnabled: script,
      reducedMotion: 'reduce',
      // what counts is what the page does for a phone's width, not the phone
      ...(screen.width < 600 ? { hasTouch: true } : {}),
    })
    context.setDefaultTimeout(patience)
    const page = await context.newPage()
    const person = new Person(context, page, circumstances)
    context.on('page', (opened) => person.#watch(opened))
    person.#watch(page)
    return person
  }

  #watch(page: Page): void {
    page.on('dialog', (dialog) => {
      this.strange.push(`a dialog said: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('pageerror', (error) => this.strange.push(`a script failed at ${page.url()}: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() !== 'error') return
      // a refusal (4xx) is noted by the browser as an error of the page; it is an answer
      if (/Failed to load resource: the server responded with a status of (4\d\d|503)/.test(message.text())) return
      // the router lets go of data that those of a newer page replace
      if (/^AbortError\b|BodyStreamBuffer was aborted/.test(message.text())) return
      this.strange.push(`the console said at ${page.url()}: ${message.text().slice(0, 500)}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 500 && response.status() !== 503)
        this.strange.push(`${response.status()} at ${response.request().method()} ${response.url()}`)
    })
  }

  mustHaveMetNothingStrange(): void {
    if (this.strange.length > 0) throw new Error(`Something strange happened:\n${this.strange.join('\n')}`)
  }

  /** What is on the screen, for whoever reads why a journey failed. */
  async tells(): Promise<string> {
    mkdirSync(pictures, { recursive: true })
    const picture = join(pictures, `failed-${process.pid}-${Date.now()}.png`)
    await this.page.screenshot({ path: picture, fullPage: true }).catch(() => undefined)
    const text = await this.page
      .locator('body')
      .innerText({ timeout: 2000 })
      .catch((error: unknown) => String(error))
    return [`At ${this.page.url()} (${picture}):`, ...this.strange, text.replaceAll(/\n+/g, '\n').slice(0, 700)].join('\n')
  }

  async leaves(): Promise<void> {
    await this.context.close()
  }

  /** The same person in a second tab, which a bad line keeps from hearing what has happened since. */
  async opensAnotherTab(path: string): Promise<Person> {
    const tab = new Person(this.context, await this.context.newPage(), this.circumstances, this.strange)
    await tab.page.route('**/stream', (route) => route.fulfill({ status: 204 }))
    await tab.goes(path)
    return tab
  }

  /** What a link to a file brings. */
  async downloads(link: Locator): Promise<Buffer> {
    const address = await link.getAttribute('href')
    const response = await this.context.request.get(address ?? '')
    if (!response.ok()) throw new Error(`${response.status()} for ${address}`)
    return response.body()
  }

  // ── what one does on a page ──

  /** Opens an address of the house and waits until the page is alive. */
  async goes(path: string): Promise<Response> {
    const response = await this.page.goto(path)
    if (!response) throw new Error(`${path} gave no answer`)
    await this.settles()
    return response
  }

  /** Until the page's scripts have taken it over: what is clicked before works as well, but as without scripts. */
  async settles(): Promise<void> {
    await this.page.waitForLoadState('load')
    if (this.circumstances.script === false || !this.page.url().startsWith(houseUrl)) return
    await this.page.waitForFunction(
      () => document.documentElement.dataset['page'] !== undefined || !document.querySelector('main'),
    )
  }

  async presses(name: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    await within
      .getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
      .filter({ visible: true })
      .first()
      .click()
  }

  async follows(name: string | RegExp, within: Page | Locator = this.page): Promise<void> {
    await within
      .getByRole('link', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
      .filter({ visible: true })
      .first()
      .click()
  }

  /** By its label; one that may stay empty says so there. */
  field(label: string, within: Page | Locator = this.page): Locator {
    const plain = label.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return within
      .getByLabel(new RegExp(`^${plain}\\s*(${this.t('form.optional')})?$`))
      .filter({ visible: true })
      .first()
  }

  async fills(answers: Record<string, string>, within: Page | Locator = this.page): Promise<void> {
    for (const [label, value] of Object.entries(answers)) await this.field(label, within).fill(value)
  }

  /** Waits until it is there to read. */
  async reads(
    text: string | RegExp,
    { within = this.page, seconds = patience / 1000 }: { within?: Page | Locator; seconds?: number } = {},
  ) {
    await within
      .getByText(text)
      .filter({ visible: true })
      .first()
      .waitFor({ timeout: seconds * 1000 })
  }

  async readsHeading(name: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name }).waitFor()
  }

  /** Waits until the address is this one and its page is on the screen: the address changes first. */
  async arrives(path: RegExp): Promise<void> {
    await this.page.waitForURL((url) => path.test(url.pathname + url.search))
    await this.settles()
    if (this.circumstances.script === false || !this.page.url().startsWith(houseUrl)) return
    await this.page.waitForFunction(() => {
      const { dataset } = document.documentElement
      return dataset['page'] === window.location.pathname + window.location.search || !document.querySelector('main')
    })
  }

  /** Loads the page anew until it is there to read: without scripts, and where a page does not follow by itself, a person does that, too. */
  async readsAfterReload(text: string | RegExp, { seconds = 150 } = {}): Promise<void> {
    const wanted = this.page
      .getByText(text, typeof text === 'string' ? { exact: true } : {})
      .filter({ visible: true })
      .first()
    const deadline = Date.now() + seconds * 1000
    while (!(await wanted.isVisible())) {
      if (Date.now() > deadline) throw new Error(`Never to be read: ${String(text)}`)
      await this.page.waitForTimeout(500)
      await this.page.reload()
    }
  }

  /** A page worth a look: no barrier on it, light or dark; its picture goes into the album. */
  async looks(name: string): Promise<void> {
    const { album, script = true } = this.circumstances
    // a tab in the background is drawn once a second only
    await this.page.bringToFront()
    // after a change of its width the page is laid out anew with the next frames
    if (script) await this.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    if (album) {
      mkdirSync(join(pictures, album), { recursive: true })
      this.#pictures += 1
      const file = `${String(this.#pictures).padStart(2, '0')}-${name}-${this.page.viewportSize()?.width}.png`
      await this.page.screenshot({ path: join(pictures, album, file), fullPage: true })
    }
    if (!script) return
    const barriers = await findBarriers(this.page)
    if (barriers.length > 0) throw new Error(`Barriers on ${name} (${this.page.url()}):\n${barriers.join('\n')}`)
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (wide > 0) throw new Error(`${name} is ${wide} px wider than the window: ${this.page.url()}`)
  }
}
