/** POST /webhooks/mail: a mail server reports what did not arrive, as it would mail it back (RFC 3464). Only with the house's token. */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { Router, type Request, type Response } from 'express'
import type { PrismaClient } from '../../prisma/client/client'
import type { Operations } from '../operations/types'
import { readDeliveryReport } from './delivery-report'

interface Needs {
  /** empty: nobody is let in */
  token: string
  operations: Pick<Operations, 'reports'>
  prisma: PrismaClient
  log(error: unknown, request: Request): void
}

const digest = (text: string) => createHash('sha256').update(text).digest()

export function createMailDoor({ token, operations, prisma, log }: Needs): Router {
  const router = Router()

  async function receive(request: Request, response: Response): Promise<void> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    if (!token || !timingSafeEqual(digest(request.get('authorization') ?? ''), digest(`Bearer ${token}`))) {
      await prisma.auditEntry.create({
        data: { operation: 'reports.mailReport', ip: request.ip ?? null, after: { outcome: 'refused', bytes: body.length } },
      })
      return void response.status(401).json({ received: false })
    }
    const read = await readDeliveryReport(body)
    if (!read) return void response.status(422).json({ received: false, why: 'no report of a failed mail' })
    const { messageId, status, diagnostic } = read
    try {
      const { kind } = await operations.reports.mailReport({ messageId, report: `${status} ${diagnostic}`.trim() })
      if (kind === 'early') return void response.status(503).json({ received: false, kind })
      response.json({ received: true, kind })
    } catch (error) {
      log(error, request)
      // it is told again
      response.status(500).json({ received: false })
    }
  }

  router.post('/', express.raw({ type: () => true, limit: '1mb' }), (request, response, next) => {
    receive(request, response).catch(next)
  })
  return router
}
