/**
 * Two public registers as the house meets them on the wire: the European Central Bank's files of reference rates, and VIES' REST interface. They know
 * their rules, not their world: rates follow from the day, and a VAT id tells by its digits what its member state says about it.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Router } from 'express'
import { z } from 'zod'

export interface AuthoritiesBehaviour {
  /** nobody publishes rates */
  ratesDown: boolean
  /** member states that do not answer; '*': VIES itself */
  silent: string[]
}
const Behaviour = z.object({ ratesDown: z.boolean(), silent: z.array(z.string().regex(/^([A-Z]{2}|\*)$/)) }).partial()

export interface AuthoritiesSandbox {
  readonly router: Router
  /** How many questions VIES was asked. */
  asked(): number
  behave(change: Partial<AuthoritiesBehaviour>): AuthoritiesBehaviour
}

/** What a euro costs about, and by how much that sways. */
const about: Record<string, [number, number]> = {
  USD: [1.09, 0.03],
  GBP: [0.85, 0.02],
  CHF: [0.95, 0.02],
  JPY: [162, 5],
  PLN: [4.3, 0.1],
}

const isTargetDay = (day: Date): boolean => {
  const monthDay = day.toISOString().slice(5, 10)
  return ![0, 6].includes(day.getUTCDay()) && !['01-01', '05-01', '12-25', '12-26'].includes(monthDay)
}

/** The same day has the same rate, whoever asks and whenever. */
const rateOn = (currency: string, day: Date): string => {
  const [middle, sway] = about[currency] ?? [1, 0]
  return (middle + sway * Math.sin(day.getTime() / 86_400_000 / 17)).toFixed(4)
}

/** The last days for which rates were published by an instant: on TARGET days from 15:00 UTC on. */
export function publishedDays(now: Date, count: number): Date[] {
  const days: Date[] = []
  const day = new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`)
  if (now.getUTCHours() < 15) day.setUTCDate(day.getUTCDate() - 1)
  for (; days.length < count; day.setUTCDate(day.getUTCDate() - 1)) if (isTargetDay(day)) days.push(new Date(day))
  return days
}

const envelope = (days: Date[]): string => `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
${days
  .map(
    (day) =>
      `    <Cube time='${day.toISOString().slice(0, 10)}'>\n${Object.keys(about)
        .map((currency) => `      <Cube currency='${currency}' rate='${rateOn(currency, day)}'/>`)
        .join('\n')}\n    </Cube>`,
  )
  .join('\n')}
  </Cube>
</gesmes:Envelope>
`

const Question = z.object({
  countryCode: z.string().regex(/^[A-Z]{2}$/),
  vatNumber: z.string().regex(/^[0-9A-Z+*]{2,12}$/),
  requesterMemberStateCode: z.string().optional(),
  requesterNumber: z.string().optional(),
})

/** Digits that say what a member state answers. */
export const viesRules = { invalid: '404', unavailable: '503' } as const

/** The registers on an address of their own, for benches and tests. */
export async function startAuthorities(
  options: { now?: () => Date } = {},
): Promise<AuthoritiesSandbox & { ecbUrl: string; viesUrl: string; close(): Promise<void> }> {
  const sandbox = openAuthorities(options)
  const server = createServer(express().use(sandbox.router))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    ...sandbox,
    ...{ ecbUrl: `${url}/ecb`, viesUrl: `${url}/vies` },
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections()
        server.close(() => closed())
      }),
  }
}

export function openAuthorities({ now = () => new Date() }: { now?: () => Date } = {}): AuthoritiesSandbox {
  let behaviour: AuthoritiesBehaviour = { ratesDown: false, silent: [] }
  let questions = 0
  const router = express.Router()
  const rates =
    (count: number) =>
    (_request: express.Request, response: express.Response): void => {
      if (behaviour.ratesDown) return void response.status(503).send('down')
      response.type('text/xml').send(envelope(publishedDays(now(), count)))
    }
  router.get('/ecb/eurofxref-daily.xml', rates(1))
  router.get('/ecb/eurofxref-hist-90d.xml', rates(62))

  router.post('/vies/check-vat-number', express.json({ limit: '10kb' }), (request, response) => {
    questions += 1
    const fail = (error: string) => void response.json({ actionSucceed: false, errorWrappers: [{ error }] })
    const asked = Question.safeParse(request.body)
    if (!asked.success) return fail('INVALID_INPUT')
    const { countryCode, vatNumber, requesterMemberStateCode, requesterNumber } = asked.data
    if (behaviour.silent.includes('*')) return fail('SERVICE_UNAVAILABLE')
    if (behaviour.silent.includes(countryCode) || vatNumber.includes(viesRules.unavailable)) return fail('MS_UNAVAILABLE')
    const valid = !vatNumber.includes(viesRules.invalid)
    response.json({
      ...{ countryCode, vatNumber, requestDate: now().toISOString(), valid },
      requestIdentifier:
        requesterMemberStateCode && requesterNumber ? `WAPI${now().getTime().toString(36).toUpperCase()}${questions}` : '',
      // Germany and Spain tell nobody whose number it is
      ...(valid && !['DE', 'ES'].includes(countryCode)
        ? { name: `${countryCode} ${vatNumber} TRADING LTD`, address: '1 HIGH STREET' }
        : { name: '---', address: '---' }),
    })
  })

  router.get('/', (_request, response) => void response.json({ behaviour, questions }))
  router.put('/behaviour', express.json({ limit: '10kb' }), (request, response) => {
    const change = Behaviour.safeParse(request.body)
    if (!change.success) return void response.status(400).json({ error: 'ratesDown and silent, nothing else' })
    behaviour = { ...behaviour, ...(JSON.parse(JSON.stringify(change.data)) as Partial<AuthoritiesBehaviour>) }
    response.json(behaviour)
  })
  return {
    router,
    asked: () => questions,
    behave: (change) => (behaviour = { ...behaviour, ...change }),
  }
}
