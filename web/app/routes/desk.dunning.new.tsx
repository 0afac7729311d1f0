import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { textQuery } from '../ui/books-parts'
import { Card } from '../ui/card'
import { dunningPage } from '../ui/dunning-tables'
import { Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

const Begin = z.object({ day: z.iso.date({ error: 'field.format' }), customer: z.string().trim().max(20).optional() })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ dunning }, me) => {
    await dunning.runs(me, { pageSize: 1 })
    return { today: houseDay(args.context.house.now()), customer: textQuery(args.request, 'customer') ?? '' }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Begin })
  if (form.status !== 'success') return wrong(form)
  const { refused, answer } = await askWith(args, form, ({ dunning }, me) => dunning.start(me, form.value))
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect(dunningPage(answer.runId), 303)
}

export const meta = title('desk.dunning.new')

export default function BeginDunning() {
  const { today, customer } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Begin>>({
    id: 'dunning',
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { day: today, customer },
  })
  return (
    <Page title={t('desk.dunning.new')} back={{ to: '/desk/dunning', title: t('desk.dunning') }} width="narrow">
      <Card>
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
          <Field type="date" field={fields.day} label={t('desk.dunning.day')} hint={t('desk.dunning.day.hint')} />
          <Field
            required={false}
            optional
            field={fields.customer}
            label={t('desk.dunning.customer')}
            hint={t('desk.dunning.customer.hint')}
            autoComplete="off"
          />
          <FormActions cancel="/desk/dunning">{t('desk.dunning.begin')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
