import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'

/** A statement as the sandbox bank wrote it: to hand in by hand. */
export const loader = async (args: LoaderFunctionArgs) => {
  const { name, content } = await ask(args, ({ sandbox }, me) => sandbox.bankFile(me, { fileId: String(args.params['fileId']) }))
  return new Response(content, {
    headers: {
      'content-type': 'application/xml',
      'content-disposition': `attachment; filename="${name.replace(/[^A-Za-z0-9._-]/g, '_')}"`,
      'cache-control': 'no-store',
    },
  })
}
