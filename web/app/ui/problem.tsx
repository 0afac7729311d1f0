import { isRouteErrorResponse, useRouteError } from '@remix-run/react'
import type { Problem, Section } from '../../../api/operations/types'
import type { Said } from '../../../workflows/policy/said'
import type { TextKey } from '../texts/texts'
import { useText } from '../texts/use-text'
import { ButtonLink } from './button'
import { Notice } from './notice'
import { Page } from './page'
import { useSay } from './say'
import { Time } from './time'
import { useViewer } from './viewer'

const problemIn = (error: unknown): Problem | undefined => {
  if (!isRouteErrorResponse(error)) return undefined
  const found = error.data as Problem | null | undefined
  return typeof found === 'object' && found !== null && 'problem' in found ? found : undefined
}

/** The sections that have pages, by who reads: only those are offered to go to. */
const pages: Record<'visitor' | 'customer' | 'staff', Section[]> = {
  visitor: [],
  customer: ['orders', 'names', 'invoices', 'contacts', 'sandbox'],
  staff: ['clearing', 'cases', 'orders', 'names', 'customers', 'invoices', 'deliveries', 'audit', 'sandbox'],
}

const pathOf = (section: Section, kind: 'visitor' | 'customer' | 'staff'): string =>
  section === 'sandbox' ? '/sandbox' : kind === 'staff' ? `/desk/${section}` : `/account/${section}`

/** Every page's error boundary: why, what now, who can help. Never a stack, never a code alone. */
export function ProblemPage() {
  const error = useRouteError()
  const problem = problemIn(error)
  const status = isRouteErrorResponse(error) ? error.status : 500
  const t = useText()
  const say = useSay()
  if (problem?.problem === 'forbidden') return <Forbidden problem={problem} />
  if (problem?.problem === 'too-many' || problem?.problem === 'unavailable')
    return (
      <Simple title={problem.problem === 'too-many' ? 'error.too-many.title' : 'error.unavailable.title'}>
        <p>{say(problem.reason)}</p>
        <p>{t('error.too-many.wait', { count: problem.retryAfterSeconds })}</p>
      </Simple>
    )
  if (status === 404)
    return (
      <Simple title="error.not-found.title">
        <p className="lead">{t('error.not-found.text')}</p>
      </Simple>
    )
  if (status === 403)
    return (
      <Simple title="error.csrf.title">
        <p className="lead">{t('error.csrf.text')}</p>
      </Simple>
    )
  if (problem)
    return (
      <Simple title="error.title">
        <p className="lead">{say(problem.reason)}</p>
      </Simple>
    )
  return (
    <Simple title="error.title">
      <p className="lead">{t('error.ours')}</p>
    </Simple>
  )
}

function Simple({ title, children }: { title: TextKey; children: React.ReactNode }) {
  const t = useText()
  return (
    <Page title={t(title)} width="reading">
      <div className="stack">{children}</div>
      <div className="row">
        <ButtonLink to="/" tone="primary">
          {t('error.home')}
        </ButtonLink>
      </div>
    </Page>
  )
}

function Forbidden({ problem }: { problem: Extract<Problem, { problem: 'forbidden' }> }) {
  const t = useText()
  const say = useSay()
  const { kind } = useViewer()
  const open = problem.open.filter((section) => pages[kind].includes(section))
  return (
    <Page title={t('error.forbidden.title')} width="reading">
      <div className="stack">
        <p className="lead">{say(problem.reason)}</p>
        {problem.section ? (
          <p>{t('error.forbidden.section', { section: t(`section.${problem.section}`), right: t(`right.${problem.right}`) })}</p>
        ) : null}
        <p>{t(`error.forbidden.ask-${kind}`)}</p>
      </div>
      {kind === 'visitor' ? (
        <div className="row">
          <ButtonLink to="/login" tone="primary">
            {t('shell.login')}
          </ButtonLink>
        </div>
      ) : (
        <section className="stack">
          <h2>{t('error.forbidden.open')}</h2>
          {open.length === 0 ? <p className="soft">{t('error.forbidden.nothing-open')}</p> : null}
          <div className="row">
            {open.map((section) => (
              <ButtonLink key={section} to={pathOf(section, kind)}>
                {t(`section.${section}`)}
              </ButtonLink>
            ))}
          </div>
        </section>
      )}
    </Page>
  )
}

/** Somebody was faster: said on the page itself when an action answered 409. */
export function LateNotice({ late }: { late: { reason: Said; by?: string | undefined; at?: string | undefined } }) {
  const say = useSay()
  return (
    <div role="alert">
      <Notice tone="warn" title={say(late.reason)}>
        {late.by || late.at ? (
          <p>
            {late.by}
            {late.by && late.at ? ', ' : ''}
            {late.at ? <Time at={late.at} /> : null}
          </p>
        ) : null}
      </Notice>
    </div>
  )
}

/** The house's no to what was sent, on the page it was sent from. */
export function Refusal({ reason, tone = 'danger' }: { reason: Said; tone?: 'danger' | 'warn' }) {
  const say = useSay()
  return (
    <div role="alert">
      <Notice tone={tone}>
        <p>{say(reason)}</p>
      </Notice>
    </div>
  )
}
