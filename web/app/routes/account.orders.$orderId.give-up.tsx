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
  orderId: String(params.orderId),
  itemId: new URL(request.url).searchParams.get('item') ?? '',
})

export const loader = async (args: LoaderFunctionArgs) => {
  const { orderId, itemId } = asked(args)
  const { items } = await ask(args, ({ orders }, me) => orders.get(me, { orderId }))
  const item = items.find(({ id }) => id === itemId)
  if (!item) throw data(null, { status: 404 })
  return data({ orderId, item }, { status: item.canGiveUp ? 200 : 409 })
}

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Reason })
  if (form.status !== 'success') return wrong(form)
  const { orderId, itemId } = asked(args)
  const { refused, answer } = await askWith(args, form, ({ orders }, me) => orders.giveUp(me, { orderId, itemId, ...form.value }))
  if (refused) return refused
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(`/account/orders/${orderId}?done=given-up`, 303)
}

export const meta = title('account.order.give-up')

export default function GiveUpName() {
  const { orderId, item } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Reason>>(answer && 'initialValue' in answer ? { lastResult: answer } : {})
  const back = { to: `/account/orders/${orderId}`, title: t('account.order.title', { id: orderId }) }
  const heading = t('account.give-up.title', { name: toULabel(item.name) })
  if ((answer && 'late' in answer) || !item.canGiveUp)
    return (
      <Page title={heading} back={back} width="narrow">
        {answer && 'late' in answer ? (
          <LateNotice late={answer.late} />
        ) : (
          <Notice tone="warn">
            <p>{t('account.give-up.late')}</p>
          </Notice>
        )}
        <div>
          <ButtonLink to={back.to}>{t('account.late.back')}</ButtonLink>
        </div>
      </Page>
    )
  return (
    <GiveUp
      title={heading}
      back={back}
      moneyWord={t('account.give-up.money')}
      {...item}
      form={getFormProps(form)}
      errors={form.errors}
      field={fields.reason}
      hint={t('account.give-up.reason.hint')}
      keep={t('account.give-up.keep')}
    />
  )
}
