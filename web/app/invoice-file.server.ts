import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from './ask.server'

/** The stored PDF of an invoice or credit note, to be opened in the browser or kept under its number. */
export const invoiceFile = async (args: LoaderFunctionArgs): Promise<Response> => {
  // "<id>.pdf" is one segment of the path: the router keeps the ending in the pattern, not in the value
  const documentId = String(args.params.documentId ?? args.params['documentId.pdf']).replace(/\.pdf$/, '')
  const { filename, pdf } = await ask(args, ({ invoices }, me) => invoices.file(me, { documentId }))
  return fileResponse({ filename, contentType: 'application/pdf', content: pdf, disposition: 'inline' })
}

/** The e-invoice by itself: never shown as a page, always kept as a file. */
export const invoiceXml = async (args: LoaderFunctionArgs): Promise<Response> => {
  const documentId = String(args.params.documentId ?? args.params['documentId.xml']).replace(/\.xml$/, '')
  const file = await ask(args, ({ invoices }, me) => invoices.xml(me, { documentId }))
  return fileResponse({ ...file, disposition: 'attachment' })
}

/** A file's answer: its name can't break out of the header (RFC 6266), its content is not guessed at. */
export const fileResponse = ({
  filename,
  contentType,
  content,
  disposition,
}: {
  filename: string
  contentType: string
  content: Uint8Array
  disposition: 'inline' | 'attachment'
}): Response =>
  new Response(new Uint8Array(content), {
    headers: {
      'Content-Type': contentType,
      'Content-Length': String(content.byteLength),
      'Content-Disposition': `${disposition}; filename="${filename.replace(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(filename)}`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  })

/** The same for a file that comes part by part: no more of it is in memory than the reader takes. */
export const streamedFile = ({
  filename,
  contentType,
  content,
}: {
  filename: string
  contentType: string
  content: AsyncIterable<Uint8Array>
}): Response => {
  const parts = content[Symbol.asyncIterator]()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await parts.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await parts.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'Content-Type': contentType,
      'Content-Disposition': `attachment; filename="${filename.replace(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(filename)}`,
      'Cache-Control': 'private, no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
