import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { Confirm } from '../ui/confirm'
import { dunningPage } from '../ui/dunning-tables'
import { TextArea } from '../ui/field'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { fieldOf, type FormAnswer } from '../ui/policy-fields'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ dunning }, me) => dunning.run(me, { runId: String(args.params.runId) }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const runId = String(args.params.runId)
  const reason = String(form.get('reason') ?? '')
  const asked = await askQuietly(args, ({ dunning }, me) => dunning.discard(me, { runId, reason }))
  if ('problem' in asked) {
    if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
    return data<FormAnswer>({ values: { reason: reason.slice(0, 2000) }, faults: asked.problem.fields }, { status: 400 })
  }
  if (asked.answer.kind === 'late') return data<FormAnswer>({ values: {}, faults: {}, late: asked.answer }, { status: 409 })
  return redirect(dunningPage(runId), 303)
}

export const meta = title('desk.dunning.discard.title')

export default function Discard() {
  const { run } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const back = { to: dunningPage(run.id), title: t('desk.dunning') }
  if (answer?.late)
    return (
      <Page title={t('desk.dunning.discard.title')} back={back} width="narrow">
        <LateNotice late={answer.late} />
      </Page>
    )
  const field = fieldOf(answer?.values ?? {}, answer?.faults ?? {})
  return (
    <Confirm
      title={t('desk.dunning.discard.title')}
      back={back}
      act={t('desk.dunning.discard.act')}
      consequence={<p>{t('desk.dunning.discard.text')}</p>}
      fields={
        <TextArea
          field={field('reason')}
          rows={3}
          label={t('desk.dunning.change.reason')}
          hint={t('desk.dunning.change.reason.hint')}
        />
      }
    />
  )
}
