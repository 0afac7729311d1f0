import { Link } from '@remix-run/react'
import type { RefundFailureView } from '../../../api/operations/paying-types'
import { showMoney } from '../../../workflows/policy/money'
import { useText } from '../texts/use-text'
import { Notice } from './notice'
import { useSay } from './say'
import { Time } from './time'
import { useMay, useViewer } from './viewer'

/** Refunds that did not arrive: how much, why, and what became of the money. Staff who decide about money are led to where it is decided. */
export function RefundFailures({ of, reader }: { of: RefundFailureView[]; reader: 'staff' | 'customer' }) {
  const t = useText()
  const say = useSay()
  const decides = useMay()('books', 'edit')
  const { language } = useViewer()
  return of.map(({ id, at, amount, label, why, state, settledAt, paymentId }) => {
    const sum = showMoney(amount, language)
    return (
      <Notice key={id} tone={state === 'open' ? 'warn' : 'info'} title={t('refund-failure.title')}>
        <p>
          {label ? t('refund-failure.told', { amount: sum, label }) : t('refund-failure.told-plain', { amount: sum })} {say(why)}{' '}
          <span className="small soft">
            <Time at={at} />
          </span>
        </p>
        <p>
          {state === 'open' ? (
            t(`refund-failure.state.open.${reader}`)
          ) : (
            <>
              {t(`refund-failure.state.${state}`)} {settledAt ? <Time at={settledAt} /> : null}
            </>
          )}
        </p>
        {state === 'open' && paymentId && decides ? (
          <p>
            <Link to={`/desk/payments/${paymentId}/failed/${id}`}>{t('refund-failure.decide')}</Link>
          </p>
        ) : null}
      </Notice>
    )
  })
}
