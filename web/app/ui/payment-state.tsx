import type { DeskPayment } from '../../../api/operations/paying-types'
import { useText } from '../texts/use-text'
import { StatusBadge, type StatusTone } from './status-badge'

const tones: Record<DeskPayment['state'], StatusTone> = {
  ...{ open: 'now', captured: 'ok', refunded: 'idle', 'partly-refunded': 'idle', disputed: 'danger', ended: 'idle' },
}

export function PaymentState({ state }: { state: DeskPayment['state'] }) {
  const t = useText()
  return <StatusBadge tone={tones[state]}>{t(`desk.payments.state.${state}`)}</StatusBadge>
}
