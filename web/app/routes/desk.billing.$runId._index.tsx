import type { LoaderFunctionArgs } from '@remix-run/node'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { BillingLines, runPage, RunState, Sums, useRunTitle } from '../ui/billing-tables'
import { ButtonLink } from '../ui/button'
import { Card, Empty, Facts } from '../ui/card'
import { Filters } from '../ui/filters'
import { Icon } from '../ui/icon'
import { Live } from '../ui/live'
import { useLoaded } from '../ui/loaded'
import { NoMatch, useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { listQuery, Pager } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ billing }, me) => {
    const runId = String(args.params.runId)
    const [found, lines] = await Promise.all([
      billing.run(me, { runId }),
      billing.lines(me, { ...listQuery(args.request), runId }),
    ])
    return { ...found, lines, today: houseDay(args.context.house.now()) }
  })

export const meta = title('desk.billing')

export default function OneRun() {
  const { run, headline, open, lines, today } = useLoaded<typeof loader>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const { language } = useViewer()
  const filtered = useFiltered()
  const titleOf = useRunTitle()
  const { counts, dryRun } = run
  const number = new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB')
  const canIssue = dryRun && run.state === 'done' && run.day <= today && counts.invoices > 0 && may('books', 'edit')
  return (
    <Page
      title={titleOf(run)}
      {...(headline && open ? { lead: say(headline) } : {})}
      back={{ to: '/desk/billing', title: t('desk.billing') }}
      actions={
        <>
          {may('cases') ? (
            <ButtonLink tone="quiet" to={`/desk/cases/${encodeURIComponent(run.id)}`}>
              {t('desk.billing.case')}
            </ButtonLink>
          ) : null}
          {canIssue ? (
            <ButtonLink tone="primary" to={`/desk/billing/confirm?day=${run.day}`}>
              {t('desk.billing.issue')}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      <Card title={t('desk.billing.result')} actions={<RunState state={run.state} />}>
        {open ? (
          <div className="stack stack--tight">
            <progress className="progress" max={Math.max(1, counts.total)} value={counts.payers} aria-label={titleOf(run)} />
            <p className="small soft numbers">
              {t('desk.billing.progress', { done: number.format(counts.payers), total: number.format(counts.total) })}
            </p>
            <Live src={`/api/v1/cases/${encodeURIComponent(run.id)}/stream`} />
          </div>
        ) : null}
        <Facts
          of={[
            [t(dryRun ? 'desk.billing.fact.would' : 'desk.billing.fact.invoices'), number.format(counts.invoices)],
            [t('desk.billing.fact.lines'), number.format(counts.lines)],
            [t('desk.billing.fact.left-out'), number.format(counts.leftOut)],
            counts.invoices > 0 && [t('desk.billing.fact.net'), <Sums key="net" of={counts.sums} part="net" />],
            counts.invoices > 0 && [t('desk.billing.fact.vat'), <Sums key="vat" of={counts.sums} part="vat" />],
            counts.invoices > 0 && [t('desk.billing.fact.gross'), <Sums key="gross" of={counts.sums} part="gross" />],
            run.startedAt !== '' && [t('desk.billing.fact.started'), <Time key="started" at={run.startedAt} show="absolute" />],
            run.finishedAt !== undefined && [
              t('desk.billing.fact.finished'),
              <Time key="finished" at={run.finishedAt} show="absolute" />,
            ],
            [t('desk.billing.fact.by'), <bdi key="by">{run.startedBy || t('desk.billing.by-clock')}</bdi>],
          ]}
        />
      </Card>
      <section className="stack" aria-labelledby="lines">
        <div className="row row--between">
          <h2 id="lines">{t(dryRun ? 'desk.billing.lines' : 'desk.billing.lines.left-out')}</h2>
          {lines.total > 0 ? (
            <a className="button button--small" href={`${runPage(run.id)}/csv`}>
              <Icon name="down" size={16} />
              {t('desk.billing.csv')}
            </a>
          ) : null}
        </div>
        {lines.total > 0 || filtered ? (
          <Filters
            label={t('desk.billing.lines.search')}
            {...(dryRun
              ? {
                  statesLabel: t('desk.billing.lines.state'),
                  states: (['issue', 'left-out'] as const).map((value) => ({
                    value,
                    title: t(`desk.billing.lines.state.${value}`),
                  })),
                }
              : {})}
          />
        ) : null}
        <BillingLines
          rows={lines.rows}
          preview={dryRun}
          empty={
            filtered ? (
              <NoMatch title={t('desk.billing.lines.none.title')} />
            ) : (
              <Empty icon="check" title={t(`desk.billing.lines.${dryRun ? 'nothing' : 'empty'}.title`)}>
                {t(`desk.billing.lines.${dryRun ? 'nothing' : 'empty'}.text`)}
              </Empty>
            )
          }
        />
        <Pager {...lines} />
      </section>
    </Page>
  )
}
