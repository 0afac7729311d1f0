import { useState } from 'react'
import { useText } from '../texts/use-text'
import { Icon } from './icon'

/** An id to copy in one click. */
export function CopyId({ id, shown = id }: { id: string; shown?: string }) {
  const t = useText()
  const [done, setDone] = useState(false)
  const copy = () => {
    void navigator.clipboard.writeText(id).then(() => {
      setDone(true)
      setTimeout(() => setDone(false), 2000)
    })
  }
  return (
    <span className="copy">
      <code>{shown}</code>
      <button type="button" onClick={copy} aria-label={t('copy.do', { what: id })}>
        <Icon name={done ? 'check' : 'copy'} size={15} />
      </button>
      <span role="status" className="aloud">
        {done ? t('copy.done') : ''}
      </span>
    </span>
  )
}
