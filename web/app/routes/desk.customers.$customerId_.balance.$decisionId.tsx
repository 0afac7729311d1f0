import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { money } from '../../../workflows/policy/money'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const Reversal = z.object({ key: z.uuid(), reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short') })
const wanted = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({
  ...{ customerId: String(params.customerId), decisionId: String(params.decisionId) },
})

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ accounts }, me) => {
    const one = wanted(args)
    const { customer, balance, decisions } = await accounts.get(me, one)
    const [decision] = decisions
    if (!decision) throw data(null, { status: 404 })
    if (!decision.canReverse) throw redirect(`/desk/customers/${one.customerId}/balance`)
    return { customer, balance, decision, key: crypto.randomUUID() }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Reversal })
  if (form.status !== 'success') return wrong(form)
  const of = wanted(args)
  const { refused, answer } = await askWith(args, form, ({ accounts }, me) => accounts.reverse(me, { ...of, ...form.value }))
  if (refused) return refused
  return answer.kind === 'late'
    ? refuse(form, answer.reason, 409)
    : redirect(`/desk/customers/${of.customerId}/balance?done=booked`, 303)
}

// a refusal is answered 4xx: the new key is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.balance.reverse.title')

export default function Reverse() {
  const { customer, balance, decision, key } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Reversal>>({ id: 'reversal', ...(lastResult ? { lastResult } : {}) })
  const back = { to: `/desk/customers/${customer.id}/balance`, title: t('desk.balance.title', { name: customer.name }) }
  const { currency } = balance
  return (
    <Page title={t('desk.balance.reverse.title')} back={back} width="narrow">
      <Card raised>
        <Facts
          of={[
            [t('desk.balance.kind'), t(`desk.decision.${decision.kind}`)],
            [t('desk.collection.col.at'), <Time key="at" at={decision.at} show="absolute" />],
            [t('desk.balance.reason'), <bdi key="reason">{decision.reason}</bdi>],
            [t('desk.balance.before'), <Money key="before" of={balance} />],
            [t('desk.balance.after'), <Money key="after" of={money(balance.amount - decision.amount.amount, currency)} />],
          ]}
        />
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
          <input type="hidden" name="key" value={String(lastResult?.initialValue?.['key'] ?? key)} />
          <TextArea field={fields.reason} label={t('desk.balance.reason')} minLength={10} maxLength={2000} rows={3} />
          <FormActions cancel={back.to} tone="danger-full">
            {t('desk.balance.reverse.act')}
          </FormActions>
        </Form>
      </Card>
    </Page>
  )
}
