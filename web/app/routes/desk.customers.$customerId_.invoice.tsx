import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { runPage } from '../ui/billing-tables'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { Field } from '../ui/field'
import { FieldGroup, Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { title } from '../ui/title'

/** Rows of the form; those without a text are left out. */
const rows = [0, 1, 2, 3]

/** 95 · 95,00 · 95.00 → 9500 */
const price = z
  .string()
  .trim()
  .regex(/^\d{1,7}([.,]\d{1,2})?$/, 'field.format')
  .transform((text) => Math.round(Number(text.replace(',', '.')) * 100))
const Line = z.object({
  text: z.string().trim().min(1, 'field.required').max(200),
  quantity: z.coerce.number().int().min(1).max(10_000),
  unitNet: price,
})
const Work = z.object({ key: z.uuid(), lines: z.array(Line).min(1) })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ customers }, me) => {
    const { customer } = await customers.get(me, { customerId: String(args.params.customerId) })
    return {
      id: customer.id,
      name: customer.organisation ?? `${customer.firstName} ${customer.lastName}`,
      key: crypto.randomUUID(),
    }
  })

/** INV-09: sent twice, it is one invoice (the key is the form's). */
export const action = async (args: ActionFunctionArgs) => {
  const sent = await args.context.requireForm(args.request)
  for (const row of rows) {
    const fields = ['text', 'unitNet'].map((field) => String(sent.get(`lines[${row}].${field}`) ?? '').trim())
    if (fields.every((field) => field === ''))
      for (const field of ['text', 'quantity', 'unitNet']) sent.delete(`lines[${row}].${field}`)
  }
  const form = parseWithZod(sent, { schema: Work })
  if (form.status !== 'success') return wrong(form)
  const customerId = String(args.params.customerId)
  const { refused, answer } = await askWith(args, form, ({ billing }, me) =>
    billing.invoiceWork(me, { customerId, ...form.value }),
  )
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect(runPage(answer.runId), 303)
}

export const meta = title('desk.billing.work')

export default function InvoiceWork() {
  const { id, name, key } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<{ key: string; lines: { text: string; quantity: string; unitNet: string }[] }>({
    id: 'work',
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { lines: rows.map(() => ({ text: '', quantity: '1', unitNet: '' })) },
  })
  const lines = fields.lines.getFieldList()
  const back = `/desk/customers/${id}/billing`
  return (
    <Page
      title={t('desk.billing.work')}
      lead={t('desk.billing.work.lead', { name })}
      back={{ to: back, title: t('desk.account') }}
      width="reading"
    >
      <Card>
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
          <input type="hidden" name="key" value={String(lastResult?.initialValue?.['key'] || key)} />
          {lines.map((line, row) => {
            const { text, quantity, unitNet } = line.getFieldset()
            return (
              <FieldGroup key={line.key} title={t('desk.billing.work.line', { n: row + 1 })}>
                <Field field={text} label={t('desk.billing.work.text')} optional={row > 0} maxLength={200} />
                <div className="form__pair">
                  <Field field={quantity} label={t('desk.billing.work.quantity')} optional={row > 0} type="number" min={1} />
                  <Field
                    field={unitNet}
                    label={t('desk.billing.work.unit')}
                    hint={t('desk.billing.work.unit.hint')}
                    optional={row > 0}
                    inputMode="decimal"
                  />
                </div>
              </FieldGroup>
            )
          })}
          <p className="soft">{t('desk.billing.work.frozen')}</p>
          <FormActions cancel={back}>{t('desk.billing.work.act')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
