import { isRouteErrorResponse, type MetaFunction } from '@remix-run/react'
import { textIn, type Language, type TextKey } from '../texts/texts'
import type { Viewer } from './viewer'

/** A page's title from its texts: `export const meta = title('shop.prices.title')`, or from what its loader answered. */
export const title =
  <Data = unknown>(
    key: TextKey,
    values?: (data: Data, params: Record<string, string | undefined>) => Record<string, string>,
  ): MetaFunction =>
  ({ matches, data, params, error }) => {
    const root = matches.find((match) => match.id === 'root')?.data as Viewer | undefined
    const t = textIn(root?.language ?? fallback())
    if (error) return [{ title: t('house.title', { page: t(errorTitle(error)) }) }]
    return [{ title: t('house.title', { page: t(key, data === undefined ? {} : values?.(data as Data, params)) }) }]
  }

const errorTitle = (error: unknown): TextKey => {
  const status = isRouteErrorResponse(error) ? error.status : 500
  return status === 404 ? 'error.not-found.title' : status === 403 ? 'error.forbidden.title' : 'error.title'
}

const fallback = (): Language => (typeof document !== 'undefined' && document.documentElement.lang === 'en' ? 'en' : 'de')
