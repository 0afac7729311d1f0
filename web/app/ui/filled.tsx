import type { ReactNode } from 'react'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'

/** A text with an element in the place of one value: "Since {{when}}" with a <Time>. */
export function Filled({ text, name, children }: { text: TextKey; name: string; children: ReactNode }) {
  const t = useText()
  const [before, after] = t(text, { [name]: '\u0001' }).split('\u0001')
  return (
    <span>
      {before}
      {children}
      {after}
    </span>
  )
}
