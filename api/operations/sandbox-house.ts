import { NotFound, Unavailable } from './problems'

/** The sandboxes' controls over HTTP (sandbox/main.ts). */
export interface SandboxHouse {
  /** undefined: 404 */
  get(path: string): Promise<Response | undefined>
  send(method: 'POST' | 'PATCH', path: string, body: unknown): Promise<void>
}

export function createSandboxHouse(url: string): SandboxHouse {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(5_000), redirect: 'error' }).catch(
      (error: unknown) => {
        throw new Unavailable(undefined, error)
      },
    )
    if (answer.status >= 500) throw new Unavailable()
    return answer
  }
  return {
    async get(path) {
      const answer = await ask(path, {})
      return answer.ok ? answer : undefined
    },
    async send(method, path, body) {
      const headers = { 'content-type': 'application/json' }
      const answer = await ask(path, { method, headers, body: JSON.stringify(body) })
      if (!answer.ok) throw new NotFound()
    },
  }
}
