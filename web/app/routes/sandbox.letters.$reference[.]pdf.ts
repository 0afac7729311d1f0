import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { fileResponse } from '../invoice-file.server'

export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  const reference = String(args.params.reference ?? args.params['reference.pdf']).replace(/\.pdf$/, '')
  const file = await ask(args, ({ sandbox }, me) => sandbox.letterPdf(me, { reference }))
  return fileResponse({ ...file, disposition: 'inline' })
}
