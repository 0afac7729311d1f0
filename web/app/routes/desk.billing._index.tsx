import type { LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { RunTable } from '../ui/billing-tables'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager } from '../ui/table'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ billing }, me) => billing.runs(me, listQuery(args.request)))

export const meta = title('desk.billing')

export default function BillingRuns() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const filtered = useFiltered()
  const begin = may('books', 'edit') ? (
    <>
      <ButtonLink to="/desk/plans">{t('services.plans')}</ButtonLink>
      <ButtonLink tone="primary" icon="play" to="/desk/billing/new">
        {t('desk.billing.new')}
      </ButtonLink>
    </>
  ) : undefined
  return (
    <Page title={t('desk.billing')} lead={t('desk.billing.lead')} actions={begin}>
      {found.total > 0 || filtered ? (
        <Filters
          label={t('desk.billing.search')}
          statesLabel={t('desk.billing.state')}
          states={(['running', 'parked', 'done'] as const).map((value) => ({ value, title: t(`desk.billing.state.${value}`) }))}
        />
      ) : null}
      <RunTable
        rows={found.rows}
        empty={
          filtered ? (
            <NoMatch title={t('desk.billing.lines.none.title')} />
          ) : (
            <Empty icon="receipt" title={t('desk.billing.empty.title')}>
              {t('desk.billing.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
