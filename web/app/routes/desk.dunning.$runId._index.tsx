import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { houseDay } from '../../../workflows/policy/calendar'
import { showDay } from '../../../workflows/policy/words/words'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty, Facts } from '../ui/card'
import { DunningCustomers, DunningLines, dunningPage, DunningPhaseBadge, DunningSums, useNumber } from '../ui/dunning-tables'
import { Field, TextArea } from '../ui/field'
import { Filters } from '../ui/filters'
import { Form, FormErrors } from '../ui/form'
import { Icon } from '../ui/icon'
import { Live } from '../ui/live'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { CustomerLink, NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { fieldOf, type Faults, type FormAnswer } from '../ui/policy-fields'
import { LateNotice } from '../ui/problem'
import { useSay } from '../ui/say'
import { listQuery, Pager, useQuery } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ dunning }, me) => {
    const runId = String(args.params.runId)
    const query = { ...listQuery(args.request), runId }
    const byCustomer = new URL(args.request.url).searchParams.get('view') === 'customers'
    const [found, lines, customers] = await Promise.all([
      dunning.run(me, { runId }),
      byCustomer ? undefined : dunning.lines(me, query),
      byCustomer ? dunning.customers(me, query) : undefined,
    ])
    return {
      ...found,
      ...(lines ? { lines } : {}),
      ...(customers ? { customers } : {}),
      today: houseDay(args.context.house.now()),
    }
  })

/** Lines are taken out, put off or taken back in; what is wrong comes back at its field, with what was chosen and typed. */
export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const runId = String(args.params.runId)
  const said = (name: string) => String(form.get(name) ?? '')
  const documentIds = form.getAll('documentIds').map(String)
  const [reason, until, act] = [said('reason'), said('until'), said('act')]
  const values = { reason: reason.slice(0, 2000), until: until.slice(0, 20) }
  const none: Faults = { documentIds: { key: 'dunning.not-in-list' } }
  if (documentIds.length === 0) return data<FormAnswer>({ values, faults: none }, { status: 400 })
  const lines = { runId, documentIds }
  const asked = await askQuietly(args, ({ dunning }, me) => {
    if (act === 'exclude') return dunning.exclude(me, { ...lines, reason })
    return act === 'defer' ? dunning.defer(me, { ...lines, until, reason }) : dunning.include(me, lines)
  })
  if ('problem' in asked) {
    if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
    return data<FormAnswer>({ values, faults: asked.problem.fields }, { status: 400 })
  }
  if (asked.answer.kind === 'late') return data<FormAnswer>({ values, faults: {}, late: asked.answer }, { status: 409 })
  const query = new URL(args.request.url).searchParams
  query.set('done', String(asked.answer.changed))
  return redirect(`${dunningPage(runId)}?${query.toString()}`, 303)
}

export const meta = title('desk.dunning')

export default function OneDunningRun() {
  const { run, groups, headline, open, lines, customers, today } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const number = useNumber()
  const { language } = useViewer()
  const filtered = useFiltered()
  const [query] = useSearchParams()
  const listed = run.phase === 'listed'
  // its case knows what was decided before the list does: what is released can still be thrown away until the morning
  const waits = listed && (headline === undefined || headline.key === 'dunning.headline.listed')
  const edits = listed && headline?.key !== 'dunning.headline.discarded' && may('books', 'edit')
  const done = Number(query.get('done') ?? 0)
  const found = lines ?? customers
  const moving = run.phase === 'listing' || run.phase === 'sending'
  const heading = t('desk.dunning.title', { day: showDay(run.day, language) })
  return (
    <Page
      title={heading}
      {...(headline ? { lead: say(headline) } : {})}
      back={{ to: '/desk/dunning', title: t('desk.dunning') }}
      actions={
        <>
          {may('cases') ? (
            <ButtonLink tone="quiet" to={`/desk/cases/${encodeURIComponent(run.id)}`}>
              {t('desk.dunning.case')}
            </ButtonLink>
          ) : null}
          {edits ? (
            <>
              <ButtonLink to={`${dunningPage(run.id)}/discard`}>{t('desk.dunning.discard')}</ButtonLink>
              {waits && run.day <= today && groups.some(({ state }) => state === 'listed') ? (
                <ButtonLink tone="primary" icon="play" to={`${dunningPage(run.id)}/release`}>
                  {t('desk.dunning.release')}
                </ButtonLink>
              ) : null}
            </>
          ) : null}
        </>
      }
    >
      {answer?.late ? <LateNotice late={answer.late} /> : null}
      {done > 0 ? <Flash>{t('desk.dunning.change.done', { count: done })}</Flash> : null}
      <Card title={t('desk.dunning.result')} actions={<DunningPhaseBadge phase={run.phase} />}>
        {open ? (
          <div className="stack stack--tight">
            {moving ? (
              <>
                <progress
                  className="progress"
                  max={Math.max(1, run.progress.total)}
                  value={run.progress.done}
                  aria-label={heading}
                />
                <p className="small soft numbers">
                  {t('desk.dunning.progress', { done: number(run.progress.done), total: number(run.progress.total) })}
                </p>
              </>
            ) : null}
            <Live src={`/api/v1/cases/${encodeURIComponent(run.id)}/stream`} />
          </div>
        ) : null}
        {groups.length > 0 ? <DunningSums groups={groups} /> : null}
        <Facts
          of={[
            run.progress.mails > 0 && [t('desk.dunning.mails'), number(run.progress.mails)],
            run.customer !== undefined && [t('desk.dunning.customer'), <CustomerLink key="customer" customer={run.customer} />],
            run.policy !== '' && [t('desk.dunning.policy'), run.policy],
            run.startedAt !== '' && [t('desk.dunning.col.started'), <Time key="started" at={run.startedAt} show="absolute" />],
            run.startedBy !== '' && [t('desk.dunning.by'), <bdi key="by">{run.startedBy}</bdi>],
            run.releasedAt !== undefined && [
              t('desk.dunning.released'),
              <span key="released">
                <Time at={run.releasedAt} show="absolute" /> <bdi>{run.releasedBy}</bdi>
              </span>,
            ],
          ]}
        />
      </Card>
      <section className="stack" aria-labelledby="lines">
        <div className="row row--between">
          <h2 id="lines">{t(customers ? 'desk.dunning.customers' : 'desk.dunning.lines')}</h2>
          <div className="row">
            <Views />
            {run.lines > 0 ? (
              <a className="button button--small" href={`${dunningPage(run.id)}/csv`}>
                <Icon name="down" size={16} />
                {t('desk.dunning.csv')}
              </a>
            ) : null}
          </div>
        </div>
        {run.lines > 0 ? (
          <Filters
            label={t('desk.dunning.lines.search')}
            statesLabel={t('desk.dunning.col.state')}
            states={(['listed', 'excluded', 'deferred', 'sent', 'dropped'] as const).map((value) => ({
              value,
              title: t(`desk.dunning.line.${value}`),
            }))}
          >
            {customers ? <input type="hidden" name="view" value="customers" /> : null}
          </Filters>
        ) : null}
        {customers ? <DunningCustomers rows={customers.rows} empty={<Nothing filtered={filtered} />} /> : null}
        {lines ? (
          edits && lines.rows.length > 0 ? (
            <Change
              key={lines.rows.map(({ state, deferredTo }) => `${state}${deferredTo ?? ''}`).join(' ')}
              values={answer?.values ?? { reason: '', until: '' }}
              faults={answer?.faults ?? {}}
            >
              <DunningLines rows={lines.rows} select empty={<Nothing filtered={filtered} />} />
            </Change>
          ) : (
            <DunningLines rows={lines.rows} select={false} empty={open && !listed ? null : <Nothing filtered={filtered} />} />
          )
        ) : null}
        {found ? <Pager {...found} /> : null}
      </section>
    </Page>
  )
}

function Nothing({ filtered }: { filtered: boolean }) {
  const t = useText()
  return filtered ? (
    <NoMatch title={t('desk.dunning.lines.none')} />
  ) : (
    <Empty icon="check" title={t('desk.dunning.phase.nothing')}>
      {t('desk.dunning.lines.nothing')}
    </Empty>
  )
}

/** By invoice or by customer. */
function Views() {
  const t = useText()
  const to = useQuery()
  const [query] = useSearchParams()
  const customers = query.get('view') === 'customers'
  const other = { page: undefined, sort: undefined, done: undefined }
  return (
    <nav aria-label={t('desk.dunning.view')} className="row small">
      <Link to={to({ ...other, view: undefined })} aria-current={customers ? undefined : 'page'}>
        {t('desk.dunning.lines')}
      </Link>
      <Link to={to({ ...other, view: 'customers' })} aria-current={customers ? 'page' : undefined}>
        {t('desk.dunning.customers')}
      </Link>
    </nav>
  )
}

function Change({ values, faults, children }: { values: Record<string, string>; faults: Faults; children: React.ReactNode }) {
  const t = useText()
  const field = fieldOf(values, faults)
  return (
    <Form method="post" className="stack">
      <FormErrors
        errors={faults['documentIds'] ? [t('desk.dunning.change.none')] : undefined}
        fields={Object.keys(faults).length}
      />
      {children}
      <Card title={t('desk.dunning.change')}>
        <div className="form">
          <TextArea
            required={false}
            rows={2}
            field={field('reason')}
            label={t('desk.dunning.change.reason')}
            hint={t('desk.dunning.change.reason.hint')}
          />
          <Field type="date" required={false} optional field={field('until')} label={t('desk.dunning.change.until')} />
          <div className="form__actions">
            <Button name="act" value="exclude">
              {t('desk.dunning.change.exclude')}
            </Button>
            <Button name="act" value="defer">
              {t('desk.dunning.change.defer')}
            </Button>
            <Button name="act" value="include" tone="quiet">
              {t('desk.dunning.change.back')}
            </Button>
          </div>
        </div>
      </Card>
    </Form>
  )
}
