import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { OrderTable } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ orders }, me) => orders.list(me, listQuery(args.request)))

export const meta = title('account.orders')

export default function Orders() {
  const t = useText()
  return (
    <Page title={t('account.orders')} lead={t('account.orders.lead')}>
      <OrderTable
        found={useLoaded<typeof loader>()}
        caption={t('account.orders')}
        to={(id) => `/account/orders/${id}`}
        noMatch={t('account.orders.none.title')}
        empty={
          <Empty
            title={t('account.orders.empty.title')}
            action={
              <ButtonLink to="/" tone="primary" icon="search">
                {t('account.search-a-name')}
              </ButtonLink>
            }
          >
            {t('account.orders.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
