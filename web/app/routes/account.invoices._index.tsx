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

export const meta = title('account.invoices')

export default function Invoices() {
  const t = useText()
  return (
    <Page title={t('account.invoices')} lead={t('account.invoices.lead')}>
      <InvoiceTable
        found={useLoaded<typeof loader>()}
        file={(id) => `/account/invoices/${id}.pdf`}
        order={(orderId) => `/account/orders/${orderId}`}
        empty={
          <Empty icon="file" title={t('account.invoices.empty.title')}>
            {t('account.invoices.empty.text')}
          </Empty>
        }
      />
    </Page>
  )
}
