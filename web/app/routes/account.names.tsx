import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { NameTable } from '../ui/name-table'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ names }, me) => names.list(me, listQuery(args.request)))

export const meta = title('account.names')

export default function Names() {
  const t = useText()
  return (
    <Page title={t('account.names')} lead={t('account.names.lead')}>
      <NameTable
        found={useLoaded<typeof loader>()}
        to={(orderId) => `/account/orders/${orderId}`}
        empty={
          <Empty
            icon="globe"
            title={t('account.names.empty.title')}
            action={
              <ButtonLink to="/" tone="primary" icon="search">
                {t('account.search-a-name')}
              </ButtonLink>
            }
          >
            {t('account.names.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
