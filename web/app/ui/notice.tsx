import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon'

export type NoticeTone = 'info' | 'ok' | 'warn' | 'danger'
const icons: Record<NoticeTone, IconName> = { info: 'info', ok: 'check', warn: 'warning', danger: 'warning' }

/** Something the reader must know, on the page itself: nothing pops up and goes away. */
export function Notice({ tone = 'info', title, children }: { tone?: NoticeTone; title?: ReactNode; children?: ReactNode }) {
  return (
    <div className={`notice notice--${tone}`}>
      <Icon name={icons[tone]} size={20} />
      <div className="notice__body">
        {title ? <p className="strong">{title}</p> : null}
        {children}
      </div>
    </div>
  )
}

/** The answer to what was just done, read aloud when it appears. */
export function Flash({ tone = 'ok', children }: { tone?: NoticeTone; children?: ReactNode }) {
  return (
    <div role="status">
      {children ? <Notice tone={tone}>{typeof children === 'string' ? <p>{children}</p> : children}</Notice> : null}
    </div>
  )
}
