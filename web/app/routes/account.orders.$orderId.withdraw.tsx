import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { sum } from '../../../workflows/policy/money'
import { toULabel } from '../../../workflows/policy/names'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Facts } from '../ui/card'
import { Confirm } from '../ui/confirm'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { NamesOf } from '../ui/names-of'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'

/** The whole order, or with ?item= one name of it. */
const asked = ({ request, params }: Pick<LoaderFunctionArgs, 'request' | 'params'>) => ({
  orderId: String(params.orderId),
  itemId: new URL(request.url).searchParams.get('item') ?? undefined,
})

export const loader = async (args: LoaderFunctionArgs) => {
  const { orderId, itemId } = asked(args)
  const { items, canWithdraw } = await ask(args, ({ orders }, me) => orders.get(me, { orderId }))
  const meant = itemId === undefined ? items : items.filter(({ id }) => id === itemId)
  if (meant.length === 0) throw data(null, { status: 404 })
  const open = itemId === undefined ? canWithdraw : meant.every((item) => item.canWithdraw)
  const answer = { orderId, itemId, names: meant.map(({ name }) => name), released: sum(meant.map(({ gross }) => gross)), open }
  return data(answer, { status: open ? 200 : 409 })
}

export const action = async (args: ActionFunctionArgs) => {
  await args.context.requireForm(args.request)
  const { orderId, itemId } = asked(args)
  const answer = await ask(args, ({ orders }, me) => orders.withdraw(me, { orderId, itemId }))
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(`/account/orders/${orderId}?done=withdrawn`, 303)
}

export const meta = title('account.order.withdraw')

export default function Withdraw() {
  const { orderId, itemId, names, released, open } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const back = { to: `/account/orders/${orderId}`, title: t('account.order.title', { id: orderId }) }
  const [name = ''] = names
  const heading = itemId
    ? t('account.withdraw.title-item', { name: toULabel(name) })
    : t('account.withdraw.title', { id: orderId })
  if (answer || !open)
    return (
      <Page title={heading} back={back} width="narrow">
        {answer ? (
          <LateNotice late={answer.late} />
        ) : (
          <Notice tone="warn">
            <p>{t('account.withdraw.late')}</p>
          </Notice>
        )}
        <div>
          <ButtonLink to={back.to}>{t('account.late.back')}</ButtonLink>
        </div>
      </Page>
    )
  return (
    <Confirm
      title={heading}
      back={back}
      act={t('account.withdraw.confirm')}
      consequence={
        <>
          <p>{t(itemId ? 'account.withdraw.one' : 'account.withdraw.all')}</p>
          <Facts
            of={[
              [t('account.withdraw.names'), <NamesOf key="names" names={names} show={10} />],
              [t('account.withdraw.cost'), t('account.withdraw.free')],
              [t('account.withdraw.released'), <Money key="released" of={released} />],
            ]}
          />
        </>
      }
    />
  )
}
