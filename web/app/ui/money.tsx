import { showMoney, type Money as Amount } from '../../../workflows/policy/money'
import { useViewer } from './viewer'

/** Money in the reader's way: 34,51 € or €34.51. */
export function Money({ of }: { of: Amount }) {
  const { language } = useViewer()
  // Node and browsers may put different spaces between number and sign
  return (
    <span className="numbers" suppressHydrationWarning>
      {showMoney(of, language)}
    </span>
  )
}
