import { unused } from './errands'
import { journey } from './journey'
import { demoPassword, type Person } from './person'

/** What the keyboard is on, and whether one can see it. */
const focused = (person: Person) =>
  person.page.evaluate(() => {
    const at = document.activeElement
    // the page itself, which takes the focus when another page has come, is no stop of the keyboard's
    if (!(at instanceof HTMLElement) || at === document.body || at.tabIndex < 0) return { name: '', seen: true }
    const name =
      at.getAttribute('aria-label') ??
      (at instanceof HTMLInputElement || at instanceof HTMLSelectElement || at instanceof HTMLTextAreaElement
        ? (at.labels?.[0]?.textContent ?? at.name)
        : (at.textContent ?? ''))
    // the ring may be drawn by what stands around: the search field, a choice
    const rings = [at, at.parentElement, at.parentElement?.parentElement].filter((element) => element instanceof HTMLElement)
    const seen = rings.some((element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    })
    const { width, height } = at.getBoundingClientRect()
    return { name: name.trim().replaceAll(/\s+/g, ' '), seen: seen && width > 0 && height > 0 }
  })

/** Tab by tab to something with these words. Wherever it stops on the way, the focus must be seen. */
async function tabTo(person: Person, words: string | RegExp): Promise<void> {
  const passed: string[] = []
  for (let steps = 0; steps < 150; steps += 1) {
    await person.page.keyboard.press('Tab')
    const { name, seen } = await focused(person)
    if (!seen) throw new Error(`The focus can't be seen on “${name}” at ${person.page.url()}`)
    if (typeof words === 'string' ? name === words : words.test(name)) return
    passed.push(name)
  }
  throw new Error(`No way with Tab to “${String(words)}” at ${person.page.url()}; passed: ${passed.join(' · ')}`)
}

journey(
  'ORD-05 ORD-09 ORD-18 from the search to the placed order by keyboard alone, the focus always in sight',
  async (someone) => {
    const lukas = await someone({ language: 'de', album: 'keyboard' })
    const { page, t } = lukas
    const { keyboard } = page
    const name = unused('tastatur')

    await lukas.goes('/')
    await tabTo(lukas, t('search.field'))
    await keyboard.type(`${name}.org`)
    await keyboard.press('Enter')
    await lukas.arrives(/^\/\?q=/)
    await lukas.readsHeading(new RegExp(name))
    await page.getByText(t('search.asking')).first().waitFor({ state: 'detached' })
    await tabTo(lukas, t('search.add-name', { name: `${name}.org` }))
    await keyboard.press('Enter')
    await lukas.reads(t('search.in-cart'))
    await tabTo(lukas, t('search.to-cart'))
    await keyboard.press('Enter')
    await lukas.arrives(/^\/cart/)
    await lukas.readsHeading(t('cart.title'))
    await tabTo(lukas, t('cart.checkout'))
    await keyboard.press('Enter')
    await lukas.arrives(/^\/login/)
    await lukas.readsHeading(t('login.title'))
    // the login begins where one types
    if ((await focused(lukas)).name !== t('signup.email')) await tabTo(lukas, t('signup.email'))
    await keyboard.type('lukas@example.at')
    await tabTo(lukas, t('signup.password'))
    await keyboard.type(demoPassword)
    await keyboard.press('Enter')
    await lukas.arrives(/^\/checkout/)
    await lukas.readsHeading(t('checkout.holder.title'))
    const holder = page.getByLabel(t('checkout.holder.of'), { exact: true })
    if ((await holder.inputValue()) === '') {
      await tabTo(lukas, t('checkout.holder.of'))
      await keyboard.press('ArrowDown') // opens or chooses, as the system has it
      if ((await holder.inputValue()) === '') await keyboard.press('Enter')
    }
    await tabTo(lukas, t('checkout.next'))
    await keyboard.press('Enter')
    await lukas.arrives(/^\/checkout\?.*review/)
    await lukas.readsHeading(t('checkout.review.title'))
    await tabTo(lukas, new RegExp(t('checkout.terms.before').trim()))
    await keyboard.press('Space')
    await tabTo(lukas, t('checkout.place'))
    await keyboard.press('Space')
    await lukas.arrives(/^\/account\/orders\/[^?]+$/)
    await lukas.reads(lukas.say({ key: 'order.headline.held' }))
    // taken back, by keyboard as well: nothing is left for the next run
    await tabTo(lukas, t('account.order.withdraw'))
    await keyboard.press('Enter')
    await lukas.arrives(/\/withdraw$/)
    await lukas.reads(t('account.withdraw.cost'))
    await tabTo(lukas, t('account.withdraw.confirm'))
    await keyboard.press('Enter')
    await lukas.reads(t('account.order.withdrawn'))
    await lukas.looks('withdrawn')
  },
)
