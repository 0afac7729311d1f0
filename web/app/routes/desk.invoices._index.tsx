import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { InvoiceTable } from '../ui/invoice-table'
import { useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ invoices }, me) => invoices.list(me, listQuery(args.request)))

export const meta = title('desk.invoices')

export default function Invoices() {
  const t = useText()
  return (
    <Page title={t('desk.invoices')} lead={t('desk.invoices.lead')}>
      <InvoiceTable
        found={useLoaded<typeof loader>()}
        file={(id) => `/desk/invoices/${id}.pdf`}
        order={(orderId) => `/desk/cases/${encodeURIComponent(`order:${orderId}`)}`}
        empty={
          <Empty icon="file" title={t('desk.invoices.empty.title')}>
            {t('desk.invoices.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
