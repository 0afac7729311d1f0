import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { fileResponse } from '../invoice-file.server'

export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  const { filename, ics } = await ask(args, ({ forecast }, me) => forecast.calendar(me, {}))
  const content = new TextEncoder().encode(ics)
  return fileResponse({ filename, contentType: 'text/calendar; charset=utf-8', content, disposition: 'attachment' })
}
