import type { CorrectionPreview } from '../../../api/operations/document-types'
import { showMoney, money } from '../../../workflows/policy/money'
import { useText } from '../texts/use-text'
import { Choice, type FieldState } from './field'
import { Notice } from './notice'
import { useViewer } from './viewer'

/** What becomes of money that was paid for what is taken back: the balance, or the cards and PayPal as far as they can take it. */
export function WayBack({ field, toBalance, refunds }: { field: FieldState } & Pick<CorrectionPreview, 'toBalance' | 'refunds'>) {
  const t = useText()
  const { language } = useViewer()
  const show = (amount: number) => showMoney(money(amount, toBalance.currency), language)
  if (toBalance.amount === 0)
    return (
      <Notice tone="info">
        <p>{t('desk.back.nothing')}</p>
      </Notice>
    )
  const sent = refunds.reduce((sum, { amount }) => sum + amount.amount, 0)
  if (sent === 0)
    return (
      <Notice tone="info">
        <p>{t('desk.back.only-balance', { amount: show(toBalance.amount) })}</p>
      </Notice>
    )
  const rest = toBalance.amount - sent
  // read one by one: a form's field has getters, which a spread loses
  const { id, name, errors, key, initialValue } = field
  const cards = refunds.map(({ label, amount }) => `${showMoney(amount, language)} → ${label}`).join(', ')
  return (
    <Choice
      field={{ id, name, errors, key, initialValue: initialValue || 'balance' }}
      label={t('desk.back')}
      column
      options={[
        { value: 'balance', title: t('desk.back.balance', { amount: show(toBalance.amount) }) },
        { value: 'original', title: t(rest > 0 ? 'desk.back.original-part' : 'desk.back.original', { cards, rest: show(rest) }) },
      ]}
    />
  )
}
