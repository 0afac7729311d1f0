import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { fileResponse } from '../invoice-file.server'

export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  const { filename, csv } = await ask(args, ({ dunning }, me) => dunning.export(me, { runId: String(args.params.runId) }))
  const content = new TextEncoder().encode(csv)
  return fileResponse({ filename, contentType: 'text/csv; charset=utf-8', content, disposition: 'attachment' })
}
