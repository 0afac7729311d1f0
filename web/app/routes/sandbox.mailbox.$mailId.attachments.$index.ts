import { data, type LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { fileResponse } from '../invoice-file.server'

/** A PDF is shown, anything else is kept: it came by mail. */
export const loader = async (args: LoaderFunctionArgs) => {
  const index = Number(args.params.index)
  if (!Number.isSafeInteger(index) || index < 0) throw data(null, { status: 404 })
  const { filename, contentType, content } = await ask(args, ({ sandbox }, me) =>
    sandbox.attachment(me, { id: String(args.params.mailId), index }),
  )
  const pdf = contentType === 'application/pdf'
  return fileResponse({
    filename,
    contentType: pdf ? contentType : 'application/octet-stream',
    content,
    disposition: pdf ? 'inline' : 'attachment',
  })
}
