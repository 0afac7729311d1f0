/**
 * VIES, the Commission's look-up of VAT identification numbers, over its REST interface (check-vat-number below
 * https://ec.europa.eu/taxation_customs/vies/rest-api). Answers are of the member states; the Commission only passes the question on.
 */
import { z } from 'zod'
import type { VatIdPort } from '../../authority-ports'
import type { VatIdAnswer } from '../../../workflows/messages/registers'

const text = z.string().max(2000).nullish()
const Found = z.object({ valid: z.boolean(), requestIdentifier: text, name: text, address: text })
const Failed = z.object({ errorWrappers: z.array(z.object({ error: z.string().max(100) })).min(1) })

/** What a member state says when it won't tell: three dashes. */
const told = (value: string | null | undefined, most: number): string | undefined => {
  const clean = (value ?? '').replace(/\p{Cc}+/gu, ' ').trim()
  return clean === '' || clean === '---' ? undefined : clean.slice(0, most)
}

const split = (vatId: string): { countryCode: string; vatNumber: string } => ({
  countryCode: vatId.slice(0, 2).toUpperCase(),
  vatNumber: vatId.slice(2).replace(/[^0-9A-Z+*]/gi, ''),
})

export const createVies = ({
  url,
  requester,
  timeoutMs = 15_000,
}: {
  url: string
  /** the house's own VAT id: then every answer has a consultation number */
  requester?: string
  timeoutMs?: number
}): VatIdPort => ({
  async check(vatId): Promise<VatIdAnswer> {
    const asking = requester ? split(requester) : undefined
    const body = {
      ...split(vatId),
      ...(asking ? { requesterMemberStateCode: asking.countryCode, requesterNumber: asking.vatNumber } : {}),
    }
    let answer: unknown
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}/check-vat-number`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      answer = await response.json()
    } catch {
      return { kind: 'unavailable', reason: 'NO_CONNECTION' }
    }
    const failed = Failed.safeParse(answer)
    if (failed.success) {
      const [{ error } = { error: 'UNKNOWN' }] = failed.data.errorWrappers
      // the number has not even the form of one: that is an answer
      return error === 'INVALID_INPUT'
        ? { kind: 'invalid' }
        : { kind: 'unavailable', reason: error.replace(/[^A-Z_]/g, '').slice(0, 60) }
    }
    const found = Found.safeParse(answer)
    if (!found.success) return { kind: 'unavailable', reason: 'UNREADABLE' }
    const { valid, requestIdentifier, name, address } = found.data
    const consultation = told(requestIdentifier, 60)
    const proof = consultation === undefined ? {} : { consultation }
    if (!valid) return { kind: 'invalid', ...proof }
    const [whose, where] = [told(name, 200), told(address, 400)]
    return {
      kind: 'valid',
      ...proof,
      ...(whose === undefined ? {} : { name: whose }),
      ...(where === undefined ? {} : { address: where }),
    }
  },
})
