import { Fragment } from 'react'
import { useText } from '../texts/use-text'
import { Name } from './name'

/** The names of an order in a list: the first ones, and how many more. */
export function NamesOf({ names, show = 3 }: { names: string[]; show?: number }) {
  const t = useText()
  const more = names.length - show
  return (
    <span>
      {names.slice(0, show).map((name, position) => (
        <Fragment key={name}>
          {position > 0 ? ', ' : null}
          <Name name={name} />
        </Fragment>
      ))}
      {more > 0 ? <span className="soft"> {t('account.orders.more-names', { count: more })}</span> : null}
    </span>
  )
}
