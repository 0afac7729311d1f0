/** Storno (INV-07) and credit notes by hand (INV-08). An issued invoice stays as it is: what is wrong with it is taken back by a document of its own. */
import { z } from 'zod'
import type { Prisma } from '../../prisma/client/client'
import { correctable, refundsFor } from '../../prisma/correctable'
import type { CorrectionInput } from '../../workflows/messages/document-correction'
import { cancellationOf, creditedTo, creditOf } from '../../workflows/policy/correction'
import { money } from '../../workflows/policy/money'
import type { Context } from './context'
import { present } from './customer-view'
import type { CorrectionOperations } from './document-types'
import { id, reasonText } from './input'
import { defineOperation } from './operation'
import { byOf } from './orders'
import { Invalid, NotFound, Unavailable } from './problems'
import type { Late, Principal } from './types'

const desk = { section: 'invoices', who: ['staff'] } as const
const linesInput = z
  .array(z.object({ position: z.coerce.number().int().min(1), net: z.coerce.number().int().min(0).max(1_000_000_000) }))
  .min(1)
  .max(2000)

const back = z.enum(['balance', 'original']).optional()

export const corrections = {
  preview: defineOperation({
    ...desk,
    name: 'corrections.preview',
    summary: 'What a Storno (no `lines`) or a credit note would take back, and where its money goes. Nothing is issued.',
    right: 'see',
    input: z.object({ documentId: id, lines: linesInput.optional() }),
    rest: { method: 'post', path: '/invoices/{documentId}/corrections/preview' },
    run: (ctx, _, { documentId, lines }): ReturnType<CorrectionOperations['preview']> =>
      ctx.record(async (record) => {
        const invoice = await record.document.findFirst({
          where: { id: documentId, kind: 'INVOICE' },
          select: { currency: true, dueOn: true },
        })
        if (!invoice) throw new NotFound()
        const state = await correctable(record, documentId)
        const drawn = lines === undefined ? cancellationOf(state) : creditOf(state, lines)
        if (drawn.kind === 'refused') {
          if (drawn.position !== undefined) throw new Invalid({ [`lines.${drawn.position}`]: drawn.reason })
          return { kind: 'late', reason: drawn.reason }
        }
        const of = (amount: number) => money(amount, invoice.currency)
        const open = invoice.dueOn === null ? 0 : state.open
        const { settled, toBalance } = creditedTo(drawn.gross, open)
        return {
          kind: 'drawn',
          preview: {
            lines: drawn.lines.map(({ correctsPosition, text, net, vat, vatRate }) => ({
              ...{ position: correctsPosition, text, vatRate, net: of(net), vat: of(vat) },
            })),
            ...{ net: of(drawn.net), vat: of(drawn.vat), gross: of(drawn.gross) },
            ...{ settled: of(settled), toBalance: of(toBalance), open: of(open - settled) },
            refunds: (await refundsFor(record, { key: '', documentId, toBalance })).map(({ label, amount }) => ({
              label,
              amount: of(amount),
            })),
          },
        }
      }),
  }),

  cancel: defineOperation({
    ...desk,
    name: 'corrections.cancel',
    summary:
      'Storno: takes a whole invoice back by a document of its own number. What was paid goes to the balance, or (`back`: original) to the cards and PayPal it came from as far as they can take it.',
    right: 'edit',
    input: z.object({ key: id, documentId: id, reason: reasonText, billAgain: z.boolean(), back }),
    rest: { method: 'post', path: '/invoices/{documentId}/cancellation' },
    run: (ctx, principal, { key, documentId, reason, billAgain, back }): ReturnType<CorrectionOperations['cancel']> =>
      issue(ctx, principal, key, { documentId, reason, ...present({ back }), correction: { kind: 'cancellation', billAgain } }),
  }),

  credit: defineOperation({
    ...desk,
    name: 'corrections.credit',
    summary: 'Credit note: takes lines of an invoice back, in full or in part (net, minor units).',
    right: 'edit',
    input: z.object({ key: id, documentId: id, reason: reasonText, lines: linesInput, back }),
    rest: { method: 'post', path: '/invoices/{documentId}/credit-notes' },
    run: (ctx, principal, { key, documentId, reason, lines, back }): ReturnType<CorrectionOperations['credit']> =>
      issue(ctx, principal, key, { documentId, reason, ...present({ back }), correction: { kind: 'credit-note', lines } }),
  }),
}

async function issue(
  ctx: Context,
  principal: Principal,
  key: string,
  asked: Omit<CorrectionInput, 'by'>,
): Promise<{ kind: 'issued'; documentId: string; number: string } | Late> {
  const { documentId, reason, correction } = asked
  const found = await ctx.record((record) =>
    record.document.findFirst({ where: { id: documentId, kind: 'INVOICE' }, select: { number: true, currency: true } }),
  )
  if (!found) throw new NotFound()
  if (!ctx.corrections) throw new Unavailable()
  const answer = await ctx.corrections.issue(key, { ...asked, by: byOf(principal) })
  if (answer.kind === 'refused') {
    if (answer.position !== undefined) throw new Invalid({ [`lines.${answer.position}`]: answer.reason })
    return { kind: 'late', reason: answer.reason }
  }
  // told twice it is noted twice: what was asked is worth a row each time
  await ctx.note({
    subject: documentId,
    after: {
      ...{ number: answer.number, corrects: found.number, reason },
      ...{ correction: { ...correction } as Prisma.InputJsonObject, currency: found.currency },
    },
  })
  return answer
}
