import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon'

/** A sheet on the page. `flush` lets its content reach the edge. */
export function Card({
  title,
  actions,
  raised,
  flush,
  children,
}: {
  title?: ReactNode
  actions?: ReactNode
  raised?: boolean
  flush?: boolean
  children?: ReactNode
}) {
  const className = ['card', raised && 'card--raised', flush && 'card--flush'].filter(Boolean).join(' ')
  return (
    <section className={className}>
      {title || actions ? (
        <div className="card__head">
          {title ? <h2>{title}</h2> : <span />}
          {actions}
        </div>
      ) : null}
      {children}
    </section>
  )
}

/** Pairs of a word and its value. Pairs without a value are left out. */
export function Facts({ of }: { of: (readonly [word: ReactNode, value: ReactNode] | false | undefined | null)[] }) {
  return (
    <dl className="facts">
      {of.map((pair, position) =>
        pair && pair[1] !== undefined && pair[1] !== null && pair[1] !== '' ? (
          <div key={position} className="contents">
            <dt>{pair[0]}</dt>
            <dd>{pair[1]}</dd>
          </div>
        ) : null,
      )}
    </dl>
  )
}

/** Nothing here yet: what would be here, and how to begin. */
export function Empty({
  icon = 'list',
  title,
  children,
  action,
}: {
  icon?: IconName
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  )
}
