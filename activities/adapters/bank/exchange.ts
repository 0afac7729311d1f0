/**
 * A bank's file exchange over HTTP: orders go in, files come out, each told by its own id. It is the shape of EBICS without its envelope (upload of CDD
 * orders, download of C53 and C54), as the sandbox bank and several banks' corporate APIs speak it.
 */
import { z } from 'zod'
import { said } from '../../../workflows/policy/said'
import { unavailable } from '../../failures'
import type { BankPort } from '../../world'

const Taken = z.object({ reference: z.string().min(1).max(100) })
const Refused = z.object({ error: z.string().max(1000) })
const Listed = z.object({
  files: z.array(z.object({ id: z.string().regex(/^[A-Za-z0-9._-]{1,80}$/), name: z.string().max(200) })).max(1000),
})

const mostBytes = 64 * 1024 * 1024

export function createBankExchange({
  url,
  token,
  timeoutMs = 30_000,
}: {
  url: string
  token: string
  timeoutMs?: number
}): BankPort {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    let answer: Response
    try {
      answer = await fetch(`${url.replace(/\/$/, '')}${path}`, {
        ...init,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch {
      throw unavailable('bank', 'The bank does not answer')
    }
    if (answer.status >= 500 || answer.status === 429 || answer.status === 401)
      throw unavailable('bank', `The bank answers ${answer.status}`)
    return answer
  }
  const parsed = async <T>(answer: Response, schema: z.ZodType<T>): Promise<T> => {
    const read = schema.safeParse(await answer.json().catch(() => undefined))
    if (!read.success) throw unavailable('bank', 'The bank answers something else than was agreed')
    return read.data
  }
  return {
    async submitDirectDebits({ messageId, xml }) {
      const answer = await ask(`/orders/cdd/${encodeURIComponent(messageId)}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/xml' },
        body: xml,
      })
      if (answer.ok) return { kind: 'taken', ...(await parsed(answer, Taken)) }
      const { error } = await parsed(answer, Refused)
      return { kind: 'refused', reason: said('bank.order-refused', { text: error.slice(0, 300) }) }
    },

    async filesAfter(after) {
      const answer = await ask(`/files?after=${encodeURIComponent(after ?? '')}`)
      if (!answer.ok) throw unavailable('bank', `The bank answers ${answer.status}`)
      return (await parsed(answer, Listed)).files
    },

    async file(id) {
      const answer = await ask(`/files/${encodeURIComponent(id)}`)
      if (!answer.ok) throw unavailable('bank', `The bank answers ${answer.status}`)
      if (Number(answer.headers.get('content-length') ?? 0) > mostBytes)
        throw unavailable('bank', 'The bank sends a file that is too large')
      return new Uint8Array(await answer.arrayBuffer())
    },
  }
}
