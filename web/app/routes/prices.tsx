import type { LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import type { TldOffer } from '../../../api/operations/types'
import { countryName } from '../../../workflows/policy/countries'
import type { Money as Amount } from '../../../workflows/policy/money'
import { toULabel } from '../../../workflows/policy/names'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { Empty } from '../ui/card'
import { Filters } from '../ui/filters'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Page } from '../ui/page'
import '../ui/shop.css'
import { Table, useQuery } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const meta = title('prices.title')

export async function loader(args: LoaderFunctionArgs) {
  const query = new URL(args.request.url).searchParams
  const group = query.get('group') || undefined
  const q = query.get('q')?.trim().slice(0, 100) || undefined
  const [groups, offers] = await Promise.all([
    ask(args, ({ shop }, me) => shop.groups(me)),
    ask(args, ({ shop }, me) => shop.offers(me, { group, q })),
  ])
  return { group, groups: groups.map(({ id, title: name }) => ({ id, title: name })), offers: sorted(offers, query.get('sort')) }
}

/** Each currency by itself: nobody compares francs with euros. */
const dearer = (a: Amount, b: Amount): number => a.currency.localeCompare(b.currency) || a.amount - b.amount

/** A price list is short: it is put in order here. */
function sorted(offers: TldOffer[], sort: string | null): TldOffer[] {
  const by: Record<string, (a: TldOffer, b: TldOffer) => number> = {
    tld: (a, b) => toULabel(a.tld).localeCompare(toULabel(b.tld)),
    register: (a, b) => dearer(a.gross, b.gross),
    renew: (a, b) => dearer(a.renewGross, b.renewGross),
  }
  const order = by[sort?.replace(/^-/, '') ?? '']
  if (!order) return offers
  return [...offers].sort((a, b) => (sort?.startsWith('-') ? -order(a, b) : order(a, b)))
}

export default function Prices() {
  const t = useText()
  const to = useQuery()
  const [query] = useSearchParams()
  const { group, groups, offers } = useLoaded<typeof loader>()
  return (
    <Page title={t('prices.title')} lead={t('prices.lead', { vat: t('prices.vat') })}>
      <div className="stack">
        <Filters label={t('prices.search')}>{group ? <input type="hidden" name="group" value={group} /> : null}</Filters>
        <nav aria-label={t('search.groups')}>
          <ul className="chips">
            <li>
              <Link className="chip" to={to({ group: undefined })} aria-current={group ? undefined : 'true'} preventScrollReset>
                {t('search.all')}
              </Link>
            </li>
            {groups.map(({ id, title: name }) => (
              <li key={id}>
                <Link className="chip" to={to({ group: id })} aria-current={group === id ? 'true' : undefined} preventScrollReset>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <Table
        caption={t('prices.caption')}
        rows={offers}
        rowKey={({ tld }) => tld}
        empty={
          <Empty
            icon="search"
            title={t('prices.none.title')}
            action={query.size > 0 ? <ButtonLink to="/prices">{t('form.clear')}</ButtonLink> : undefined}
          >
            {t('prices.none.text')}
          </Empty>
        }
        columns={[
          {
            id: 'tld',
            title: t('prices.col.tld'),
            sortable: true,
            heads: true,
            cell: ({ tld }) => (
              <Link to={`/tlds/${tld}`} className="strong">
                .{toULabel(tld)}
              </Link>
            ),
          },
          {
            id: 'register',
            title: t('prices.col.register'),
            sortable: true,
            end: true,
            cell: ({ gross, net }) => <Price gross={gross} net={net} />,
          },
          {
            id: 'renew',
            title: t('prices.col.renew'),
            sortable: true,
            end: true,
            cell: ({ renewGross, renewNet }) => <Price gross={renewGross} net={renewNet} />,
          },
          { id: 'years', title: t('prices.col.years'), cell: ({ rules }) => <Years rules={rules} /> },
          { id: 'who', title: t('prices.col.who'), cell: ({ rules }) => <ForWhom rules={rules} /> },
        ]}
      />
    </Page>
  )
}

function Price({ gross, net }: Pick<TldOffer, 'gross' | 'net'>) {
  const t = useText()
  const [before, after] = t('prices.net', { amount: '\u0001' }).split('\u0001')
  return (
    <>
      <span className="strong">
        <Money of={gross} />
      </span>
      <br />
      <span className="small soft nowrap">
        {before}
        <Money of={net} />
        {after}
      </span>
    </>
  )
}

function Years({ rules }: Pick<TldOffer, 'rules'>) {
  const t = useText()
  const { min, max } = rules.years
  return <span className="nowrap">{min === max ? t('prices.years-one', { count: min }) : t('prices.years', { min, max })}</span>
}

function ForWhom({ rules }: Pick<TldOffer, 'rules'>) {
  const t = useText()
  const { language } = useViewer()
  const { kinds, countries } = rules.holder
  const kind = kinds.length > 1 ? undefined : kinds[0] === 'individual' ? t('prices.individuals') : t('prices.organisations')
  const where =
    countries === undefined
      ? undefined
      : countries.length > 3
        ? t('prices.somewhere-many', { count: countries.length })
        : t('prices.somewhere', { countries: countries.map((code) => countryName(code, language)).join(', ') })
  return <span suppressHydrationWarning>{[kind, where].filter(Boolean).join(', ') || t('prices.anyone')}</span>
}
