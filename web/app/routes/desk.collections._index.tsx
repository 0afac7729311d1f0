import type { LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Empty } from '../ui/card'
import { collectionStates, CollectionTable } from '../ui/collection-tables'
import { plainField, Select } from '../ui/field'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { listQuery, Pager } from '../ui/table'
import { title } from '../ui/title'

const levelIn = ({ request }: Pick<LoaderFunctionArgs, 'request'>): number | undefined => {
  const level = new URL(request.url).searchParams.get('level')
  return level !== null && /^\d{1,2}$/.test(level) ? Number(level) : undefined
}

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ collections }, me) => collections.list(me, { ...listQuery(args.request), level: levelIn(args) }))

export const meta = title('desk.collections')

const levels = [0, 1, 2, 3]

export default function Collections() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const [query] = useSearchParams()
  const filtered = useFiltered('active')
  return (
    <Page title={t('desk.collections')} lead={t('desk.collections.lead')}>
      <Filters
        label={t('desk.collections.search')}
        statesLabel={t('desk.collections.state')}
        usual="active"
        states={(['active', 'returned', ...collectionStates, 'all'] as const).map((value) => ({
          value,
          title: t(`desk.collections.state.${value}`),
        }))}
      >
        <Select
          required={false}
          field={plainField('level', query.get('level') ?? '')}
          label={t('desk.collections.level')}
          placeholder="–"
          options={levels.map((level) => ({
            value: String(level),
            title: level === 0 ? t('desk.collections.level.0') : t('desk.collections.level.n', { level }),
          }))}
        />
      </Filters>
      {found.sums.map(({ count, open, claims }) => (
        <p key={open.currency} className="row">
          <span>{t('desk.collections.sum', { count })}</span>
          <strong>
            <Money of={open} />
          </strong>
          {claims.amount > 0 ? (
            <span className="soft">
              {t('desk.collections.beside')} <Money of={claims} />
            </span>
          ) : null}
        </p>
      ))}
      <CollectionTable
        rows={found.rows}
        empty={
          filtered ? (
            <NoMatch title={t('desk.collections.none.title')} />
          ) : (
            <Empty icon="receipt" title={t('desk.collections.empty.title')}>
              {t('desk.collections.empty.text')}
            </Empty>
          )
        }
      />
      <Pager {...found} />
    </Page>
  )
}
