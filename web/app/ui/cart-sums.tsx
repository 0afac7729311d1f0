import type { CartView } from '../../../api/operations/types'
import { useText } from '../texts/use-text'
import { Money } from './money'
import { useSay } from './say'

/** What a name of the cart costs: where its sums are in another currency than was accepted, what is to be accepted. */
export const shownGross = ({ gross, newGross }: CartView['items'][number]): CartView['gross'] =>
  newGross && newGross.currency !== gross.currency ? newGross : gross

/** Net, VAT with the reason for its rate, and what is to be paid. */
export function CartSums({ cart }: { cart: Pick<CartView, 'net' | 'vat' | 'gross' | 'vatNote' | 'currencyNote'> }) {
  const t = useText()
  const say = useSay()
  return (
    <div className="stack stack--tight">
      <dl className="sums">
        <dt>{t('cart.net')}</dt>
        <dd>
          <Money of={cart.net} />
        </dd>
        <dt>{t('cart.vat')}</dt>
        <dd>
          <Money of={cart.vat} />
        </dd>
        <dt className="total">{t('cart.gross')}</dt>
        <dd className="total">
          <Money of={cart.gross} />
        </dd>
      </dl>
      <p className="small soft">{say(cart.vatNote)}</p>
      {cart.currencyNote ? <p className="small">{say(cart.currencyNote)}</p> : null}
    </div>
  )
}
