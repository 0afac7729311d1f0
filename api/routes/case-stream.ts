/** News of one case as server-sent events: GET /api/v1/cases/:id/stream. `data: {"seq":n}` each time its row changed. */
import type { NextFunction, Request, Response } from 'express'
import type { FindAsker } from '../asker'
import { problemOf } from '../operations/problems'
import type { Operations } from '../operations/types'
import { problemJson, sendProblem } from '../problem-json'
import { said } from '../../workflows/policy/said'

const beatEvery = 20_000
const mostPerPerson = 20

export interface CaseStreams {
  handle(request: Request, response: Response, next: NextFunction): void
  /** Ends every stream, so that the server can stop. */
  close(): void
}

export function createCaseStreams({ operations, findAsker }: { operations: Operations; findAsker: FindAsker }): CaseStreams {
  const open = new Map<AbortController, string>()

  async function stream(request: Request, response: Response): Promise<void> {
    const { principal, language, brought } = await findAsker(request)
    const person = principal.userId ?? principal.ip
    if ([...open.values()].filter((one) => one === person).length >= mostPerPerson) {
      const reason = said('problem.too-many', { minutes: 1 })
      return sendProblem(response, problemJson(language, { problem: 'too-many', status: 429, reason, retryAfterSeconds: 60 }))
    }
    const end = new AbortController()
    open.set(end, person)
    response.on('close', () => end.abort())
    const caseId = String(request.params['id'])
    // rights are looked at again with every beat: who was logged out hears no more
    const beat = setInterval(() => {
      if (response.headersSent) response.write(': still here\n\n')
      operations.account
        .principalOf({ ip: principal.ip, token: brought.session })
        .then((now) => (now.sessionId === principal.sessionId && now.kind !== 'visitor' ? undefined : end.abort()))
        .catch(() => undefined)
    }, beatEvery)
    try {
      const changes = await operations.cases.changes(principal, { caseId, signal: end.signal })
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      })
      response.write('retry: 2000\n\n')
      for await (const { seq } of changes) response.write(`data: ${JSON.stringify({ seq })}\n\n`)
    } catch (error) {
      const problem = problemOf(error)
      if (response.headersSent) return
      if (!problem) throw error
      sendProblem(response, problemJson(language, { ...problem }))
    } finally {
      clearInterval(beat)
      open.delete(end)
      response.end()
    }
  }

  return {
    handle(request, response, next) {
      stream(request, response).catch(next)
    },
    close() {
      for (const end of open.keys()) end.abort()
    },
  }
}
