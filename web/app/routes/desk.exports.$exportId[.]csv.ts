import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { streamedFile } from '../invoice-file.server'

export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  const exportId = String(args.params.exportId ?? args.params['exportId.csv']).replace(/\.csv$/, '')
  return streamedFile(await ask(args, ({ exports }, me) => exports.file(me, { exportId })))
}
