import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Confirm } from '../ui/confirm'
import { dunningPage, DunningSums } from '../ui/dunning-tables'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ dunning }, me) => dunning.run(me, { runId: String(args.params.runId) }))

export const action = async (args: ActionFunctionArgs) => {
  await args.context.requireForm(args.request)
  const runId = String(args.params.runId)
  const answer = await ask(args, ({ dunning }, me) => dunning.release(me, { runId }))
  return answer.kind === 'late' ? data({ late: answer }, { status: 409 }) : redirect(dunningPage(runId), 303)
}

export const meta = title('desk.dunning.release.title')

export default function Release() {
  const { run, groups } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const back = { to: dunningPage(run.id), title: t('desk.dunning') }
  if (answer)
    return (
      <Page title={t('desk.dunning.release.title')} back={back} width="narrow">
        <LateNotice late={answer.late} />
      </Page>
    )
  const go = groups.filter(({ state }) => state === 'listed')
  const left = groups.filter(({ state }) => state === 'excluded' || state === 'deferred')
  const count = (some: typeof groups) => some.reduce((sum, { lines }) => sum + lines, 0)
  return (
    <Confirm
      title={t('desk.dunning.release.title')}
      back={back}
      act={t('desk.dunning.release.act')}
      consequence={
        <>
          <p>{t('desk.dunning.release.text', { count: count(go) })}</p>
          <DunningSums groups={go} />
          {left.length > 0 ? <p>{t('desk.dunning.release.left', { count: count(left) })}</p> : null}
          <p className="soft">{t('desk.dunning.release.paid')}</p>
        </>
      }
    />
  )
}
