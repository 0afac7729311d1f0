import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import type { ActivityView, DeskCaseView } from '../../../api/operations/types'
import { showMoney } from '../../../workflows/policy/money'
import { toULabel } from '../../../workflows/policy/names'
import { ask, askWith, sentAlong, wrong } from '../ask.server'
import type { Text, TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Activities } from '../ui/activities'
import { Button, ButtonLink } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { CaseHead, CaseStory, LiveCase } from '../ui/case-story'
import { kindOf, subjectOf } from '../ui/case-table'
import { CopyId } from '../ui/copy-id'
import { correctionOf } from '../ui/correction'
import { DeliveryState } from '../ui/document-page'
import { Form } from '../ui/form'
import { Icon } from '../ui/icon'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Name } from '../ui/name'
import { Flash } from '../ui/notice'
import { OrderStory } from '../ui/order-story'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { RefundFailures } from '../ui/refund-failures'
import { useSay } from '../ui/say'
import { CaseState, ItemState, OrderState, StatusBadge } from '../ui/status-badge'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

const Item = z.object({ itemId: z.string().max(100) })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ cases, orders, deliveries }, me) => {
    const caseId = String(args.params.caseId)
    const found = await cases.get(me, { caseId })
    // an order's own page knows its names, prices and documents
    const order =
      found.case.kind === 'order' && me.rights.orders ? await orders.get(me, { orderId: found.case.subject }) : undefined
    const sent = me.rights.deliveries ? await deliveries.list(me, { caseId, pageSize: 20 }) : undefined
    return { found, order, sent: sent?.rows ?? [] }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const caseId = String(args.params.caseId)
  const back = (done: string) => redirect(`/desk/cases/${encodeURIComponent(caseId)}?done=${done}`, 303)
  switch (form.get('intent')) {
    case 'retry': {
      const answer = await ask(args, ({ cases }, me) => cases.retry(me, { caseId }))
      return answer.kind === 'late' ? data({ late: answer }, { status: 409 }) : back('retried')
    }
    case 'resume': {
      const { itemId } = sentAlong(form, Item)
      const answer = await ask(args, ({ cases }, me) => cases.resume(me, { caseId, itemId }))
      return answer.kind === 'late' ? data({ late: answer }, { status: 409 }) : back('resumed')
    }
    case 'correct': {
      const correction = parseWithZod(form, { schema: correctionOf(form) })
      if (correction.status !== 'success') return wrong(correction)
      const orderId = caseId.replace(/^order:/, '')
      const { refused, answer } = await askWith(args, correction, ({ orders }, me) =>
        orders.correct(me, { orderId, ...correction.value, holderContactId: correction.value.holderContactId || undefined }),
      )
      if (refused) return refused
      return answer.kind === 'late' ? data({ late: answer }, { status: 409 }) : back('resumed')
    }
    default:
      throw data(null, { status: 400 })
  }
}

// a late click is answered 4xx: what is there by now is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.case.title', (_, { caseId }) => ({ id: caseId ?? '' }))

const done: Record<string, TextKey> = {
  retried: 'desk.case.retried',
  resumed: 'desk.case.resumed',
  'given-up': 'desk.case.given-up',
  billed: 'desk.bill.done',
  'bill-begun': 'desk.bill.begun',
}

export default function Case() {
  const { found, order, sent } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  const flash = done[query.get('done') ?? '']
  const { id, subject, kind } = found.case
  const giveUp = `/desk/cases/${encodeURIComponent(id)}/give-up`
  const corrected =
    answer && 'initialValue' in answer ? { itemId: String(answer.initialValue?.itemId), result: answer } : undefined
  return (
    <Page
      title={
        <>
          <span className="soft">{kindOf(t, kind)}</span> {subjectOf(subject)}
        </>
      }
      back={{ to: '/desk/cases', title: t('desk.cases') }}
      actions={
        <>
          {order ? <OrderState state={order.order.state} /> : <CaseState state={found.case.state} />}
          {found.temporalUrl ? (
            <a className="button button--small" href={found.temporalUrl} target="_blank" rel="noreferrer">
              {t('desk.case.temporal')}
              <Icon name="external" size={14} />
            </a>
          ) : null}
        </>
      }
    >
      {answer && 'late' in answer ? <LateNotice late={answer.late} /> : null}
      {flash && !answer ? <Flash>{t(flash)}</Flash> : null}
      {order ? <RefundFailures of={order.refundFailures} reader="staff" /> : null}
      <CaseHead view={found.case} reader="staff">
        {kind === 'refund-failure' && found.case.awaits?.actor === 'operator' && may('books', 'edit') ? (
          <div>
            <ButtonLink
              tone="primary"
              to={`/desk/payments/${encodeURIComponent(subject)}/failed/${encodeURIComponent(id.slice('refund-failure:'.length))}`}
            >
              {t('refund-failure.decide')}
            </ButtonLink>
          </div>
        ) : null}
        {found.canRetry ? (
          <Form method="post" className="row">
            <Button tone="primary" icon="refresh" name="intent" value="retry">
              {t('desk.case.retry')}
            </Button>
            <span className="small soft">{t('desk.case.retry.hint')}</span>
          </Form>
        ) : null}
        {found.bill ? (
          <div>
            <ButtonLink to={`/desk/cases/${encodeURIComponent(id)}/bill-open`}>{t('desk.bill')}</ButtonLink>
          </div>
        ) : null}
      </CaseHead>
      <div className="split">
        <div className="stack stack--roomy">
          <Repairs found={found} giveUp={giveUp} />
          <section className="stack" aria-labelledby="story">
            <div className="card__head">
              <h2 id="story">{t('desk.case.story')}</h2>
              <LiveCase view={found.case} />
            </div>
            {order ? (
              <OrderStory
                order={order}
                reader="staff"
                corrected={corrected}
                {...(may('orders', 'edit') ? { paths: { correct: true } } : {})}
              />
            ) : (
              <CaseStory
                view={found.case}
                reader="staff"
                receipts={found.receipts}
                items={found.repairs.map(({ itemId, name, standing }) => ({
                  id: itemId,
                  title: <Name name={name} />,
                  badge: <ItemState state={standing} />,
                }))}
              />
            )}
          </section>
        </div>
        <aside className="beside">
          <CaseFacts found={found} customer={order?.order.customer} />
        </aside>
      </div>
      <section className="stack" aria-labelledby="activities">
        <h2 id="activities">{t('desk.case.activities')}</h2>
        {found.activities.length === 0 ? (
          <p className="soft">{t('desk.case.activities.none')}</p>
        ) : (
          <Activities activities={newestFirst(found.activities)} />
        )}
      </section>
      <Sendings of={sent} />
      <Events found={found} />
    </Page>
  )
}

/** Mails and letters of this case, and which of them did not arrive. */
function Sendings({ of: rows }: { of: Awaited<ReturnType<typeof loader>>['sent'] }) {
  const t = useText()
  if (rows.length === 0) return null
  return (
    <section className="stack">
      <Table
        caption={t('desk.sendings')}
        showCaption
        rows={rows}
        rowKey={({ id }) => id}
        columns={[
          { id: 'to', title: t('desk.sendings.col.to'), heads: true, cell: ({ to }) => <bdi className="reach">{to}</bdi> },
          {
            id: 'what',
            title: t('desk.sendings.col.what'),
            cell: ({ document, template }) => <code>{document?.number ?? template}</code>,
          },
          {
            id: 'state',
            title: t('desk.sendings.col.state'),
            cell: (row) => (
              <span className="told">
                <DeliveryState of={row} />
                {row.report ? <bdi className="small soft reach">{row.report}</bdi> : null}
              </span>
            ),
          },
          { id: 'at', title: t('desk.sendings.col.at'), cell: ({ at }) => <Time at={at} /> },
        ]}
      />
    </section>
  )
}

const newestFirst = (activities: ActivityView[]): ActivityView[] => activities.toReversed()

function Repairs({ found, giveUp }: { found: DeskCaseView; giveUp: string }) {
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const repairs = found.repairs.filter(({ canResume, canGiveUp }) => canResume || canGiveUp)
  if (repairs.length === 0) return null
  return (
    <Card title={t('desk.case.repairs')} raised>
      <ul className="plain-list lines lines--stacked">
        {repairs.map((item) => (
          <li key={item.itemId}>
            <span className="told">
              <span className="row">
                <Name name={item.name} />
                <ItemState state={item.standing} />
              </span>
              {item.reason ? <span className="small">{say(item.reason)}</span> : null}
              {item.canGiveUp ? (
                <span className="small soft">
                  {item.how ? say(item.how) : t('desk.case.repairs.consequence', { amount: showMoney(item.money, language) })}
                </span>
              ) : null}
            </span>
            <span className="row">
              {item.canResume ? (
                <Form method="post" className="contents">
                  <input type="hidden" name="intent" value="resume" />
                  <Button
                    size="small"
                    icon="play"
                    name="itemId"
                    value={item.itemId}
                    aria-label={t('desk.case.resume.long', { name: toULabel(item.name) })}
                  >
                    {t('desk.case.resume')}
                  </Button>
                </Form>
              ) : null}
              {item.canGiveUp ? (
                <ButtonLink
                  size="small"
                  tone="danger"
                  to={`${giveUp}?item=${encodeURIComponent(item.itemId)}`}
                  aria-label={t('desk.case.give-up.long', { name: toULabel(item.name) })}
                >
                  {t('desk.case.give-up')}
                </ButtonLink>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function CaseFacts({ found, customer }: { found: DeskCaseView; customer: Parameters<typeof CustomerLink>[0]['customer'] }) {
  const t = useText()
  const may = useMay()
  const { case: view } = found
  return (
    <Card title={t('desk.case.facts')}>
      <Facts
        of={[
          [t('desk.case.workflow'), <CopyId key="workflow" id={view.id} />],
          [t('desk.case.run'), found.runId && <CopyId key="run" id={found.runId} shown={`${found.runId.slice(0, 13)}…`} />],
          [t('desk.case.customer'), customer && <CustomerLink key="customer" customer={customer} />],
          view.kind === 'order' &&
            may('clearing') &&
            view.steps.some(({ id }) => id === 'clearing') && [
              t('desk.case.clearing'),
              <Link key="clearing" to={`/desk/clearing/${view.subject}`}>
                {view.subject}
              </Link>,
            ],
          [t('desk.case.started'), <Time key="started" at={view.startedAt} />],
          [t('desk.case.closed'), view.closedAt && <Time key="closed" at={view.closedAt} />],
          [t('desk.case.policy'), view.policy && <Time key="policy" at={view.policy} show="day" />],
          [t('desk.case.history'), found.historyEvents],
          [t('desk.case.transitions'), found.stateTransitions],
        ]}
      />
    </Card>
  )
}

/** Who caused an event: a person by name, a machine by what it is. */
const actorOf = (t: Text, by: string): string => {
  if (by === 'workflow' || by === 'payment-provider') return t(`desk.case.by.${by}`)
  return by.startsWith('registry:') ? t('desk.case.by.registry', { id: by.slice('registry:'.length) }) : by
}

function Events({ found }: { found: DeskCaseView }) {
  const t = useText()
  const say = useSay()
  return (
    <section className="stack" aria-labelledby="events">
      <div className="card__head">
        <h2 id="events">{t('desk.case.events')}</h2>
        <StatusBadge tone={found.chainIntact ? 'ok' : 'danger'} icon={found.chainIntact ? 'shield' : 'warning'}>
          {t(found.chainIntact ? 'desk.case.chain.ok' : 'desk.case.chain.broken')}
        </StatusBadge>
      </div>
      <Table
        caption={t('desk.case.events')}
        rows={found.events.toReversed()}
        rowKey={({ seq }) => String(seq)}
        columns={[
          { id: 'seq', title: '#', cell: ({ seq }) => <span className="numbers soft">{seq}</span> },
          {
            id: 'at',
            title: t('desk.case.event.at'),
            cell: ({ at }) => (
              <span className="nowrap">
                <Time at={at} show="absolute" />
              </span>
            ),
          },
          { id: 'what', title: t('desk.case.event.what'), heads: true, cell: ({ what }) => say(what) },
          { id: 'by', title: t('desk.case.event.by'), cell: ({ by }) => <span className="small">{actorOf(t, by)}</span> },
          {
            id: 'hash',
            title: t('desk.case.event.hash'),
            cell: ({ hash }) => (
              <span className="nowrap">
                <CopyId id={hash} shown={hash.slice(0, 10)} />
              </span>
            ),
          },
        ]}
        empty={<p className="soft">{t('desk.case.events.none')}</p>}
      />
    </section>
  )
}
