import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'

/** The mail's HTML alone, for the frame: it may look as it likes, and do nothing. Its links lead out of the frame. */
export const loader = async (args: LoaderFunctionArgs) => {
  const { html } = await ask(args, ({ sandbox }, me) => sandbox.mail(me, { id: String(args.params.mailId) }))
  const leading = '<base target="_top">'
  const framed = /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + leading) : leading + html
  return new Response(framed, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
      'X-Frame-Options': 'SAMEORIGIN',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  })
}
