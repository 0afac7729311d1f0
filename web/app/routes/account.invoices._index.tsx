import type { LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { showDay } from '../../../workflows/policy/words/words'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { InvoiceTable } from '../ui/invoice-table'
import { useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { OpenInvoices } from '../ui/open-invoices'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ collections, invoices, paying }, me) => ({
    list: await invoices.list(me, listQuery(args.request)),
    open: await paying.open(me),
    own: await collections.mine(me),
  }))

export const meta = title('account.invoices')

export default function Invoices() {
  const t = useText()
  const { list, open, own } = useLoaded<typeof loader>()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const planned = /^\d{4}-\d{2}-\d{2}$/.exec(query.get('planned') ?? '')?.[0]
  return (
    <Page title={t('account.invoices')} lead={t('account.invoices.lead')}>
      {planned ? <Flash>{t('account.open.planned', { on: showDay(planned, language) })}</Flash> : null}
      {query.has('choose') ? <Flash tone="warn">{t('account.open.choose')}</Flash> : null}
      <OpenInvoices found={open} own={own} />
      <InvoiceTable
        found={list}
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
