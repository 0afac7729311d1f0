import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Empty } from '../ui/card'
import { DeliveryState, NotBefore } from '../ui/document-page'
import { Filters } from '../ui/filters'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ deliveries }, me) => deliveries.list(me, listQuery(args.request)))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const answer = await ask(args, ({ deliveries }, me) => deliveries.again(me, { deliveryId: String(form.get('deliveryId')) }))
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect('/desk/deliveries?done=again', 303)
}

// a late click is answered 4xx: what is there by now is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.sendings')

const states = ['queued', 'claimed', 'sent', 'failed', 'bounced'] as const

export default function Deliveries() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const filtered = useFiltered()
  const [query] = useSearchParams()
  const edit = may('deliveries', 'edit')
  return (
    <Page
      title={t('desk.sendings')}
      lead={t('desk.sendings.lead')}
      actions={
        // the board is served beside the pages
        <a className="button" href="/desk/queues">
          {t('desk.sendings.queues')}
        </a>
      }
    >
      {answer ? <LateNotice late={answer.late} /> : null}
      {!answer && query.get('done') === 'again' ? <Flash>{t('desk.sendings.again.done')}</Flash> : null}
      {found.total > 0 || filtered ? (
        <Filters
          label={t('desk.sendings.search')}
          statesLabel={t('desk.sendings.state')}
          states={states.map((value) => ({ value, title: t(`document.delivery.state.${value}`) }))}
        />
      ) : null}
      <Table
        caption={t('desk.sendings')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'to',
            title: t('desk.sendings.col.to'),
            heads: true,
            cell: ({ to, channel }) => (
              <span className="told">
                <bdi className="reach">{to}</bdi>
                <span className="small soft">{t(`document.delivery.${channel}`)}</span>
              </span>
            ),
          },
          {
            id: 'what',
            title: t('desk.sendings.col.what'),
            cell: ({ document, template }) =>
              document && may('invoices') ? (
                <Link to={`/desk/invoices/${document.id}`} className="nowrap">
                  {document.number}
                </Link>
              ) : (
                <code>{document?.number ?? template}</code>
              ),
          },
          {
            id: 'customer',
            title: t('desk.sendings.col.customer'),
            cell: ({ customer }) => (customer ? <CustomerLink customer={customer} /> : null),
          },
          {
            id: 'state',
            title: t('desk.sendings.col.state'),
            cell: (row) => (
              <span className="told">
                <DeliveryState of={row} />
                <NotBefore of={row} />
                {row.report ? <bdi className="small soft reach">{row.report}</bdi> : null}
              </span>
            ),
          },
          {
            id: 'at',
            title: t('desk.sendings.col.at'),
            cell: ({ at }) => <Time at={at} />,
          },
          {
            id: 'again',
            title: '',
            end: true,
            cell: ({ id, state, to }) =>
              edit && (state === 'failed' || state === 'bounced') ? (
                <Form method="post" className="contents">
                  <Button
                    size="small"
                    icon="refresh"
                    name="deliveryId"
                    value={id}
                    aria-label={t('desk.sendings.again.one', { to: to ?? '' })}
                  >
                    {t('document.delivery.again')}
                  </Button>
                </Form>
              ) : null,
          },
        ]}
        empty={
          filtered ? (
            <NoMatch title={t('account.invoices.none.title')} />
          ) : (
            <Empty icon="mail" title={t('desk.sendings.empty.title')}>
              {t('desk.sendings.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
