import { useLocation, useRevalidator } from '@remix-run/react'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../texts/use-text'

/**
 * Keeps the page up to date: each server-sent event loads the page's data anew, a burst of them once. After a lost line it asks as well:
 * something may have been missed. One that is refused is asked for again, ever more rarely. Without JavaScript there is a link that does the same.
 * A quiet one says nothing: beside another on the same page.
 */
export function Live({ src, quiet = false }: { src: string; quiet?: boolean }) {
  const t = useText()
  const { pathname, search } = useLocation()
  const { revalidate } = useRevalidator()
  const again = useRef(revalidate)
  again.current = revalidate
  useEffect(() => {
    let events: EventSource
    let waiting: ReturnType<typeof setTimeout> | undefined
    let reopening: ReturnType<typeof setTimeout> | undefined
    let rest = 1_000
    const changed = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined
        again.current()
      }, 250)
    }
    const open = (lost: boolean) => {
      let missed = lost
      events = new EventSource(src)
      events.addEventListener('message', changed)
      events.addEventListener('error', () => {
        missed = true
        // refused, and the browser asks no more: a case that has just begun is not in the record yet
        if (events.readyState !== EventSource.CLOSED) return
        reopening = setTimeout(() => open(true), rest)
        rest = Math.min(rest * 2, 60_000)
      })
      events.addEventListener('open', () => {
        if (missed) changed()
        missed = false
        rest = 1_000
      })
    }
    open(false)
    return () => {
      events.close()
      clearTimeout(waiting)
      clearTimeout(reopening)
    }
  }, [src])
  if (quiet) return null
  return (
    <p className="small soft">
      <span className="needs-script">{t('case.live')}</span>
      <noscript>
        <a href={pathname + search}>{t('case.reload')}</a>
      </noscript>
    </p>
  )
}

interface AskingAgain {
  /** milliseconds */
  every: number
  tries?: number
}

/**
 * Loads the page's data anew where there is no case to follow: a question to another house, a check that has been begun. `tries` times after each
 * click, then the page stands still. Never while an answer is on its way. Without JavaScript there is a link that does the same.
 */
export const AskAgain = (asking: AskingAgain) => <Asking key={useLocation().key} {...asking} />

function Asking({ every, tries = Infinity }: AskingAgain) {
  const t = useText()
  const { pathname, search } = useLocation()
  const { revalidate, state } = useRevalidator()
  const [left, setLeft] = useState(tries)
  useEffect(() => {
    if (state !== 'idle' || left <= 0) return undefined
    const timer = setTimeout(() => {
      setLeft(left - 1)
      void revalidate()
    }, every)
    return () => clearTimeout(timer)
  }, [state, left, every, revalidate])
  return (
    <noscript>
      <a href={pathname + search}>{t('case.reload')}</a>
    </noscript>
  )
}
