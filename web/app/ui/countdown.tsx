import { useEffect, useState } from 'react'
import { useText } from '../texts/use-text'
import { useViewer } from './viewer'

/** How long something can still be done, second by second when it is soon over. Without JavaScript: nothing, the time stands elsewhere. */
export function Countdown({ until }: { until: string }) {
  const t = useText()
  const { ahead } = useViewer()
  const [seconds, setSeconds] = useState<number>()
  useEffect(() => {
    const tick = () => setSeconds(Math.max(0, Math.ceil((Date.parse(until) - Date.now() - ahead) / 1000)))
    tick()
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [until, ahead])
  if (seconds === undefined || seconds > 600) return null
  return (
    <span className="numbers strong" role="timer" aria-live="off">
      {t('account.order.seconds-left', { count: seconds })}
    </span>
  )
}
