import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { showMoney } from '../../../workflows/policy/money'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { Choice, TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const Decision = z.object({
  way: z.enum(['again', 'balance'], { error: 'field.choice' }),
  reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short'),
})
const asked = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({
  paymentId: String(params.paymentId),
  failureId: String(params.failureId),
})

/** BEY-39: what becomes of a refund that did not arrive, with what each way brings about. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ payments }, me) => {
    const { paymentId, failureId } = asked(args)
    const { refundFailures, canDecide, payment } = await payments.get(me, { paymentId })
    const failure = refundFailures.find(({ id }) => id === failureId)
    if (!failure) throw data(null, { status: 404 })
    if (!canDecide || failure.state !== 'open') throw redirect(`/desk/payments/${paymentId}`)
    return { failure, payment }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Decision })
  if (form.status !== 'success') return wrong(form)
  const { paymentId, failureId } = asked(args)
  const { refused, answer } = await askWith(args, form, ({ payments }, me) =>
    payments.settleFailure(me, { failureId, ...form.value }),
  )
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect(`/desk/payments/${paymentId}?done=settled`, 303)
}

// a decision that came too late is answered 4xx: how it stands is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('refund-failure.title')

export default function FailedRefund() {
  const { failure, payment } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const [form, fields] = useForm<z.input<typeof Decision>>({ id: 'failed', ...(lastResult ? { lastResult } : {}) })
  const label = payment.label ?? payment.provider
  const amount = showMoney(failure.amount, language)
  const back = `/desk/payments/${payment.id}`
  const { id, name, errors, key, initialValue } = fields.way
  return (
    <Page title={t('refund-failure.title')} back={{ to: back, title: label }} width="narrow">
      {failure.parked ? (
        <Notice tone="danger">
          <p>{say(failure.parked)}</p>
        </Notice>
      ) : null}
      <Card>
        <Facts
          of={[
            [t('desk.cases.col.customer'), <CustomerLink key="customer" customer={payment.customer} />],
            [t('desk.refund.amount'), <Money key="amount" of={failure.amount} />],
            [t('desk.payments.col.at'), <Time key="at" at={failure.at} />],
            [t('desk.refund.reason'), say(failure.why)],
          ]}
        />
      </Card>
      {failure.underWay ? (
        <Notice tone="info">
          <p>{t('refund-failure.under-way')}</p>
        </Notice>
      ) : (
        <Card raised>
          <Form {...getFormProps(form)} method="post" noValidate={false}>
            <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
            <Choice
              field={{ id, name, errors, key, initialValue: initialValue ?? '' }}
              label={t('refund-failure.way')}
              column
              options={[
                {
                  value: 'again',
                  title: t('refund-failure.way.again'),
                  hint: t('refund-failure.way.again.hint', { amount, label }),
                },
                {
                  value: 'balance',
                  title: t('refund-failure.way.balance'),
                  hint: t(`refund-failure.way.${failure.source}.hint`, { amount }),
                },
              ]}
            />
            <TextArea field={fields.reason} label={t('desk.refund.reason')} minLength={10} maxLength={2000} rows={3} />
            <p className="small soft">{t('refund-failure.mail')}</p>
            <FormActions cancel={back}>{t('refund-failure.act')}</FormActions>
          </Form>
        </Card>
      )}
    </Page>
  )
}
