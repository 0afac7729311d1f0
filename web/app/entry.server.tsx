import { PassThrough } from 'node:stream'
import { createReadableStreamFromReadable, type AppLoadContext, type EntryContext } from '@remix-run/node'
import { RemixServer } from '@remix-run/react'
import { isbot } from 'isbot'
import { renderToPipeableStream } from 'react-dom/server'
import './texts/de'
import './texts/en'
import { FallbackLanguage, Nonce } from './ui/viewer'

/** Longer than any registry may take to answer a search (operations give up after their own limit). */
export const streamTimeout = 15_000

/** Pages go out as they are rendered: the frame at once, what a registry still has to say when it says it. Machines get all at once. */
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remix: EntryContext,
  { cspNonce, language }: AppLoadContext,
): Promise<Response> {
  const whole = isbot(request.headers.get('user-agent') ?? '')
  headers.set('Content-Type', 'text/html; charset=utf-8')
  return new Promise((resolve, reject) => {
    let begun = false
    const { pipe, abort } = renderToPipeableStream(
      <Nonce.Provider value={cspNonce}>
        <FallbackLanguage.Provider value={language}>
          <RemixServer context={remix} url={request.url} nonce={cspNonce} />
        </FallbackLanguage.Provider>
      </Nonce.Provider>,
      {
        nonce: cspNonce,
        [whole ? 'onAllReady' : 'onShellReady']() {
          begun = true
          const body = new PassThrough()
          resolve(new Response(createReadableStreamFromReadable(body), { headers, status }))
          pipe(body)
        },
        onShellError: reject,
        onError(error) {
          status = 500
          if (begun) console.error('A part of a page failed', { path: new URL(request.url).pathname, error })
        },
      },
    )
    setTimeout(abort, streamTimeout + 1000).unref()
  })
}
