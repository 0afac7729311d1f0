import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { toULabel } from '../../../workflows/policy/names'
import { ask, askWith, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink } from '../ui/button'
import { GiveUp } from '../ui/give-up'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'

const Reason = z.object({ reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short') })

const asked = ({ request, params }: Pick<LoaderFunctionArgs, 'request' | 'params'>) => ({
  caseId: String(params.caseId),
  itemId: new URL(request.url).searchParams.get('item') ?? '',
})

export const loader = async (args: LoaderFunctionArgs) => {
  const { caseId, itemId } = asked(args)
  const found = await ask(args, ({ cases }, me) => cases.get(me, { caseId }))
  const item = found.repairs.find((repair) => repair.itemId === itemId)
  if (!item) throw data(null, { status: 404 })
  return data({ caseId, subject: found.case.subject, item }, { status: item.canGiveUp ? 200 : 409 })
}

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Reason })
  if (form.status !== 'success') return wrong(form)
  const { caseId, itemId } = asked(args)
  const { refused, answer } = await askWith(args, form, ({ cases }, me) => cases.giveUp(me, { caseId, itemId, ...form.value }))
  if (refused) return refused
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(`/desk/cases/${encodeURIComponent(caseId)}?done=given-up`, 303)
}

export const meta = title('account.order.give-up')

export default function GiveUpName() {
  const { caseId, subject, item } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Reason>>(answer && 'initialValue' in answer ? { lastResult: answer } : {})
  const back = { to: `/desk/cases/${encodeURIComponent(caseId)}`, title: t('desk.case.title', { id: subject }) }
  const heading = t('account.give-up.title', { name: toULabel(item.name) })
  if ((answer && 'late' in answer) || !item.canGiveUp)
    return (
      <Page title={heading} back={back} width="narrow">
        {answer && 'late' in answer ? (
          <LateNotice late={answer.late} />
        ) : (
          <Notice tone="warn">
            <p>{t('desk.give-up.late')}</p>
          </Notice>
        )}
        <div>
          <ButtonLink to={back.to}>{t('desk.give-up.keep')}</ButtonLink>
        </div>
      </Page>
    )
  return (
    <GiveUp
      title={heading}
      back={back}
      moneyWord={t('desk.give-up.money')}
      money={item.money}
      {...(item.reason ? { reason: item.reason } : {})}
      {...(item.how ? { how: item.how } : {})}
      form={getFormProps(form)}
      errors={form.errors}
      field={fields.reason}
      hint={t('desk.give-up.reason.hint')}
      keep={t('desk.give-up.keep')}
    />
  )
}
