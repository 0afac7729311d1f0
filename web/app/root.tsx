import fontUrl from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url'
import type { LinksFunction, LoaderFunctionArgs } from '@remix-run/node'
import { Links, Meta, Outlet, Scripts, ScrollRestoration, useLocation, useMatches } from '@remix-run/react'
import type { ReactNode } from 'react'
import './ui/kontor.css'
import { ProblemPage } from './ui/problem'
import { Shell } from './ui/shell'
import { title } from './ui/title'
import { useNonce, useViewer, type Viewer } from './ui/viewer'

export const links: LinksFunction = () => [
  { rel: 'preload', href: fontUrl, as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' },
  { rel: 'icon', href: '/favicon.svg', type: 'image/svg+xml' },
]

export async function loader({ context }: LoaderFunctionArgs): Promise<Viewer> {
  const { operations, principal, language, csrf, house } = context
  // a cart that can't be read must not take the page with it
  const cart =
    principal.cartId && principal.kind !== 'staff' ? await operations.cart.get(principal).catch(() => undefined) : undefined
  return {
    language,
    kind: principal.kind,
    ...(principal.name ? { name: principal.name } : {}),
    ...(principal.email ? { email: principal.email } : {}),
    ...(principal.staffRole ? { staffRole: principal.staffRole } : {}),
    rights: principal.rights,
    csrf: { field: csrf.field, token: csrf.token },
    cartNames: cart?.items.map(({ name }) => name) ?? [],
    sandbox: house.sandbox,
    ...(house.temporalUi ? { temporalUi: house.temporalUi } : {}),
    now: house.now(),
    // to the second: what differs by the time that the request took would be news to every page
    ahead: house.sandbox ? Math.round((Date.parse(house.now()) - Date.now()) / 1000) * 1000 : 0,
  }
}

export const meta = title('house.claim')

export function Layout({ children }: { children: ReactNode }) {
  const { language } = useViewer()
  const nonce = useNonce()
  return (
    <html lang={language}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <WithoutScript />
        <Meta />
        <Links />
      </head>
      <body>
        <Shell>{children}</Shell>
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  )
}

/** Where answers stream in, a browser without JavaScript is led to the same page in one piece: it could not put the pieces in place. */
function WithoutScript() {
  const { pathname, search } = useLocation()
  const query = new URLSearchParams(search)
  const streams = useMatches().some(({ handle, data }) => (handle as Handle | undefined)?.streams?.(data) === true)
  if (!streams || query.has('whole')) return null
  query.set('whole', '1')
  return (
    <noscript>
      <meta httpEquiv="refresh" content={`0;url=${pathname}?${query.toString()}`} />
    </noscript>
  )
}

/** What a route says about itself to the frame. */
export interface Handle {
  /** its data arrives in pieces */
  streams?: (data: unknown) => boolean
}

export default function Root() {
  return <Outlet />
}

export const ErrorBoundary = ProblemPage
