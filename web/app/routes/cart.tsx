import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useFetcher, useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import type { CartView } from '../../../api/operations/types'
import { toULabel } from '../../../workflows/policy/names'
import type { Said } from '../../../workflows/policy/said'
import { ask, askQuietly } from '../ask.server'
import { parseForm } from '../parse'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { CartSums, shownGross } from '../ui/cart-sums'
import { Form } from '../ui/form'
import { Icon } from '../ui/icon'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Name } from '../ui/name'
import { Flash, Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import '../ui/shop.css'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const Change = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('years'), itemId: z.string().min(1), years: z.coerce.number().int() }),
  z.object({ intent: z.literal('remove'), itemId: z.string().min(1) }),
  z.object({ intent: z.literal('accept') }),
])

export const meta = title('cart.title')

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ cart }, me) => cart.get(me))

export async function action(args: ActionFunctionArgs) {
  const form = parseForm(await args.context.requireForm(args.request), Change)
  if (form.status !== 'success') throw data(null, { status: 400 })
  const change = form.value
  const asked = await askQuietly(args, ({ cart }, me) => {
    if (change.intent === 'remove') return cart.remove(me, { itemId: change.itemId })
    if (change.intent === 'accept') return cart.acceptPrices(me)
    return cart.change(me, { itemId: change.itemId, years: change.years })
  })
  if ('problem' in asked) {
    // what is already out of the cart needs no removing
    if (asked.problem.problem === 'not-found' && change.intent === 'remove') return redirect('/cart')
    const [field] = asked.problem.problem === 'invalid' ? Object.values(asked.problem.fields) : []
    return data({ refused: field ?? asked.problem.reason }, { status: asked.problem.status })
  }
  return redirect('/cart')
}

export default function Cart() {
  const t = useText()
  const say = useSay()
  const cart = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const { kind } = useViewer()
  const [query] = useSearchParams()
  const added = query.get('added')
  const moved = cart.items.filter((item) => item.newGross)
  const flash = answer ? (
    <Flash tone="warn">{say(answer.refused)}</Flash>
  ) : added && cart.items.some(({ name }) => name === added) ? (
    <Flash>{t('cart.added', { name: toULabel(added) })}</Flash>
  ) : null
  if (cart.items.length === 0)
    return (
      <Page title={t('cart.title')}>
        {flash}
        <Empty
          icon="cart"
          title={t('cart.empty.title')}
          action={
            <ButtonLink to="/" tone="primary" icon="search">
              {t('shell.search')}
            </ButtonLink>
          }
        >
          {t('cart.empty.text')}
        </Empty>
      </Page>
    )
  return (
    <Page title={t('cart.title')}>
      {flash}
      {moved.length > 0 ? <MovedPrices items={moved} /> : null}
      <div className="split">
        <section className="stack" aria-label={t('cart.names')}>
          <Card flush>
            <ul className="plain-list">
              {cart.items.map((item) => (
                <CartLine key={item.id} item={item} />
              ))}
            </ul>
          </Card>
          <div>
            <ButtonLink to="/" tone="quiet" icon="back">
              {t('cart.shop-on')}
            </ButtonLink>
          </div>
        </section>
        <aside>
          <Card title={t('cart.summary')} raised>
            <CartSums cart={cart} />
            <ButtonLink to="/checkout" tone="primary" size="big" wide>
              {t('cart.checkout')}
            </ButtonLink>
            <p className="small soft">{t(kind === 'visitor' ? 'cart.login-first' : 'cart.later')}</p>
          </Card>
        </aside>
      </div>
    </Page>
  )
}

function MovedPrices({ items }: { items: CartView['items'] }) {
  const t = useText()
  return (
    <Notice tone="warn" title={t('cart.price-moved')}>
      <ul className="plain-list">
        {items.map((item) => (
          <li key={item.id}>
            <Name name={item.name} />:{' '}
            <del className="soft">
              <Money of={item.gross} />
            </del>{' '}
            {item.newGross ? <Money of={item.newGross} /> : null}
          </li>
        ))}
      </ul>
      <p>{t('cart.price-moved.text')}</p>
      <Form method="post" className="row">
        <Button name="intent" value="accept" tone="primary">
          {t('cart.price-moved.accept')}
        </Button>
      </Form>
    </Notice>
  )
}

function CartLine({ item }: { item: CartView['items'][number] }) {
  const t = useText()
  const say = useSay()
  const fetcher = useFetcher<typeof action>()
  const removing = fetcher.formData?.get('intent') === 'remove'
  const refused = (fetcher.data as { refused?: Said } | undefined)?.refused
  const wrong = [...['name', 'years'].flatMap((field) => item.problems[field] ?? []), ...(refused ? [refused] : [])]
  return (
    <li className="cart-line" aria-busy={removing || undefined}>
      <div className="cart-line__name">
        <Name name={item.name} />
        {item.premium ? <span className="small soft">{t('search.premium')}</span> : null}
      </div>
      {item.allowedYears.length > 1 ? (
        <Form method="post" fetcher={fetcher} className="">
          <input type="hidden" name="itemId" value={item.id} />
          <input type="hidden" name="intent" value="years" />
          <select
            className="control"
            name="years"
            key={item.years}
            defaultValue={item.years}
            aria-label={t('cart.years-of', { name: item.shown })}
            onChange={(event) => event.currentTarget.form?.requestSubmit()}
          >
            {item.allowedYears.map((years) => (
              <option key={years} value={years}>
                {t('cart.years-option', { count: years })}
              </option>
            ))}
          </select>
          <button className="button button--small without-script">{t('cart.change')}</button>
        </Form>
      ) : (
        <p className="soft">{t('cart.years-option', { count: item.years })}</p>
      )}
      <p className="cart-line__price" aria-busy={fetcher.state !== 'idle' || undefined}>
        <Money of={shownGross(item)} />
      </p>
      <Form method="post" fetcher={fetcher} className="">
        <input type="hidden" name="itemId" value={item.id} />
        <button
          className="icon-button"
          name="intent"
          value="remove"
          aria-label={t('cart.remove-name', { name: item.shown })}
          title={t('cart.remove')}
        >
          <Icon name="trash" size={20} />
        </button>
      </Form>
      {wrong.length > 0 ? (
        <div className="cart-line__note">
          <Notice tone="warn">
            {wrong.map((problem) => (
              <p key={problem.key}>{say(problem)}</p>
            ))}
          </Notice>
        </div>
      ) : null}
    </li>
  )
}
