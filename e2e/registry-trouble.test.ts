import { expect } from '@jest/globals'
import type { Locator } from 'playwright-core'
import { logIn, looksTwice, openMail, order, goToPay, payWith, provider, search, tellProvider, testCard, unused } from './errands'
import { journey } from './journey'

/** What the card holds for an order is let go at the provider, in its own pages: the charge will be refused. */
async function letGo(orderId: string): Promise<void> {
  const { payments } = (await (await fetch(`${provider}/state`)).json()) as {
    payments: { orderId?: string; intentRef?: string }[]
  }
  const held = payments.find((payment) => payment.orderId === orderId)
  await tellProvider('cancel', { intentRef: held?.intentRef ?? '' })
}

journey(
  'ORD-01 NEW-01 BEY-44 PAY-11 a silent registry: its names are not known and never free, an order says since when it waits, an operator lets it go on; what can’t be charged becomes an open invoice',
  async (someone) => {
    const olga = await someone({ language: 'de', album: 'registry-trouble' })
    const eve = await someone({ language: 'en', album: 'registry-trouble-customer' })
    const name = unused('storm')
    await logIn(olga, 'operator@kontor.example')
    await olga.arrives(/^\/desk/)
    await logIn(eve, 'billing@acme.example')
    await eve.arrives(/^\/(account|$)/)
    const disturb = async (button: string) => {
      await olga.goes('/sandbox/registry/sandbox-cc')
      await olga.presses(button)
      await olga.reads(olga.t('registry.behaviour.changed'))
    }
    const registryOfCc = ['at', 'ch', 'nl', 'se', 'uk']
    const isUnknown = async (label: string) => {
      for (const tld of registryOfCc) {
        const line = eve.page.getByRole('listitem').filter({ hasText: `${label}.${tld}` })
        await eve.reads(eve.t('search.unknown'), { within: line })
        expect(await line.getByText(eve.t('search.free'), { exact: true }).count()).toBe(0)
        expect(await line.getByRole('button').count()).toBe(0)
      }
      const other = eve.page.getByRole('listitem').filter({ hasText: `${label}.shop` })
      await eve.reads(eve.t('search.free'), { within: other })
    }

    const retry = olga.page.getByRole('button', { name: olga.t('desk.case.retry'), exact: true })
    /** The case asks again by itself as well: whoever comes first. What was tried too early is tried once more. */
    const goesOn = async (until: Locator) => {
      for (let tries = 0; tries < 15 && !(await until.isVisible()); tries += 1) {
        await retry.click({ timeout: 5_000 }).catch(() => undefined)
        await until.waitFor({ timeout: 5_000 }).catch(() => undefined)
      }
      await until.waitFor()
    }

    try {
      const orderId = await order(eve, [`${name}.at`])
      await disturb(olga.t('registry.down.do'))
      await search(eve, `${name}-b`)
      await isUnknown(`${name}-b`)
      await eve.looks('search-registry-down')

      await eve.goes(`/account/orders/${orderId}`)
      await goToPay(eve)
      await payWith(eve, testCard)
      await eve.arrives(/^\/account\/orders\//)
      // since when, and when it is tried again
      await eve.reads(/has not answered since .*\d\d:\d\d.*Next try: .*\d\d:\d\d/)
      await eve.looks('order-waits')

      await olga.goes(`/desk/cases/${encodeURIComponent(`order:${orderId}`)}`)
      await olga.reads(/antwortet seit .* nicht/)
      await olga.looks('case-waits')
      await retry.waitFor()
      await disturb(olga.t('registry.calm'))
      await olga.goes(`/desk/cases/${encodeURIComponent(`order:${orderId}`)}`)
      await goesOn(olga.page.getByText(olga.say({ key: 'order.headline.delivered' })).first())
      await eve.reads(eve.say({ key: 'order.headline.delivered' }))
      await olga.reads(olga.say({ key: 'order.headline.delivered' }))
      await olga.looks('case-delivered')

      // while the next order waits, what its card held is gone: it is delivered, can't be charged, and becomes an open invoice
      const second = await order(eve, [`${name}-zwei.at`])
      await disturb(olga.t('registry.down.do'))
      await eve.goes(`/account/orders/${second}`)
      await goToPay(eve)
      await payWith(eve, testCard)
      await eve.arrives(/^\/account\/orders\//)
      await eve.reads(/has not answered since /)
      await letGo(second)
      await disturb(olga.t('registry.calm'))
      await olga.goes(`/desk/cases/${encodeURIComponent(`order:${second}`)}`)
      await goesOn(olga.page.getByRole('link', { name: olga.t('desk.bill') }))
      await looksTwice(olga, 'charge-refused')
      // why, in the provider's words, is for operators
      await eve.reads(eve.say({ key: 'order.reason.looked-into' }))
      expect(await eve.page.locator('main').innerText()).not.toMatch(/PaymentIntent/)
      await eve.looks('charge-refused')
      await olga.follows(olga.t('desk.bill'))
      await olga.arrives(/\/bill-open$/)
      await olga.fills({ [olga.t('desk.refund.reason')]: 'Der Kunde zahlt lieber auf Rechnung' })
      await looksTwice(olga, 'bill-open')
      await olga.presses(olga.t('desk.bill.act'))
      await olga.arrives(/\?done=bill/)
      await olga.reads(olga.say({ key: 'order.headline.delivered' }))
      await olga.looks('billed')
      await openMail(eve, 'billing@acme.example', new RegExp(second))
      await eve.looks('billed-mail')
      await eve.goes(`/account/orders/${second}`)
      await eve.looks('billed')

      // slower than a visitor is made to wait
      await olga.goes('/sandbox/registry/sandbox-cc')
      await olga.field(olga.t('registry.slow.field')).selectOption('10')
      await olga.presses(olga.t('registry.slow.do'))
      await olga.reads(olga.t('registry.behaviour.changed'))
      await search(eve, `${name}-c`)
      await isUnknown(`${name}-c`)
      // it is well again: whoever asks again gets to know, as soon as what it still works on is answered
      await disturb(olga.t('registry.calm'))
      const line = eve.page.getByRole('listitem').filter({ hasText: `${name}-c.at` })
      const free = line.getByText(eve.t('search.free'), { exact: true })
      for (let tries = 0; tries < 10 && !(await free.isVisible()); tries += 1) {
        await eve.follows(eve.t('search.ask-again'))
        await eve.settles()
        await eve.page.getByText(eve.t('search.asking')).first().waitFor({ state: 'detached' })
      }
      await free.waitFor()
    } finally {
      await disturb(olga.t('registry.calm'))
    }
  },
)
