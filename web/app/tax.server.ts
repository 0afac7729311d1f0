import { data, redirect, type ActionFunctionArgs } from '@remix-run/node'
import type { Operations } from '../../api/operations/types'
import { askQuietly } from './ask.server'
import { message } from './message'
import { textOf } from './parse'

/** What the page about VAT id and currency sends, of the customer itself or from the desk. */
export const changeTax = async (args: ActionFunctionArgs, whose: { customerId?: string }, here: string) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const acts: Record<string, (tax: Operations['tax'], me: Parameters<Operations['tax']['view']>[0]) => Promise<unknown>> = {
    'vat-id': (tax, me) => tax.setVatId(me, { ...whose, vatId: text('vatId') || undefined }),
    ask: (tax, me) => tax.ask(me, whose),
    currency: (tax, me) => tax.setCurrency(me, { ...whose, currency: text('currency') }),
  }
  const act = acts[text('intent')]
  if (!act) throw data(null, { status: 400 })
  const asked = await askQuietly(args, ({ tax }, me) => act(tax, me))
  if ('answer' in asked) return redirect(`${here}?done=${text('intent')}`, 303)
  const { problem } = asked
  const wrong = problem.problem === 'invalid' ? Object.values(problem.fields).map(message) : [message(problem.reason)]
  return data({ wrong, given: text('vatId') }, { status: problem.status })
}
