import type { LoaderFunctionArgs } from '@remix-run/node'
import { Form, useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { caseQuery, mostAtOnce } from '../case-query'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { actorOf, actors, CaseTable, kindOf, kinds } from '../ui/case-table'
import { Filters } from '../ui/filters'
import { plainField, Select } from '../ui/field'
import { useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { caseStates } from '../ui/status-badge'
import { listQuery, Pager } from '../ui/table'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ cases }, me) =>
    cases.list(me, { ...listQuery(args.request), ...caseQuery(new URL(args.request.url).searchParams) }),
  )

export const meta = title('desk.cases')

export default function Cases() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  const filtered = useFiltered()
  const repairs = may('cases', 'edit')
  const open = found.rows.some(({ state }) => state !== 'done')
  const done = Number(query.get('done') ?? 0)
  const late = Number(query.get('late') ?? 0)
  return (
    <Page title={t('desk.cases')} lead={t('desk.cases.lead')}>
      {done + late > 0 ? (
        <Flash tone={done > 0 ? 'ok' : 'warn'}>
          <p>
            {done > 0 ? t('desk.retry.done', { count: done }) : null} {late > 0 ? t('desk.retry.late', { count: late }) : null}
          </p>
        </Flash>
      ) : null}
      <CaseFilters />
      {/* a GET to the preview: what will be tried again is shown before it is */}
      <Form action="/desk/cases/retry" className="stack">
        {['q', 'state', 'kind', 'actor'].map((key) =>
          query.get(key) ? <input key={key} type="hidden" name={key} value={query.get(key) ?? ''} /> : null,
        )}
        {repairs && open ? (
          <div className="row">
            <Button size="small" icon="refresh" name="chosen" value="some">
              {t('desk.cases.retry-selected')}
            </Button>
            {query.get('state') === 'parked' || query.get('state') === 'waiting' ? (
              <Button size="small" tone="quiet" name="chosen" value="all">
                {t('desk.cases.retry-all', { count: Math.min(found.total, mostAtOnce) })}
              </Button>
            ) : null}
          </div>
        ) : null}
        <CaseTable rows={found.rows} select={repairs && open} filtered={filtered} />
      </Form>
      <Pager {...found} />
    </Page>
  )
}

function CaseFilters() {
  const t = useText()
  const [query] = useSearchParams()
  return (
    <Filters
      label={t('desk.cases.search')}
      statesLabel={t('desk.cases.state')}
      states={[
        { value: 'open', title: t('desk.cases.state.open') },
        ...caseStates.map(({ value, text }) => ({ value, title: t(text) })),
      ]}
    >
      <Select
        required={false}
        field={plainField('kind', query.get('kind') ?? '')}
        label={t('desk.cases.kind')}
        placeholder="–"
        options={kinds.map((value) => ({ value, title: kindOf(t, value) }))}
      />
      <Select
        required={false}
        field={plainField('actor', query.get('actor') ?? '')}
        label={t('desk.cases.actor')}
        placeholder="–"
        options={actors.map((value) => ({ value, title: actorOf(t, value) }))}
      />
    </Filters>
  )
}
