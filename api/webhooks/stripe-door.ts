/** POST /webhooks/stripe. What is not signed by the provider changes nothing and leaves an audit row. */
import express, { Router, type Request, type Response } from 'express'
import type { PrismaClient } from '../../prisma/client/client'
import { problemOf } from '../operations/problems'
import type { Operations } from '../operations/types'
import { readStripeEvent } from './stripe'

interface Needs {
  secret: string
  operations: Pick<Operations, 'reports'>
  prisma: PrismaClient
  log(error: unknown, request: Request): void
}

export function createStripeDoor({ secret, operations, prisma, log }: Needs): Router {
  const router = Router()

  async function receive(request: Request, response: Response): Promise<void> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const signature = request.get('stripe-signature')
    const event = readStripeEvent({ body, signature, secret })
    if (event.kind !== 'event') {
      await prisma.auditEntry.create({
        data: {
          operation: 'reports.stripeEvent',
          ip: request.ip ?? null,
          after: { outcome: 'refused', why: event.kind, bytes: body.length },
        },
      })
      return void response.status(400).json({ received: false, why: event.kind })
    }
    const { kind: _kind, ...told } = event
    try {
      const { kind } = await operations.reports.stripeEvent(told)
      if (kind === 'early') return void response.status(503).json({ received: false, kind })
      response.json({ received: true, kind })
    } catch (error) {
      log(error, request)
      // the provider sends it again
      response.status(problemOf(error)?.status ?? 500).json({ received: false })
    }
  }

  router.post('/', express.raw({ type: () => true, limit: '1mb' }), (request, response, next) => {
    receive(request, response).catch(next)
  })
  return router
}
