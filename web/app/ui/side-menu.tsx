import { NavLink } from '@remix-run/react'
import type { Section } from '../../../api/operations/types'
import { Icon, type IconName } from './icon'
import { useMay } from './viewer'

export interface SideLink {
  to: string
  title: string
  icon: IconName
  /** shown only to whom the section is open */
  section?: Section
  /** only this very path, not what lies below it */
  end?: boolean
  /** served outside of the pages (the queue board) */
  outside?: boolean
}

/** The pages of one surface; on a phone a strip that scrolls sideways. */
export function SideMenu({ title, links }: { title: string; links: SideLink[] }) {
  const may = useMay()
  return (
    <nav className="side" aria-label={title}>
      <p className="side__title">{title}</p>
      <ul>
        {links.map(({ to, title, icon, section, end, outside }) =>
          section && !may(section) ? null : (
            <li key={to}>
              {outside ? (
                <a className="tab" href={to}>
                  <Icon name={icon} />
                  {title}
                  <Icon name="external" size={14} />
                </a>
              ) : (
                <NavLink className="tab" to={to} end={end ?? false} prefetch="intent">
                  <Icon name={icon} />
                  {title}
                </NavLink>
              )}
            </li>
          ),
        )}
      </ul>
    </nav>
  )
}
