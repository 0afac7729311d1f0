import { useRouteLoaderData } from '@remix-run/react'
import { createContext, useContext } from 'react'
import type { Principal, Section } from '../../../api/operations/types'
import type { Language } from '../texts/texts'

/** What the root loader tells every page about who reads it. */
export interface Viewer {
  language: Language
  kind: Principal['kind']
  name?: string
  email?: string
  staffRole?: Principal['staffRole']
  rights: Principal['rights']
  csrf: { field: string; token: string }
  /** names in the cart, A-labels */
  cartNames: string[]
  /** the demo counterparties' pages are there */
  sandbox: boolean
  temporalUi?: string
  /** the house's clock when it answered: relative times start equal on both sides */
  now: string
  /** by how many milliseconds the house is ahead of the wall (/sandbox/clock) */
  ahead: number
}

const languageOfDocument = (): Language =>
  typeof document !== 'undefined' && document.documentElement.lang === 'en' ? 'en' : 'de'

/** Who reads. When even the root failed, a visitor without rights. */
export const useViewer = (): Viewer => {
  const loaded: unknown = useRouteLoaderData('root')
  const known = loaded as Viewer | undefined
  const fallback = useContext(FallbackLanguage)
  return (
    known ?? {
      language: fallback ?? languageOfDocument(),
      kind: 'visitor',
      rights: {},
      csrf: { field: 'csrf', token: '' },
      cartNames: [],
      sandbox: false,
      now: new Date(0).toISOString(),
      ahead: 0,
    }
  )
}

/** The request's language, for the page that says the root itself failed. Set by entry.server. */
export const FallbackLanguage = createContext<Language | undefined>(undefined)

/** For inline scripts; empty in the browser, which hides it. Set by entry.server. */
export const Nonce = createContext<string | undefined>(undefined)
export const useNonce = (): string | undefined => useContext(Nonce)

/** Whether the reader holds a section. Only for what is shown: operations decide by themselves. */
export const useMay = (): ((section: Section, right?: 'see' | 'edit') => boolean) => {
  const { rights } = useViewer()
  return (section, right = 'see') => rights[section] === 'edit' || rights[section] === right
}
