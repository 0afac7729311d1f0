import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { OrderTable } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ orders }, me) => orders.list(me, listQuery(args.request)))

export const meta = title('desk.orders')

export default function Orders() {
  const t = useText()
  return (
    <Page title={t('desk.orders')} lead={t('desk.orders.lead')}>
      <OrderTable
        found={useLoaded<typeof loader>()}
        caption={t('desk.orders')}
        to={(id) => `/desk/cases/${encodeURIComponent(`order:${id}`)}`}
        noMatch={t('desk.orders.none.title')}
        empty={<Empty title={t('desk.orders.empty.title')}>{t('desk.orders.empty.text')}</Empty>}
      />
    </Page>
  )
}
