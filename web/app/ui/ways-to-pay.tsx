import type { PayMethods } from '../../../api/operations/paying-types'
import { showMoney, type Money as Amount } from '../../../workflows/policy/money'
import { useText } from '../texts/use-text'
import { FieldError, plainField } from './field'
import './paying.css'
import { StatusBadge } from './status-badge'
import { useViewer } from './viewer'

interface Way {
  value: string
  title: string
  hint?: string
  badge?: string
  disabled?: boolean
}

/** How to pay: what is on file first, then the provider's pages, then the rest. Radio buttons, so that it works without JavaScript. */
export function WaysToPay({
  methods,
  due,
  chosen,
  error,
  legend,
  order = false,
}: {
  methods: PayMethods
  /** absent: a deposit, which can't be paid from the balance or by transfer */
  due?: Amount
  chosen?: string | undefined
  error?: string | undefined
  legend: string
  /** an order: no card is left for later on the way */
  order?: boolean
}) {
  const t = useText()
  const { language } = useViewer()
  const { kept, balance, paypal, euro } = methods
  const usable = kept.filter(({ kind, expired }) => !expired && (kind === 'card' || euro))
  const preferred = usable.find((one) => one.preferred)
  const short = due !== undefined && balance.amount < due.amount
  const ways: Way[] = [
    ...usable.map((one) => ({
      value: valueOf(one),
      title: t(one.kind === 'card' ? 'account.pay.kept' : 'account.pay.sepa', { label: one.label }),
      ...(one.kind === 'card' ? {} : { hint: t('account.pay.sepa.hint') }),
      ...(one.preferred ? { badge: t('account.pay.preferred') } : {}),
    })),
    {
      value: 'card',
      title: t(usable.some(({ kind }) => kind === 'card') ? 'account.pay.card' : 'account.pay.card.only'),
      hint: t('account.pay.card.hint'),
    },
    ...(order ? [] : [{ value: 'card-keep', title: t('account.pay.card-keep'), hint: t('account.pay.card-keep.hint') }]),
    ...(paypal ? [{ value: 'paypal', title: t('account.pay.paypal') }] : []),
    ...(due && balance.amount > 0
      ? [
          {
            value: 'balance',
            title: t('account.pay.balance', { amount: showMoney(balance, language) }),
            ...(short ? { hint: t('account.pay.balance.short'), disabled: true } : {}),
          },
        ]
      : []),
    ...(due && euro ? [{ value: 'transfer', title: t('account.pay.transfer'), hint: t('account.pay.transfer.hint') }] : []),
  ]
  // what was chosen the last time may not be possible now
  const wanted = chosen ?? (preferred ? valueOf(preferred) : 'card')
  const first = ways.find(({ value, disabled }) => value === wanted && !disabled)?.value ?? 'card'
  return (
    <fieldset className="ways">
      <legend>
        <h2>{legend}</h2>
      </legend>
      <FieldError field={plainField('method', undefined, error ? [error] : undefined)} />
      {ways.map(({ value, title, hint, badge, disabled = false }) => (
        <label className="way-to-pay" key={value}>
          <input type="radio" name="method" value={value} defaultChecked={value === first} disabled={disabled} required />
          <span className="row">
            {title} {badge ? <StatusBadge tone="idle">{badge}</StatusBadge> : null}
          </span>
          {hint ? <small className="soft">{hint}</small> : null}
        </label>
      ))}
    </fieldset>
  )
}

const valueOf = ({ id, kind }: { id: string; kind: 'card' | 'sepa-debit' }): string =>
  kind === 'card' ? `kept:${id}` : `sepa:${id}`
