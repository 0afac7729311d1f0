import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { showMoney } from '../../../workflows/policy/money'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const Reason = z.object({ reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short') })
const asked = ({ request, params }: Pick<LoaderFunctionArgs, 'request' | 'params'>) => ({
  paymentId: String(params.paymentId),
  refundId: new URL(request.url).searchParams.get('refund') ?? '',
})

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ payments }, me) => {
    const { paymentId, refundId } = asked(args)
    const { refunds, canDecide, payment } = await payments.get(me, { paymentId })
    const refund = refunds.find(({ id, parked }) => id === refundId && parked !== undefined)
    if (!refund || !canDecide) throw redirect(`/desk/payments/${paymentId}`)
    return { paymentId, refund, label: payment.label ?? payment.provider }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Reason })
  if (form.status !== 'success') return wrong(form)
  const { paymentId, refundId } = asked(args)
  const { refused, answer } = await askWith(args, form, ({ payments }, me) => payments.giveUp(me, { refundId, ...form.value }))
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect(`/desk/payments/${paymentId}?done=given-up`, 303)
}

export const meta = title('desk.refund.give-up.title')

export default function GiveUpRefund() {
  const { paymentId, refund, label } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const [form, fields] = useForm<z.input<typeof Reason>>({ id: 'give-up', ...(lastResult ? { lastResult } : {}) })
  const back = { to: `/desk/payments/${paymentId}`, title: label }
  const amount = showMoney(refund.amount, language)
  return (
    <Page title={t('desk.refund.give-up.title')} back={back} width="narrow">
      <Card raised>
        {refund.parked ? <p>{say(refund.parked)}</p> : null}
        <p>{t(`desk.refund.give-up.${refund.source}`, { amount })}</p>
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
          <TextArea field={fields.reason} label={t('desk.refund.reason')} minLength={10} maxLength={2000} rows={3} />
          <FormActions cancel={back.to} tone="danger-full">
            {t('desk.refund.give-up')}
          </FormActions>
        </Form>
      </Card>
    </Page>
  )
}
