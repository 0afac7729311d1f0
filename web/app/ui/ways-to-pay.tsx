import type { PayMethods } from '../../../api/operations/paying-types'
import { showMoney, type Money as Amount } from '../../../workflows/policy/money'
import { useText } from '../texts/use-text'
import { FieldError, plainField } from './field'
import './paying.css'
import { StatusBadge } from './status-badge'
import { useViewer } from './viewer'

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
  const offered = [
    ...usable.map(valueOf),
    ...(paypal ? ['paypal'] : []),
    ...(due && balance.amount >= due.amount ? ['balance'] : []),
    ...(due && euro ? ['transfer'] : []),
    ...(order ? [] : ['card-keep']),
  ]
  // what was chosen the last time may not be possible now
  const first = [chosen ?? (preferred ? valueOf(preferred) : 'card')].find((one) => offered.includes(one)) ?? 'card'
  const way = (value: string, title: string, hint?: string, disabled = false, badge?: string) => (
    <label className="way-to-pay" key={value}>
      <input type="radio" name="method" value={value} defaultChecked={value === first} disabled={disabled} required />
      <span className="row">
        {title} {badge ? <StatusBadge tone="idle">{badge}</StatusBadge> : null}
      </span>
      {hint ? <small className="soft">{hint}</small> : null}
    </label>
  )
  return (
    <fieldset className="ways">
      <legend>
        <h2>{legend}</h2>
      </legend>
      <FieldError field={plainField('method', undefined, error ? [error] : undefined)} />
      {usable.map((one) =>
        way(
          valueOf(one),
          t(one.kind === 'card' ? 'account.pay.kept' : 'account.pay.sepa', { label: one.label }),
          one.kind === 'card' ? undefined : t('account.pay.sepa.hint'),
          false,
          one.preferred ? t('account.pay.preferred') : undefined,
        ),
      )}
      {way(
        'card',
        t(usable.some(({ kind }) => kind === 'card') ? 'account.pay.card' : 'account.pay.card.only'),
        t('account.pay.card.hint'),
      )}
      {order ? null : way('card-keep', t('account.pay.card-keep'), t('account.pay.card-keep.hint'))}
      {paypal ? way('paypal', t('account.pay.paypal')) : null}
      {due && balance.amount > 0
        ? way(
            'balance',
            t('account.pay.balance', { amount: showMoney(balance, language) }),
            balance.amount < due.amount ? t('account.pay.balance.short') : undefined,
            balance.amount < due.amount,
          )
        : null}
      {due && euro ? way('transfer', t('account.pay.transfer'), t('account.pay.transfer.hint')) : null}
    </fieldset>
  )
}

const valueOf = ({ id, kind }: { id: string; kind: 'card' | 'sepa-debit' }): string =>
  kind === 'card' ? `kept:${id}` : `sepa:${id}`
