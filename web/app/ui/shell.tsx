import { Link, NavLink, useLocation, useNavigation } from '@remix-run/react'
import { useEffect, useRef, type ReactNode } from 'react'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Form } from './form'
import { Icon, Sign, type IconName } from './icon'
import { useSurface } from './page'
import { Palette } from './palette'
import { Clock } from './time'
import { useMay, useViewer } from './viewer'

interface Place {
  to: string
  text: TextKey
  icon: IconName
  surface: 'shop' | 'account' | 'desk' | 'sandbox'
  end?: boolean
}

/** The surfaces open to the reader. */
const usePlaces = (): Place[] => {
  const { kind, sandbox } = useViewer()
  const places: (Place | false)[] = [
    { to: '/', text: 'shell.search', icon: 'search', surface: 'shop', end: true },
    { to: '/prices', text: 'shell.prices', icon: 'list', surface: 'shop' },
    kind === 'customer' && { to: '/account', text: 'shell.account', icon: 'user', surface: 'account' },
    kind === 'staff' && { to: '/desk', text: 'shell.desk', icon: 'desk', surface: 'desk' },
    sandbox && { to: '/sandbox', text: 'shell.sandbox', icon: 'flask', surface: 'sandbox' },
  ]
  return places.filter((place): place is Place => place !== false)
}

/** Header, page, footer: the same on all surfaces. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useText()
  const { sandbox } = useViewer()
  const navigation = useNavigation()
  const stage = useRef<HTMLElement>(null)
  const { pathname, search } = useLocation()
  const first = useRef(true)
  // the address changes before the page does: whoever looks from outside reads here which one is on the screen
  useEffect(() => {
    document.documentElement.dataset['page'] = window.location.pathname + window.location.search
  }, [pathname, search])
  // a new page is announced by moving the focus to it, as a browser does without JavaScript
  useEffect(() => {
    if (!first.current) stage.current?.focus({ preventScroll: true })
    first.current = false
  }, [pathname])
  return (
    <Clock>
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      {navigation.state === 'loading' ? <div className="loading-bar" aria-hidden="true" /> : null}
      <Masthead />
      <main className="stage" id="content" tabIndex={-1} ref={stage}>
        {children}
      </main>
      <footer className="foot">
        <div className="foot__row">
          <p>{t(sandbox ? 'shell.sandbox-note' : 'shell.foot')}</p>
          <LanguageSwitch />
        </div>
      </footer>
      <Palette />
    </Clock>
  )
}

function Masthead() {
  const t = useText()
  const surface = useSurface()
  const viewer = useViewer()
  const places = usePlaces()
  const { pathname, search } = useLocation()
  const may = useMay()
  const next =
    pathname === '/login' || pathname === '/signup' ? '' : `?${new URLSearchParams({ next: pathname + search }).toString()}`
  return (
    <header className="masthead">
      <div className="masthead__row">
        <Link to="/" className="brand" aria-label={`${t('house.name')} – ${t('house.claim')}`}>
          <Sign />
          <span className="brand__name">{t('house.name')}</span>
        </Link>
        <nav className="only-wide" aria-label={t('shell.navigation')}>
          {places.map((place) => (
            <NavLink
              key={place.to}
              to={place.to}
              end={place.end === true}
              className="tab"
              prefetch="intent"
              aria-current={place.surface === surface && place.surface !== 'shop' ? 'true' : undefined}
            >
              {t(place.text)}
            </NavLink>
          ))}
        </nav>
        <div className="masthead__end">
          {viewer.kind === 'staff' ? null : (
            <NavLink to="/cart" className="tab" aria-label={t('shell.cart-count', { count: viewer.cartNames.length })}>
              <Icon name="cart" size={20} />
              {/* the space parts the words for who hears them: the label says the same, and more */}
              <span className="only-wide">{t('shell.cart')}</span>{' '}
              {viewer.cartNames.length > 0 ? <span className="count">{viewer.cartNames.length}</span> : null}
            </NavLink>
          )}
          {viewer.kind === 'visitor' ? (
            <>
              <NavLink to={`/login${next}`} className="tab">
                {t('shell.login')}
              </NavLink>
              <NavLink to="/signup" className="button button--small only-wide">
                {t('shell.signup')}
              </NavLink>
            </>
          ) : (
            <Menu
              key={pathname + (viewer.name ?? '')}
              summary={
                <>
                  <span className="only-wide contents">
                    <Icon name="user" size={20} />
                  </span>
                  <span className="user-name">{viewer.name}</span>
                  <Icon name="chevron" size={16} />
                </>
              }
            >
              <div className="menu__who">
                <p className="small soft">{t('shell.signed-in')}</p>
                <p className="strong">{viewer.name}</p>
                <p className="small soft">{viewer.email}</p>
                {viewer.staffRole ? <p className="small soft">{t(`shell.staff.${viewer.staffRole}`)}</p> : null}
              </div>
              {viewer.kind === 'customer' && may('orders') ? (
                <MenuLink to="/account/orders" icon="list" text="section.orders" />
              ) : null}
              {viewer.kind === 'customer' && may('names') ? (
                <MenuLink to="/account/names" icon="globe" text="section.names" />
              ) : null}
              {viewer.kind === 'customer' ? <MenuLink to="/account" icon="user" text="shell.account" /> : null}
              {viewer.kind === 'staff' ? <MenuLink to="/desk" icon="desk" text="shell.desk" /> : null}
              <LogoutButton />
            </Menu>
          )}
          <div className="only-wide">
            <LanguageSwitch />
          </div>
          <Menu key={`menu ${pathname}`} className="only-narrow" summary={<Icon name="menu" size={22} label={t('shell.menu')} />}>
            {places.map((place) => (
              <MenuLink key={place.to} to={place.to} icon={place.icon} text={place.text} />
            ))}
            {viewer.kind === 'visitor' ? <MenuLink to="/signup" icon="user" text="shell.signup" /> : null}
            <LanguageSwitch />
          </Menu>
        </div>
      </div>
    </header>
  )
}

const MenuLink = ({ to, icon, text }: { to: string; icon: IconName; text: TextKey }) => {
  const t = useText()
  return (
    <NavLink to={to} end className="tab">
      <Icon name={icon} />
      {t(text)}
    </NavLink>
  )
}

/** A menu on <details>: it opens without JavaScript; with it, Escape and a click elsewhere close it. */
function Menu({ summary, className = '', children }: { summary: ReactNode; className?: string; children: ReactNode }) {
  const element = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (event: Event) => {
      const menu = element.current
      if (!menu?.open) return
      if (event instanceof KeyboardEvent && event.key === 'Escape') {
        menu.open = false
        menu.querySelector('summary')?.focus()
      } else if (event instanceof MouseEvent && !menu.contains(event.target as Node)) menu.open = false
    }
    document.addEventListener('keydown', close)
    document.addEventListener('click', close)
    return () => {
      document.removeEventListener('keydown', close)
      document.removeEventListener('click', close)
    }
  }, [])
  return (
    <details className={`menu ${className}`} ref={element}>
      <summary className="tab">{summary}</summary>
      <div className="menu__sheet">{children}</div>
    </details>
  )
}

/** A form, not a link: nothing changes by GET. The whole page is loaded anew in the other language. */
function LanguageSwitch() {
  const t = useText()
  const { language } = useViewer()
  const { pathname, search } = useLocation()
  const other = language === 'de' ? 'en' : 'de'
  return (
    <Form method="post" action="/language" reloadDocument className="contents">
      <input type="hidden" name="next" value={pathname + search} />
      <button className="tab" name="language" value={other} lang={other} aria-label={t('shell.switch-language-long')}>
        <Icon name="globe" />
        {t('shell.switch-language')}
      </button>
    </Form>
  )
}

function LogoutButton() {
  const t = useText()
  return (
    <Form method="post" action="/logout" reloadDocument className="contents">
      <button className="tab">
        <Icon name="logout" />
        {t('shell.logout')}
      </button>
    </Form>
  )
}
