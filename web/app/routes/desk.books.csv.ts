import type { LoaderFunctionArgs } from '@remix-run/node'
import type { BooksReport } from '../../../api/operations/books-types'
import { ask } from '../ask.server'
import { fileResponse } from '../invoice-file.server'

/** Any report as a file: the URL says which, and how it is filtered; the operation looks at both. */
export const loader = async (args: LoaderFunctionArgs): Promise<Response> => {
  const asked = Object.fromEntries([...new URL(args.request.url).searchParams].filter(([, value]) => value !== ''))
  const { page: _, pageSize: __, ...wish } = asked
  const { filename, csv } = await ask(args, ({ books }, me) =>
    books.export(me, { ...wish, report: asked['report'] as BooksReport }),
  )
  const content = new TextEncoder().encode(csv)
  return fileResponse({ filename, contentType: 'text/csv; charset=utf-8', content, disposition: 'attachment' })
}
