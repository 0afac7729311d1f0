import { useLocation, useRevalidator } from '@remix-run/react'
import { useEffect, useRef } from 'react'
import { useText } from '../texts/use-text'

/**
 * Keeps the page up to date: each server-sent event loads the page's data anew, a burst of them once. After a lost line it asks as well:
 * something may have been missed. Without JavaScript there is a link that does the same.
 */
export function Live({ src }: { src: string }) {
  const t = useText()
  const { pathname, search } = useLocation()
  const { revalidate } = useRevalidator()
  const again = useRef(revalidate)
  again.current = revalidate
  useEffect(() => {
    const events = new EventSource(src)
    let waiting: ReturnType<typeof setTimeout> | undefined
    let lost = false
    const changed = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined
        again.current()
      }, 250)
    }
    events.addEventListener('message', changed)
    events.addEventListener('error', () => {
      lost = true
    })
    events.addEventListener('open', () => {
      if (lost) changed()
      lost = false
    })
    return () => {
      events.close()
      clearTimeout(waiting)
    }
  }, [src])
  return (
    <p className="small soft">
      <span className="needs-script">{t('case.live')}</span>
      <noscript>
        <a href={pathname + search}>{t('case.reload')}</a>
      </noscript>
    </p>
  )
}
