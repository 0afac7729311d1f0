/**
 * The European Central Bank's reference rates: eurofxref-daily.xml and eurofxref-hist-90d.xml below one address
 * (https://www.ecb.europa.eu/stats/eurofxref). An envelope of gesmes with Cube elements: a day, and within it what a euro costs.
 */
import { SaxesParser } from 'saxes'
import { currencyCodes } from '../../../workflows/policy/money'
import type { PublishedRates, RatesPort } from '../../authority-ports'
import { unavailable } from '../../failures'

const mostCharacters = 2_000_000
const counterparty = 'rates'

/** 1.0876 → 1087600. Decimal text, so that no binary fraction comes in between. */
export function millionths(text: string): number {
  const [, whole = '', part = ''] = /^(\d{1,4})(?:\.(\d{1,10}))?$/.exec(text) ?? []
  const rate = Number(whole) * 1_000_000 + Number(part.padEnd(6, '0').slice(0, 6)) + (Number(part[6] ?? 0) >= 5 ? 1 : 0)
  if (!Number.isSafeInteger(rate) || rate <= 0) throw new RangeError(`${text.slice(0, 40)} is no rate`)
  return rate
}

/** Days with the rates of the currencies that this house knows; others are left out. Throws on anything that is no such file. */
export function readRates(xml: string): PublishedRates[] {
  if (xml.length > mostCharacters || /<!DOCTYPE|<!ENTITY/i.test(xml)) throw new RangeError('This is no file of reference rates')
  const days: PublishedRates[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (name !== 'Cube') return
    const { time, currency, rate } = attributes as Record<string, string | undefined>
    if (time !== undefined) {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(time) || Number.isNaN(Date.parse(time))) throw new RangeError('A day is no day')
      days.push({ day: time, rates: [] })
    }
    if (currency !== undefined && rate !== undefined && currencyCodes.includes(currency))
      days.at(-1)?.rates.push({ currency, rate: millionths(rate) })
  })
  parser.write(xml).close()
  if (days.length === 0) throw new RangeError('There is no day in it')
  return days
}

export function createEcbRates({ url, timeoutMs = 20_000 }: { url: string; timeoutMs?: number }): RatesPort {
  const file = async (name: string): Promise<PublishedRates[]> => {
    const text = await fetch(`${url.replace(/\/$/, '')}/${name}`, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'follow',
    }).then(
      async (answer) => {
        if (!answer.ok) throw unavailable(counterparty, `The publisher of rates answers ${answer.status}`)
        return answer.text()
      },
      () => {
        throw unavailable(counterparty, 'The publisher of rates does not answer')
      },
    )
    try {
      return readRates(text)
    } catch {
      throw unavailable(counterparty, 'The publisher of rates sends something else than rates')
    }
  }
  return {
    async latest() {
      const days = await file('eurofxref-daily.xml')
      return days.reduce((last, day) => (day.day > last.day ? day : last))
    },
    recent: () => file('eurofxref-hist-90d.xml'),
  }
}
