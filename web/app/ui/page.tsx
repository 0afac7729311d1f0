import { Link, NavLink, useLocation, useMatches } from '@remix-run/react'
import { useEffect, useRef, type ReactNode } from 'react'
import type { Section } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { Icon, type IconName } from './icon'
import { useMay } from './viewer'

/** One page: its heading, what it is for, what one can do, then the content. */
export function Page({
  title,
  lead,
  actions,
  back,
  width = 'wide',
  children,
}: {
  title: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  /** where one came from */
  back?: { to: string; title: string }
  width?: 'narrow' | 'reading' | 'wide'
  children?: ReactNode
}) {
  return (
    <div className={`page page--${width}`}>
      <div className="stack">
        {back ? (
          <Link to={back.to} className="row small page__back">
            <Icon name="back" size={16} />
            {back.title}
          </Link>
        ) : null}
        <div className="page__head">
          <div>
            <h1>{title}</h1>
            {lead ? <div className="lead">{lead}</div> : null}
          </div>
          {actions ? <div className="page__actions">{actions}</div> : null}
        </div>
      </div>
      {children}
    </div>
  )
}

export interface MenuEntry {
  to: string
  title: string
  icon: IconName
  /** shown only to who may see this section; absent: to everybody */
  section?: Section
  /** the entry of the surface's own start page */
  end?: boolean
  /** pages elsewhere that belong to this entry */
  also?: string
  /** served beside the pages (the queue board): the browser loads it anew */
  outside?: boolean
}

/** A surface with its side menu (account, desk): only the sections that the reader holds. `dense` where staff work. */
export function WithMenu({
  title,
  entries,
  dense = false,
  children,
}: {
  title: string
  entries: MenuEntry[]
  dense?: boolean
  children: ReactNode
}) {
  const may = useMay()
  const list = useRef<HTMLUListElement>(null)
  const { pathname } = useLocation()
  // on a phone the menu is a strip: the present page's entry is brought into sight
  useEffect(() => {
    const strip = list.current
    const here = strip?.querySelector<HTMLElement>('[aria-current=page]')
    if (strip && here) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2
  }, [pathname])
  return (
    <div className={dense ? 'with-menu dense' : 'with-menu'}>
      <nav className="side" aria-label={title}>
        <p className="side__title">{title}</p>
        <ul ref={list}>
          {entries
            .filter(({ section }) => !section || may(section))
            .map(({ to, title: entry, icon, end, outside, also }) => {
              const shown = (
                <>
                  <Icon name={icon} />
                  {entry}
                </>
              )
              return (
                <li key={to}>
                  {also && pathname.startsWith(also) ? (
                    <Link to={to} className="tab" prefetch="intent" aria-current="page">
                      {shown}
                    </Link>
                  ) : (
                    <NavLink
                      to={to}
                      className="tab"
                      {...(outside ? { reloadDocument: true } : { prefetch: 'intent' })}
                      {...(end ? { end } : {})}
                    >
                      {shown}
                    </NavLink>
                  )}
                </li>
              )
            })}
        </ul>
      </nav>
      <div>{children}</div>
    </div>
  )
}

/** The numbered way through an assistant. */
export function Way({ label, steps, at }: { label: string; steps: string[]; at: number }) {
  const t = useText()
  return (
    <ol className="way" aria-label={label}>
      {steps.map((step, position) => (
        <li key={step} aria-current={position === at ? 'step' : undefined} data-done={position < at || undefined}>
          {step}
          {position < at ? <span className="aloud"> – {t('step.done')}</span> : null}
        </li>
      ))}
    </ol>
  )
}

/** Whether this page belongs to a surface, by its path. */
export const useSurface = (): 'shop' | 'account' | 'desk' | 'sandbox' => {
  const path = useMatches().at(-1)?.pathname ?? '/'
  const first = path.split('/')[1]
  return first === 'account' || first === 'desk' || first === 'sandbox' ? first : 'shop'
}
