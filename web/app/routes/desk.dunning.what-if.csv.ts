import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { policyFrom, valuesIn } from '../dunning-form'
import { fileResponse } from '../invoice-file.server'

export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  const query = new URL(args.request.url).searchParams
  const policy = policyFrom(valuesIn(query))
  const days = Number(query.get('days') || 60)
  const { filename, csv } = await ask(args, ({ dunning }, me) => dunning.whatIfExport(me, { policy, days }))
  const content = new TextEncoder().encode(csv)
  return fileResponse({ filename, contentType: 'text/csv; charset=utf-8', content, disposition: 'attachment' })
}
