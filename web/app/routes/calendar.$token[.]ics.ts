import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'

/** A calendar program asks here every few hours: whoever knows the address may read, so the answer goes into no shared cache and names no referrer. */
export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  // "<token>.ics" is one segment of the path: the router keeps the ending in the pattern or in the value
  const token = String(args.params.token ?? args.params['token.ics']).replace(/\.ics$/, '')
  const { ics } = await ask(args, ({ forecast }, me) => forecast.byToken(me, { token })).catch((error: unknown) => {
    // an address that was never one looks like one that was revoked
    if (error instanceof Response && error.status === 400) throw new Response(null, { status: 404 })
    throw error
  })
  return new Response(ics, {
    headers: {
      'Content-Type': 'text/calendar; charset=utf-8',
      'Cache-Control': 'private, no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Robots-Tag': 'noindex',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
