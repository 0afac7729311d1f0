import { expect } from '@jest/globals'
import { logIn, newCustomer } from './errands'
import { journey } from './journey'
import { demoPassword } from './person'

journey(
  'INV-06 INV-07 INV-08 INV-05 an invoice goes out as a letter, part of it is credited, another is cancelled, and the month is exported',
  async (someone) => {
    const bela = await someone({ language: 'de', album: 'documents' })
    const { page, t } = bela
    const { lastName } = await newCustomer(await someone({ language: 'de' }))
    await logIn(bela, 'accounting@kontor.example', demoPassword)
    await bela.arrives(/^\/desk/)

    /** An invoice for work, issued at once; answers its number. */
    const invoiced = async (text: string): Promise<string> => {
      await bela.goes(`/desk/customers?q=${encodeURIComponent(lastName)}`)
      await bela.follows(/^C-\d+$/)
      await bela.follows(t('desk.account'))
      await bela.arrives(/\/billing$/)
      if (text === 'Beratung') {
        await page.locator('[name=delivery]').first().waitFor()
        const choice = page.locator('select[name=delivery]')
        if ((await choice.count()) > 0) await choice.selectOption('letter')
        else await page.locator('input[name=delivery][value=letter]').check()
        await page
          .locator('form:has([name=delivery]) button[type=submit], form:has([name=delivery]) button:not([type])')
          .first()
          .click()
        await bela.arrives(/\/billing\?done=saved/)
      }
      await bela.follows(t('desk.billing.work'))
      await page.locator('[name="lines[0].text"]').fill(text)
      await page.locator('[name="lines[0].unitNet"]').fill('95,00')
      await page.locator('[name="lines[1].text"]').fill(`${text}, Anfahrt`)
      await page.locator('[name="lines[1].unitNet"]').fill('30,00')
      await bela.presses(t('desk.billing.work.act'))
      await bela.reads(t('desk.billing.state.done'))
      await bela.goes(`/desk/invoices?state=invoice&q=${encodeURIComponent(lastName)}`)
      return (
        (await page
          .getByRole('link', { name: /^R-\d{4}-\d{6}$/ })
          .first()
          .textContent()) ?? ''
      )
    }

    const first = await invoiced('Beratung')
    await bela.follows(first)
    await bela.looks('invoice')
    const xml = await bela.downloads(page.getByRole('link', { name: t('document.xml') }))
    expect(xml.toString()).toContain('CrossIndustryInvoice')

    // the second line is half too much
    await bela.follows(t('desk.correct.credit'))
    await page.locator('[name="lines.2"]').fill('15,00')
    await bela.fills({ [t('desk.cancel.reason')]: 'Anfahrt war kürzer' })
    await bela.presses(t('desk.credit.preview.act'))
    await bela.reads(t('desk.credit.preview'))
    await bela.looks('credit-preview')
    await page.getByRole('button', { name: /17,85/ }).click()
    await bela.arrives(/done=issued/)
    await page.getByRole('heading', { level: 1, name: /G-\d{4}-\d{6}/ }).waitFor()
    await bela.looks('credit-note')

    const second = await invoiced('Schulung')
    expect(second).not.toBe(first)
    await bela.follows(second)
    await bela.follows(t('desk.correct.cancel'))
    await bela.looks('cancel')
    await bela.fills({ [t('desk.cancel.reason')]: 'Falsche Anschrift' })
    await bela.presses(t('desk.cancel.act'))
    await bela.arrives(/done=issued/)
    await page.getByRole('heading', { level: 1, name: /S-\d{4}-\d{6}/ }).waitFor()
    await bela.looks('storno')
    await bela.follows(second)
    await bela.reads(new RegExp(`${second} ist schon durch S-`))

    // the invoices and both corrections are at the letter service, found there by a sweep
    for (let tries = 0; tries < 60; tries += 1) {
      await bela.goes('/sandbox/letters')
      if ((await page.getByRole('link', { name: /Brief L/ }).count()) >= 3) break
      await page.waitForTimeout(1000)
    }
    expect(await page.getByRole('link', { name: /Brief L/ }).count()).toBeGreaterThanOrEqual(3)
    await bela.looks('letters')

    await bela.goes('/desk/exports')
    await bela.presses(t('desk.exports.act'))
    await bela.reads(t('desk.exports.done.made'))
    await bela.looks('exports')
    const batch = await bela.downloads(page.getByRole('link', { name: /^CSV: DATEV/ }).first())
    expect(batch.toString('latin1')).toMatch(/^"EXTF";700;21;/)
  },
)
