import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { useLoaded } from '../ui/loaded'
import { NameTable } from '../ui/name-table'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ names }, me) => names.list(me, listQuery(args.request)))

export const meta = title('desk.names')

export default function Names() {
  const t = useText()
  return (
    <Page title={t('desk.names')} lead={t('desk.names.lead')}>
      <NameTable
        found={useLoaded<typeof loader>()}
        to={(orderId) => `/desk/cases/${encodeURIComponent(`order:${orderId}`)}`}
        empty={
          <Empty icon="globe" title={t('desk.names.empty.title')}>
            {t('desk.names.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
