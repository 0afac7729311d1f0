import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { showDay } from '../../../workflows/policy/words/words'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { runPage, Sums } from '../ui/billing-tables'
import { Confirm } from '../ui/confirm'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const dayIn = ({ request }: Pick<LoaderFunctionArgs, 'request'>): string => {
  const day = new URL(request.url).searchParams.get('day') ?? ''
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day))) throw data(null, { status: 404 })
  return day
}

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ billing }, me) => {
    const day = dayIn(args)
    const before = await billing.runs(me, { q: `billing-preview:${day}`, state: 'done', pageSize: 1 })
    const [preview] = before.rows
    return { day, ...(preview ? { preview } : {}) }
  })

export const action = async (args: ActionFunctionArgs) => {
  await args.context.requireForm(args.request)
  const day = dayIn(args)
  const answer = await ask(args, ({ billing }, me) => billing.start(me, { day, dryRun: false }))
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(runPage(answer.runId), 303)
}

export const meta = title('desk.billing.confirm.title')

export default function ConfirmRun() {
  const { day, preview } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const { language } = useViewer()
  const shown = showDay(day, language)
  const back = { to: '/desk/billing', title: t('desk.billing') }
  if (answer)
    return (
      <Page title={t('desk.billing.confirm.title')} back={back} width="narrow">
        <LateNotice late={answer.late} />
      </Page>
    )
  return (
    <Confirm
      title={t('desk.billing.confirm.title')}
      back={back}
      danger={false}
      act={t('desk.billing.confirm.act', { day: shown })}
      consequence={
        <>
          <p>{t('desk.billing.confirm.text', { day: shown })}</p>
          {preview ? (
            // the sums are blocks, one to a currency
            <div>
              <Link to={runPage(preview.id)}>
                {t('desk.billing.confirm.last', { invoices: preview.counts.invoices, leftOut: preview.counts.leftOut })}
              </Link>{' '}
              <Sums of={preview.counts.sums} part="gross" />
            </div>
          ) : (
            <p className="soft">{t('desk.billing.confirm.none')}</p>
          )}
          <p className="soft">{t('desk.billing.confirm.frozen')}</p>
        </>
      }
    />
  )
}
