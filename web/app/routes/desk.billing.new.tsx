import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { runPage } from '../ui/billing-tables'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { Choice, Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

const Begin = z.object({
  day: z.iso.date({ error: 'field.format' }),
  what: z.enum(['preview', 'run'], { error: 'field.choice' }),
})

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ billing }, me) => {
    await billing.runs(me, { pageSize: 1 })
    return { today: houseDay(args.context.house.now()) }
  })

/** A preview begins at once; issuing invoices is confirmed on a page of its own. */
export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Begin })
  if (form.status !== 'success') return wrong(form)
  const { day, what } = form.value
  if (what === 'run') return redirect(`/desk/billing/confirm?day=${day}`, 303)
  const { refused, answer } = await askWith(args, form, ({ billing }, me) => billing.start(me, { day, dryRun: true }))
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect(runPage(answer.runId), 303)
}

export const meta = title('desk.billing.new')

export default function BeginRun() {
  const { today } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Begin>>({
    id: 'billing',
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { day: today, what: 'preview' },
  })
  return (
    <Page title={t('desk.billing.new')} back={{ to: '/desk/billing', title: t('desk.billing') }} width="narrow">
      <Card>
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
          <Field type="date" field={fields.day} label={t('desk.billing.day')} hint={t('desk.billing.day.hint')} />
          <Choice
            field={fields.what}
            label={t('desk.billing.what')}
            column
            options={(['preview', 'run'] as const).map((value) => ({
              value,
              title: t(`desk.billing.what.${value}`),
              hint: t(`desk.billing.what.${value}.then`),
            }))}
          />
          <FormActions cancel="/desk/billing">{t('desk.billing.go-on')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
