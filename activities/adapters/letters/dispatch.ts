/**
 * A letter service over HTTP: it prints and posts PDFs (INV-06). The shape (Idempotency-Key, JSON with the PDF in base64, a reference and a progress) is that of
 * the German services' APIs; the sandbox speaks it too.
 */
import { z } from 'zod'
import { money } from '../../../workflows/policy/money'
import { refused, unavailable } from '../../failures'
import type { LetterPort, LetterStanding } from '../../world'

const Standing = z.object({
  reference: z.string().min(1).max(100),
  progress: z.enum(['queued', 'printed', 'sent', 'undeliverable']),
  price: z.int().min(0).max(1_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/),
})
const Refusal = z.object({ code: z.string().max(100), error: z.string().max(1000) })

export function createLetterService({
  url,
  token,
  timeoutMs = 30_000,
}: {
  url: string
  token: string
  timeoutMs?: number
}): LetterPort {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    let answer: Response
    try {
      answer = await fetch(`${url.replace(/\/$/, '')}${path}`, {
        ...{ ...init, headers },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch {
      throw unavailable('letters', 'The letter service does not answer')
    }
    if (answer.status >= 500 || answer.status === 429 || answer.status === 401)
      throw unavailable('letters', `The letter service answers ${answer.status}`)
    return answer
  }
  const read = async <T>(answer: Response, schema: z.ZodType<T>): Promise<T> => {
    const parsed = schema.safeParse(await answer.json().catch(() => undefined))
    if (!parsed.success) throw unavailable('letters', 'The letter service answers something else than was agreed')
    return parsed.data
  }
  const standing = async (answer: Response): Promise<LetterStanding> => {
    const { reference, progress, price, currency } = await read(answer, Standing)
    return { reference, progress, price: money(price, currency) }
  }
  const maybe = async (path: string): Promise<LetterStanding | undefined> => {
    const answer = await ask(path)
    if (answer.status === 404) return undefined
    if (!answer.ok) throw unavailable('letters', `The letter service answers ${answer.status}`)
    return standing(answer)
  }
  return {
    async submit({ key, recipient, pdf }) {
      const answer = await ask('/letters', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ recipient, pdf: Buffer.from(pdf).toString('base64') }),
      })
      if (answer.ok) return standing(answer)
      const { code, error } = await read(answer, Refusal)
      throw refused('letter-refused', `${code}: ${error}`.slice(0, 300))
    },
    find: (key) => maybe(`/letters?key=${encodeURIComponent(key)}`),
    standing: (reference) => maybe(`/letters/${encodeURIComponent(reference)}`),
  }
}
