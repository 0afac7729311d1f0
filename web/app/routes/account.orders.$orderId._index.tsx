import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { showMoney } from '../../../workflows/policy/money'
import { ask, askQuietly, askWith, wrong } from '../ask.server'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { CaseHead, LiveCase } from '../ui/case-story'
import { CopyId } from '../ui/copy-id'
import { Countdown } from '../ui/countdown'
import { correctionOf } from '../ui/correction'
import { Flash, Notice } from '../ui/notice'
import { Form } from '../ui/form'
import { Icon } from '../ui/icon'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { OrderStory } from '../ui/order-story'
import { Page } from '../ui/page'
import { LateNotice, Refusal } from '../ui/problem'
import { RefundFailures } from '../ui/refund-failures'
import { useSay } from '../ui/say'
import { OrderState } from '../ui/status-badge'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { TransferData } from '../ui/transfer-data'
import { useMay, useViewer } from '../ui/viewer'
import { WaysToPay } from '../ui/ways-to-pay'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ orders, contacts }, me) => {
    const order = await orders.get(me, { orderId: String(args.params.orderId) })
    const correctable =
      order.items.some(({ canCorrect }) => canCorrect) &&
      me.kind === 'customer' &&
      me.rights.orders === 'edit' &&
      me.rights.contacts
    const pays = order.canPay && me.kind === 'customer' && me.rights.orders === 'edit'
    return {
      ...{ order, contacts: correctable ? await contacts.list(me) : [] },
      ...(pays ? { paying: await orders.ways(me, { currency: order.order.gross.currency }) } : {}),
    }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  switch (form.get('intent')) {
    case 'pay':
      return pay(args, form)
    case 'correct':
      return correct(args, form)
    default:
      throw data(null, { status: 400 })
  }
}

/** The provider's own page takes the card; the customer comes back to this one. */
const pay = async (args: ActionFunctionArgs, form: FormData) => {
  const orderId = String(args.params.orderId)
  const method = String(form.get('method') ?? '') || undefined
  const asked = await askQuietly(args, ({ orders }, me) => orders.pay(me, { orderId, method }))
  if ('problem' in asked) {
    const { problem } = asked
    const [field] = problem.problem === 'invalid' ? Object.values(problem.fields) : []
    return data({ refused: field ?? problem.reason, method }, { status: problem.status })
  }
  const { answer } = asked
  switch (answer.kind) {
    case 'pay-at':
      return redirect(answer.url, 303)
    case 'paid':
    case 'awaits-money':
      return redirect(`/account/orders/${orderId}`, 303)
    case 'refused':
      return data({ refused: answer.reason, method }, { status: 409 })
    case 'late':
      return data({ late: answer }, { status: 409 })
    case 'unavailable':
      return data({ unavailable: answer.reason }, { status: 503 })
  }
}

const correct = async (args: ActionFunctionArgs, form: FormData) => {
  const correction = parseWithZod(form, { schema: correctionOf(form) })
  if (correction.status !== 'success') return wrong(correction)
  const { holderContactId, ...value } = correction.value
  const orderId = String(args.params.orderId)
  const asked = await askWith(args, correction, ({ orders }, me) =>
    orders.correct(me, { orderId, ...value, ...(holderContactId ? { holderContactId } : {}) }),
  )
  if (asked.refused) return asked.refused
  if (asked.answer.kind === 'late') return data({ late: asked.answer }, { status: 409 })
  return redirect(`/account/orders/${orderId}?done=resumed#item-${value.itemId}`, 303)
}

// a late click is answered 4xx: what is there by now is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('account.order.title', (_, { orderId }) => ({ id: orderId ?? '' }))

const done: Record<string, TextKey> = {
  resumed: 'account.order.resumed',
  withdrawn: 'account.order.withdrawn',
  'given-up': 'account.order.given-up',
}

export default function Order() {
  const { order, contacts, paying } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const { id, gross } = order.order
  const paths = { withdraw: `/account/orders/${id}/withdraw`, giveUp: `/account/orders/${id}/give-up`, correct: true }
  const corrected =
    answer && 'initialValue' in answer ? { itemId: String(answer.initialValue?.itemId), result: answer } : undefined
  const undoUntil = order.canWithdraw && order.case.awaits?.actor === 'clock' ? order.case.awaits.by : undefined
  const flash = done[query.get('done') ?? '']
  const payForm = paying ? (
    <Form method="post" className="stack stack--tight">
      <WaysToPay
        order
        methods={paying.methods}
        due={gross}
        chosen={answer && 'method' in answer && answer.method ? answer.method : (paying.last ?? 'card')}
        legend={t('account.order.ways')}
      />
      <div>
        <Button tone="primary" size="big" name="intent" value="pay">
          {t('account.order.pay', { amount: showMoney(gross, language) })}
        </Button>
      </div>
      <p className="small soft">{t('account.order.pay.hint')}</p>
    </Form>
  ) : null
  return (
    <Page
      title={t('account.order.title', { id })}
      back={{ to: '/account/orders', title: t('account.orders') }}
      actions={<OrderState state={order.order.state} />}
    >
      {answer && 'late' in answer ? <LateNotice late={answer.late} /> : null}
      {answer && 'unavailable' in answer ? <Refusal reason={answer.unavailable} tone="warn" /> : null}
      {answer && 'refused' in answer ? <Refusal reason={answer.refused} /> : null}
      {flash && !answer ? <Flash>{t(flash)}</Flash> : null}
      {query.get('done') === 'unpaid' && order.canPay && !answer ? (
        <Notice tone="warn">
          <p>{t('account.order.unpaid')}</p>
        </Notice>
      ) : null}
      <RefundFailures of={order.refundFailures} reader="customer" />
      <CaseHead view={order.case} reader="customer">
        {paying && !order.transfer ? payForm : null}
        {undoUntil && may('orders', 'edit') ? (
          // seconds count: one click, with its consequence beside it
          <Form method="post" action={paths.withdraw} className="row">
            <Button icon="undo">{t('account.order.withdraw')}</Button>
            <span className="small">
              {t('account.order.undo.free', { amount: showMoney(gross, language) })} <Countdown until={undoUntil} />
            </span>
          </Form>
        ) : null}
      </CaseHead>
      {order.transfer ? (
        <section className="stack" aria-label={t('transfer.title')}>
          <TransferData of={order.transfer} then="transfer.then.order" />
          {payForm ? (
            <details className="card" open={answer !== undefined && 'refused' in answer}>
              <summary className="strong">{t('account.order.otherwise')}</summary>
              {payForm}
            </details>
          ) : null}
        </section>
      ) : null}
      <div className="split">
        <section className="stack" aria-labelledby="story">
          <div className="card__head">
            <h2 id="story">{t('account.order.story')}</h2>
            <LiveCase view={order.case} />
          </div>
          <OrderStory
            order={order}
            reader="customer"
            contacts={contacts}
            corrected={corrected}
            {...(may('orders', 'edit') ? { paths } : {})}
          />
        </section>
        <aside className="stack">
          <Card title={t('account.order.summary')}>
            <dl className="sums">
              <dt>{t('account.order.net')}</dt>
              <dd>
                <Money of={order.order.net} />
              </dd>
              <dt>{t('account.order.vat')}</dt>
              <dd>
                <Money of={order.order.vat} />
              </dd>
              <dt className="total">{t('account.order.gross')}</dt>
              <dd className="total">
                <Money of={gross} />
              </dd>
            </dl>
            <p className="small soft">{say(order.order.vatNote)}</p>
            <dl className="stack stack--tight small">
              <div>
                <dt className="soft">{t('account.order.number')}</dt>
                <dd>
                  <CopyId id={id} />
                </dd>
              </div>
              <div>
                <dt className="soft">{t('account.order.placed')}</dt>
                <dd>
                  <Time at={order.order.placedAt} show="absolute" />
                </dd>
              </div>
              <div>
                <dt className="soft">{t('account.order.policy')}</dt>
                <dd>
                  <Time at={order.order.policy} show="day" />
                </dd>
              </div>
            </dl>
          </Card>
          <Card title={t('account.order.documents')}>
            {order.documents.length === 0 ? <p className="small soft">{t('account.order.documents.none')}</p> : null}
            {order.documents.length > 0 ? (
              <ul className="plain-list lines">
                {order.documents.map((document) => (
                  <li key={document.id}>
                    <a href={`/account/invoices/${document.id}.pdf`} className="row">
                      <Icon name="file" size={16} />
                      {t(`document.${document.kind}`)} {document.number}
                    </a>
                    <Money of={document.gross} />
                  </li>
                ))}
              </ul>
            ) : null}
          </Card>
          {order.canWithdraw && !undoUntil && may('orders', 'edit') ? (
            <div className="stack stack--tight">
              <ButtonLink to={paths.withdraw} icon="undo">
                {t('account.order.withdraw')}
              </ButtonLink>
              <p className="small soft">{t('account.order.withdraw.hint')}</p>
            </div>
          ) : null}
        </aside>
      </div>
    </Page>
  )
}
