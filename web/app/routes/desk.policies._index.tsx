import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import type { PolicyKind, PolicyVersion } from '../../../api/operations/dunning-types'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { useNumber } from '../ui/dunning-tables'
import { plainField, Select } from '../ui/field'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash } from '../ui/notice'
import { NoMatch } from '../ui/order-table'
import { Page } from '../ui/page'
import { StatusBadge } from '../ui/status-badge'
import { listQuery, Pager, Table, type Column } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'
import '../ui/rules.css'

const kinds = ['dunning', 'order', 'house', 'billing', 'tld-rules', 'tld-prices', 'plan-prices'] as const satisfies PolicyKind[]

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ policies }, me) => {
    const asked = new URL(args.request.url).searchParams.get('kind')
    const kind = kinds.find((one) => one === asked)
    return policies.list(me, { ...listQuery(args.request), ...(kind ? { kind } : {}) })
  })

export const meta = title('desk.policies')

const tones = { 'in-force': 'ok', 'to-come': 'now', past: 'idle' } as const

export default function Policies() {
  const found = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const number = useNumber()
  const [query] = useSearchParams()
  const added = query.get('added')
  const columns: Column<PolicyVersion>[] = [
    {
      id: 'version',
      title: t('desk.policies.col.version'),
      heads: true,
      cell: ({ kind, version, subject }) => (
        <>
          {['dunning', 'order', 'house'].includes(kind) ? (
            <Link to={`/desk/policies/${kind}/${encodeURIComponent(version)}`}>{version}</Link>
          ) : (
            version
          )}
          <div className="small soft">
            {t(`desk.policies.kind.${kind}`)} {subject ? <bdi>{subject}</bdi> : null}
          </div>
        </>
      ),
    },
    { id: 'from', title: t('desk.policies.col.from'), cell: ({ validFrom }) => <Time at={validFrom} show="day" /> },
    {
      id: 'standing',
      title: t('desk.policies.col.standing'),
      cell: ({ standing }) => <StatusBadge tone={tones[standing]}>{t(`desk.policies.${standing}`)}</StatusBadge>,
    },
    {
      id: 'running',
      title: t('desk.policies.col.running'),
      end: true,
      cell: ({ running }) => (running === undefined ? '–' : <span className="numbers">{number(running)}</span>),
    },
    {
      id: 'data',
      title: t('desk.policies.col.data'),
      cell: ({ data, kind }) => {
        const price = data as { amount?: number; currency?: string }
        return (kind === 'tld-prices' || kind === 'plan-prices') && price.amount !== undefined && price.currency ? (
          <Money of={{ amount: price.amount, currency: price.currency }} />
        ) : null
      },
    },
    {
      id: 'by',
      title: t('desk.policies.col.by'),
      cell: ({ by, at, note }) => (
        <>
          {at ? (
            <>
              <bdi>{by}</bdi> <Time at={at} show="absolute" />
            </>
          ) : (
            <span className="soft">{t('desk.policies.house-began')}</span>
          )}
          {note ? (
            <div className="small soft">
              <bdi>{note}</bdi>
            </div>
          ) : null}
        </>
      ),
    },
  ]
  return (
    <Page
      title={t('desk.policies')}
      lead={t('desk.policies.lead')}
      actions={
        <>
          <ButtonLink tone="quiet" to="/desk/base-rates">
            {t('desk.policies.base-rates')}
          </ButtonLink>
          {may('books', 'edit') ? (
            <>
              <ButtonLink tone="quiet" to="/desk/policies/move">
                {t('desk.policies.move')}
              </ButtonLink>
              <ButtonLink tone="quiet" to="/desk/policies/price-new">
                {t('desk.policies.new.price')}
              </ButtonLink>
              <ButtonLink tone="quiet" to="/desk/policies/order-new">
                {t('desk.policies.new.order')}
              </ButtonLink>
              <ButtonLink tone="primary" icon="plus" to="/desk/policies/dunning-new">
                {t('desk.policies.new.dunning')}
              </ButtonLink>
            </>
          ) : null}
        </>
      }
    >
      {added === null ? null : (
        <Flash>
          {added === 'price' ? t('desk.policies.price.added') : t('desk.policies.added', { version: added.slice(0, 20) })}
        </Flash>
      )}
      <Filters label={t('desk.policies.search')}>
        <Select
          required={false}
          field={plainField('kind', query.get('kind') ?? '')}
          label={t('desk.policies.kind')}
          placeholder="–"
          options={kinds.map((value) => ({ value, title: t(`desk.policies.kind.${value}`) }))}
        />
      </Filters>
      <Table
        caption={t('desk.policies')}
        rows={found.rows}
        rowKey={({ kind, subject, version }) => `${kind} ${subject ?? ''} ${version}`}
        columns={columns}
        empty={<NoMatch title={t('desk.policies.none')} />}
      />
      <Pager {...found} />
    </Page>
  )
}
