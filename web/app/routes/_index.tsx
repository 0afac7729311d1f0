import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import {
  Await,
  Form as SearchForm,
  Link,
  useFetcher,
  useLocation,
  useSearchParams,
  type ShouldRevalidateFunctionArgs,
} from '@remix-run/react'
import { Fragment, Suspense, type ReactNode } from 'react'
import type { SearchHit } from '../../../api/operations/types'
import type { Money as Amount } from '../../../workflows/policy/money'
import { parseName, toULabel } from '../../../workflows/policy/names'
import { said, type Said } from '../../../workflows/policy/said'
import { checkName } from '../../../workflows/policy/tld-rules'
import { ask, askQuietly, safeNext } from '../ask.server'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Form } from '../ui/form'
import { Icon, type IconName } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Name } from '../ui/name'
import { Flash, Notice } from '../ui/notice'
import { useSay } from '../ui/say'
import { useScript } from '../ui/script'
import '../ui/shop.css'
import { StatusBadge } from '../ui/status-badge'
import { useQuery } from '../ui/table'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const meta = title<Awaited<ReturnType<typeof loader>>>('search.page-title', (loaded) => ({ page: loaded.query }))
export const handle = { streams: (loaded: unknown) => ((loaded as { rows?: unknown[] } | undefined)?.rows?.length ?? 0) > 0 }

/** One line of the results: known at once, but for what its registry still has to say. */
interface Line {
  tld: string
  name: string
  /** the TLD's rules refuse it: nobody needs to be asked */
  refused?: Said
  gross?: Amount
  part: number
}

export async function loader(args: LoaderFunctionArgs) {
  const query = new URL(args.request.url).searchParams
  const typed = (query.get('q') ?? '').trim().slice(0, 400)
  const tld = query.get('tld')
  const q = tld && typed && !typed.includes('.') ? `${typed}.${tld}` : typed
  const group = query.get('group') || undefined
  const groups = (await ask(args, ({ shop }, me) => shop.groups(me))).map(({ id, title: name }) => ({ id, title: name }))
  const nothing = { q, query: '', group, groups, rows: [] as Line[], parts: [] as Promise<SearchHit[]>[] }
  if (q === '') {
    const popular = await ask(args, ({ shop }, me) => shop.offers(me, { group: groups[0]?.id }))
    return { ...nothing, popular: popular.map(({ tld: id, gross }) => ({ tld: id, gross })) }
  }
  const [found, offers] = await Promise.all([
    ask(args, ({ shop }, me) => shop.search(me, { q, group })),
    ask(args, ({ shop }, me) => shop.offers(me, {})),
  ])
  const tlds = offers.map((offer) => offer.tld)
  const parsed = parseName(q, tlds)
  if (parsed.kind === 'invalid') return { ...nothing, query: found.query, problem: found.problem ?? parsed.reason }
  const partOf = new Map(found.parts.flatMap((part, index) => part.tlds.map((id) => [id, index] as const)))
  const ordered = [...(parsed.tld ? [parsed.tld] : []), ...tlds.filter((id) => id !== parsed.tld)]
  const rows = ordered.flatMap((id): Line[] => {
    const part = partOf.get(id)
    const offer = offers.find((candidate) => candidate.tld === id)
    if (part === undefined) return []
    const refused = offer && checkName(offer.rules, parsed.label)
    return [
      {
        tld: id,
        name: `${parsed.label}.${id}`,
        part,
        ...(refused ? { refused } : {}),
        ...(offer ? { gross: offer.gross } : {}),
      },
    ]
  })
  // a registry that fails is a registry that is silent: its names are shown as not known
  const parts = found.parts.map(({ hits }) => hits.catch((): SearchHit[] => []))
  if (query.has('whole')) await Promise.all(parts)
  const known = query.has('whole') ? await Promise.all(parts) : undefined
  return {
    ...nothing,
    query: found.query,
    rows,
    parts,
    known,
    named: parsed.tld,
    ...(found.problem ? { problem: found.problem } : {}),
  }
}

export async function action(args: ActionFunctionArgs) {
  const form = await args.context.requireForm(args.request)
  const name = String(form.get('name') ?? '')
  const asked = await askQuietly(args, ({ cart }, me) => cart.add(me, { name }))
  const headers = new Headers()
  const refused = 'problem' in asked ? asked.problem.reason : asked.answer.kind === 'refused' ? asked.answer.reason : undefined
  if ('answer' in asked && asked.answer.kind === 'added')
    headers.append('Set-Cookie', args.context.cookies.keepCart(asked.answer.cartId))
  // with JavaScript the page stays as it is; without, the cart says what happened
  if (form.get('stay'))
    return data({ name, refused }, { status: refused ? ('problem' in asked ? asked.problem.status : 409) : 200, headers })
  if (refused) return data({ name, refused }, { status: 'problem' in asked ? asked.problem.status : 409 })
  const next = new URL(safeNext(form.get('next'), '/cart'), 'http://here')
  next.searchParams.set('added', name)
  return redirect(next.pathname + next.search, { headers })
}

/** The registries are not asked again because something went into the cart. */
export const shouldRevalidate = ({ formMethod, currentUrl, nextUrl, defaultShouldRevalidate }: ShouldRevalidateFunctionArgs) =>
  formMethod === 'POST' && currentUrl.search === nextUrl.search ? false : defaultShouldRevalidate

export default function Search() {
  const loaded = useLoaded<typeof loader>()
  return loaded.q === '' ? <Home /> : <Results />
}

function SearchField({ big = false, initial = '' }: { big?: boolean; initial?: string }) {
  const t = useText()
  return (
    <SearchForm action="/" role="search" className={big ? 'search search--big' : 'search'}>
      <label className="aloud" htmlFor="q">
        {t('search.field')}
      </label>
      <Icon name="search" size={22} />
      <input
        id="q"
        name="q"
        type="search"
        defaultValue={initial}
        key={initial}
        placeholder={t('search.placeholder')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        enterKeyHint="search"
        maxLength={400}
        required
        autoFocus={big}
      />
      <Button tone="primary" size={big ? 'big' : 'normal'}>
        {t('search.submit')}
      </Button>
    </SearchForm>
  )
}

const promises: { icon: IconName; key: 'paid' | 'seen' | 'rules' }[] = [
  { icon: 'receipt', key: 'paid' },
  { icon: 'eye', key: 'seen' },
  { icon: 'shield', key: 'rules' },
]

function Home() {
  const t = useText()
  const loaded = useLoaded<typeof loader>()
  const popular = 'popular' in loaded ? loaded.popular : []
  return (
    <div className="home">
      <section className="hero">
        <h1>{t('search.title')}</h1>
        <p className="lead">{t('search.lead')}</p>
        <SearchField big />
        <p className="small soft">{t('search.examples')}</p>
      </section>
      {popular.length > 0 ? (
        <section className="stack" aria-labelledby="popular">
          <div className="row row--between">
            <h2 id="popular">{t('home.popular')}</h2>
            <Link to="/prices">{t('home.all-prices')}</Link>
          </div>
          <ul className="endings plain-list">
            {popular.map(({ tld, gross }) => (
              <li key={tld}>
                <Link to={`/tlds/${tld}`} className="card ending">
                  <span className="ending__tld">.{toULabel(tld)}</span>
                  <span className="small soft">
                    <Money of={gross} /> {t('search.per-year')}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
          <p className="small soft">{t('search.with-vat')}</p>
        </section>
      ) : null}
      <section className="promises">
        {promises.map(({ icon, key }) => (
          <div className="promise" key={key}>
            <Icon name={icon} size={24} />
            <h2>{t(`home.promise.${key}.title`)}</h2>
            <p className="soft">{t(`home.promise.${key}.text`)}</p>
          </div>
        ))}
      </section>
    </div>
  )
}

function Results() {
  const t = useText()
  const say = useSay()
  const loaded = useLoaded<typeof loader>()
  const { cartNames } = useViewer()
  const { q, query, group, groups, rows, parts } = loaded
  const added = useSearchParams()[0].get('added')
  const known = 'known' in loaded ? loaded.known : undefined
  const problem = 'problem' in loaded ? loaded.problem : undefined
  const named = 'named' in loaded ? loaded.named : undefined
  const exact = rows.filter((line) => line.tld === named)
  const others = rows.filter((line) => line.tld !== named && !line.refused)
  const impossible = rows.filter((line) => line.tld !== named && line.refused)
  const link = (id?: string) => `/?${new URLSearchParams({ q, ...(id ? { group: id } : {}) }).toString()}`
  const lines = (of: Line[]) => (
    <ul className="hits plain-list">
      {of.map((line) => (
        <HitFrame key={line.name} line={line} hits={parts[line.part]} known={known?.[line.part]} />
      ))}
    </ul>
  )
  return (
    <div className="page">
      <SearchField initial={q} />
      <div className="stack">
        <div className="row row--between results__head">
          <h1>{t('search.results', { query })}</h1>
          {cartNames.length > 0 ? (
            <ButtonLink to="/cart" tone="primary" icon="cart" className="only-wide">
              {t('search.to-cart')}
            </ButtonLink>
          ) : null}
        </div>
        <nav aria-label={t('search.groups')}>
          <ul className="chips">
            <li>
              <Link className="chip" to={link()} aria-current={group ? undefined : 'true'} preventScrollReset>
                {t('search.all')}
              </Link>
            </li>
            {groups.map(({ id, title: name }) => (
              <li key={id}>
                <Link className="chip" to={link(id)} aria-current={group === id ? 'true' : undefined} preventScrollReset>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      {added && cartNames.includes(added) ? <Flash>{t('cart.added', { name: toULabel(added) })}</Flash> : null}
      {problem ? (
        <Notice tone="warn">
          <p>{say(problem)}</p>
        </Notice>
      ) : null}
      {/* another search is another list: React would keep the old one on the screen until the last registry has answered */}
      <Fragment key={`${q} ${group ?? ''}`}>
        {exact.length > 0 ? (
          <section className="stack stack--tight exact" aria-labelledby="exact">
            <h2 id="exact">{t('search.exact')}</h2>
            {lines(exact)}
          </section>
        ) : null}
        {others.length > 0 ? (
          <section className="stack stack--tight" aria-labelledby="others">
            <div className="row row--between">
              <h2 id="others" className={exact.length > 0 ? '' : 'aloud'}>
                {t('search.more')}
              </h2>
              <Summary parts={parts} known={known} lines={others} />
            </div>
            {lines(others)}
          </section>
        ) : null}
        {rows.length > 0 ? <p className="small soft">{t('search.with-vat')}</p> : null}
        {impossible.length > 0 ? (
          <details className="stack">
            <summary>{t('search.impossible', { count: impossible.length })}</summary>
            {lines(impossible)}
          </details>
        ) : null}
        {rows.length === 0 && !problem ? <p className="soft">{t('search.none')}</p> : null}
      </Fragment>
    </div>
  )
}

/** One promise for all parts, the same one at each drawing: React waits for ever for a promise that is always a new one. */
const whole = new WeakMap<Promise<SearchHit[]>[], Promise<SearchHit[][]>>()
const wholeOf = (parts: Promise<SearchHit[]>[]): Promise<SearchHit[][]> => {
  const all = whole.get(parts) ?? Promise.all(parts)
  whole.set(parts, all)
  return all
}

/** How many are free: said when all have answered. */
function Summary({ parts, known, lines }: { parts: Promise<SearchHit[]>[]; known: SearchHit[][] | undefined; lines: Line[] }) {
  const t = useText()
  const { pathname, search } = useLocation()
  const count = (answers: SearchHit[][]) => {
    const hits = answers.flat()
    const standings = lines.map(({ tld }) => hits.find((hit) => hit.tld === tld)?.standing ?? 'unknown')
    const of = (standing: SearchHit['standing']) => standings.filter((found) => found === standing).length
    const numbers = { free: of('free'), taken: of('taken'), unknown: of('unknown') }
    if (numbers.unknown === 0) return t('search.summary', numbers)
    return (
      <>
        {t('search.summary-unknown', numbers)}{' '}
        <Link to={pathname + search} reloadDocument>
          {t('search.ask-again')}
        </Link>
      </>
    )
  }
  return (
    <p className="small soft" role="status">
      {known ? (
        count(known)
      ) : (
        <Suspense fallback={t('search.summary-asking')}>
          <Await resolve={wholeOf(parts)}>{count}</Await>
        </Suspense>
      )}
    </p>
  )
}

const silent = (line: Line): SearchHit => ({
  name: line.name,
  shown: toULabel(line.name),
  tld: line.tld,
  standing: 'unknown',
  reason: said('search.registry-silent'),
  inCart: false,
})

const none = Promise.resolve<SearchHit[]>([])

function HitFrame({ line, hits, known }: { line: Line; hits: Promise<SearchHit[]> | undefined; known: SearchHit[] | undefined }) {
  const find = (all: SearchHit[]) => all.find((hit) => hit.tld === line.tld) ?? silent(line)
  if (line.refused) return <Hit line={line} hit={{ ...silent(line), standing: 'invalid', reason: line.refused }} />
  if (known) return <Hit line={line} hit={find(known)} />
  return (
    <Suspense fallback={<Hit line={line} />}>
      <Await resolve={hits ?? none}>{(all) => <Hit line={line} hit={find(all)} />}</Await>
    </Suspense>
  )
}

const standings: Record<SearchHit['standing'], { tone: 'ok' | 'idle' | 'warn'; icon: IconName; text: TextKey }> = {
  free: { tone: 'ok', icon: 'check', text: 'search.free' },
  taken: { tone: 'idle', icon: 'cross', text: 'search.taken' },
  unknown: { tone: 'warn', icon: 'clock', text: 'search.unknown' },
  invalid: { tone: 'idle', icon: 'cross', text: 'search.invalid' },
}

/** A line keeps its height whatever the registry says: nothing jumps. */
function Hit({ line, hit }: { line: Line; hit?: SearchHit }) {
  const t = useText()
  const say = useSay()
  const { cartNames } = useViewer()
  const free = hit?.standing === 'free'
  const gross = hit?.gross ?? (hit === undefined || free ? line.gross : undefined)
  return (
    <li className={`hit ${hit && !free ? 'hit--off' : ''}`}>
      <div className="hit__name">
        <Name name={line.name} />
        {hit?.premium ? <span className="tag">{t('search.premium')}</span> : null}
        {hit?.reason && !free ? <span className="small soft hit__why">{say(hit.reason)}</span> : null}
      </div>
      <div className="hit__standing">
        {hit ? (
          <StatusBadge tone={standings[hit.standing].tone} icon={standings[hit.standing].icon}>
            {t(standings[hit.standing].text)}
          </StatusBadge>
        ) : (
          <span className="small soft row">
            <span className="spin" aria-hidden="true" />
            {t('search.asking')}
          </span>
        )}
      </div>
      <div className="hit__price">
        {gross ? (
          <>
            <span className="strong">
              <Money of={gross} />
            </span>
            <span className="small soft">{t('search.per-year')}</span>
          </>
        ) : null}
      </div>
      <div className="hit__deed">
        {hit && free ? <AddToCart name={hit.name} inCart={hit.inCart || cartNames.includes(hit.name)} /> : null}
      </div>
    </li>
  )
}

function AddToCart({ name, inCart }: { name: string; inCart: boolean }) {
  const t = useText()
  const say = useSay()
  const script = useScript()
  const fetcher = useFetcher<typeof action>()
  const answer = fetcher.data as { name: string; refused?: Said } | undefined
  const here = useQuery()({ added: undefined })
  let shown: ReactNode
  if (inCart || (answer && !answer.refused))
    shown = (
      <Link to="/cart" className="button button--quiet hit__in">
        <Icon name="check" />
        {t('search.in-cart')}
      </Link>
    )
  else
    shown = (
      <Form method="post" action="/?index" fetcher={fetcher} className="contents">
        <input type="hidden" name="name" value={name} />
        {script ? <input type="hidden" name="stay" value="1" /> : <input type="hidden" name="next" value={here} />}
        <Button icon="plus" aria-label={t('search.add-name', { name: toULabel(name) })}>
          {t('search.add')}
        </Button>
      </Form>
    )
  return (
    <>
      {shown}
      {answer?.refused ? (
        <div className="hit__refused">
          <Flash tone="warn">{say(answer.refused)}</Flash>
        </div>
      ) : (
        <span role="status" className="aloud">
          {answer ? t('cart.added', { name: toULabel(name) }) : ''}
        </span>
      )}
    </>
  )
}
