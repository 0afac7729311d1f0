import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { showMoney } from '../../../workflows/policy/money'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { Checkbox, TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'
import { WayBack } from '../ui/way-back'

const Storno = z.object({
  key: z.uuid(),
  reason: z.string().trim().min(10, 'field.reason-short').max(2000),
  billAgain: z.literal('on').optional(),
  back: z.enum(['balance', 'original']).optional(),
})

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ invoices, corrections }, me) => {
    const documentId = String(args.params.documentId)
    const document = await invoices.get(me, { documentId })
    if (document.kind !== 'invoice') throw data(null, { status: 404 })
    return { document, drawn: await corrections.preview(me, { documentId }), key: crypto.randomUUID() }
  })

/** Sent twice, it is one Storno (the key is the form's). */
export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Storno })
  if (form.status !== 'success') return wrong(form)
  const { key, reason, billAgain, back } = form.value
  const documentId = String(args.params.documentId)
  const { refused, answer } = await askWith(args, form, ({ corrections }, me) =>
    corrections.cancel(me, { key, documentId, reason, billAgain: billAgain === 'on', back }),
  )
  if (refused) return refused
  return answer.kind === 'late'
    ? refuse(form, answer.reason, 409)
    : redirect(`/desk/invoices/${answer.documentId}?done=issued`, 303)
}

// a refusal is answered 4xx: the new key is loaded all the same
export const shouldRevalidate = () => true

export const meta = title<Awaited<ReturnType<typeof loader>>>('desk.cancel.title', ({ document }) => ({
  number: document.number,
}))

export default function Cancel() {
  const { document, drawn, key } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const { language } = useViewer()
  const [form, fields] = useForm<z.input<typeof Storno>>({ id: 'storno', ...(lastResult ? { lastResult } : {}) })
  const back = { to: `/desk/invoices/${document.id}`, title: document.number }
  if (drawn.kind === 'late')
    return (
      <Page title={t('desk.cancel.title', { number: document.number })} back={back} width="narrow">
        <LateNotice late={drawn} />
      </Page>
    )
  const { gross, toBalance, refunds, settled } = drawn.preview
  return (
    <Page title={t('desk.cancel.title', { number: document.number })} back={back} width="narrow">
      <Card raised>
        <Notice tone="warn">
          <p>{t('desk.cancel.what', { amount: showMoney(gross, language) })}</p>
        </Notice>
        <p>{t('desk.cancel.open')}</p>
        {settled.amount > 0 ? <p>{t('desk.credit.settled', { amount: showMoney(settled, language) })}</p> : null}
        <Form {...getFormProps(form)} method="post" noValidate={false}>
          <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
          <input type="hidden" name="key" value={String(lastResult?.initialValue?.['key'] ?? key)} />
          <WayBack field={fields.back} toBalance={toBalance} refunds={refunds} />
          {document.dueOn ? (
            <Checkbox field={fields.billAgain} label={t('desk.cancel.again')} hint={t('desk.cancel.again.hint')} />
          ) : null}
          <TextArea
            field={fields.reason}
            label={t('desk.cancel.reason')}
            hint={t('desk.cancel.reason.hint')}
            rows={3}
            maxLength={2000}
          />
          <FormActions cancel={back.to} tone="danger-full">
            {t('desk.cancel.act')}
          </FormActions>
        </Form>
      </Card>
    </Page>
  )
}
