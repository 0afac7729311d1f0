import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { useViewer } from './viewer'

/** One clock for the page, so that a hundred relative times cost one timer. */
const Now = createContext(0)

export function Clock({ children }: { children: ReactNode }) {
  const viewer = useViewer()
  const { ahead } = viewer
  const server = Date.parse(viewer.now)
  const [now, setNow] = useState(server)
  useEffect(() => {
    setNow(Date.now() + ahead)
    const timer = setInterval(() => setNow(Date.now() + ahead), 20_000)
    return () => clearInterval(timer)
  }, [ahead])
  return <Now.Provider value={now}>{children}</Now.Provider>
}

/** The house's own zone, said with every time: the reader's is not known before the page is there. */
const zone = 'Europe/Berlin'
const formats = new Map<string, Intl.DateTimeFormat>()
const format = (language: string, parts: 'instant' | 'day' | 'utc' | 'time'): Intl.DateTimeFormat => {
  const key = `${language} ${parts}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', {
    ...(parts === 'time' ? {} : { day: 'numeric', month: 'short', year: 'numeric' }),
    ...(parts === 'day' ? {} : { hour: '2-digit', minute: '2-digit' }),
    ...(parts === 'instant' || parts === 'utc' ? { timeZoneName: 'short' } : {}),
    timeZone: parts === 'instant' || parts === 'time' ? zone : 'UTC',
  })
  formats.set(key, made)
  return made
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const relatives = new Map<string, Intl.RelativeTimeFormat>()

/** in 3 Tagen, vor 5 Minuten, jetzt */
export const relative = (at: string, now: number, language: string): string => {
  const known = relatives.get(language) ?? new Intl.RelativeTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', { numeric: 'auto' })
  relatives.set(language, known)
  const seconds = (Date.parse(at) - now) / 1000
  const step = steps.find(([, size]) => Math.abs(seconds) >= size)
  return step ? known.format(Math.round(seconds / step[1]), step[0]) : known.format(0, 'second')
}

/**
 * An instant (ISO 8601) with its zone and how far away it is; UTC on hover. `show` picks one of both. `time`: under a heading that names the day. A day (YYYY-MM-DD) is shown as a day.
 */
export function Time({ at, show = 'both' }: { at: string; show?: 'both' | 'absolute' | 'relative' | 'day' | 'time' }) {
  const { language } = useViewer()
  const now = useContext(Now)
  if (Number.isNaN(Date.parse(at))) return <span>{at}</span>
  if (show === 'day' || /^\d{4}-\d\d-\d\d$/.test(at))
    return (
      <time dateTime={at} className="nowrap" suppressHydrationWarning>
        {format(language, 'day').format(new Date(at))}
      </time>
    )
  const absolute = format(language, 'instant').format(new Date(at))
  const away = relative(at, now, language)
  const shown =
    show === 'absolute'
      ? absolute
      : show === 'relative'
        ? away
        : show === 'time'
          ? format(language, 'time').format(new Date(at))
          : `${absolute} (${away})`
  const hover = show === 'relative' || show === 'time' ? absolute : format(language, 'utc').format(new Date(at))
  return (
    <time dateTime={at} title={hover} suppressHydrationWarning>
      {shown}
    </time>
  )
}
