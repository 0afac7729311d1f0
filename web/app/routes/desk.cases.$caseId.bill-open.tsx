import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { toULabel } from '../../../workflows/policy/names'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { ButtonLink, FormActions } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const Reason = z.object({ reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short') })
const caseOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ caseId: String(params.caseId) })

/** A charge that the card refuses: what an open invoice would be instead, before it is issued. */
export const loader = async (args: LoaderFunctionArgs) => {
  const { case: view, bill } = await ask(args, ({ cases }, me) => cases.get(me, caseOf(args)))
  return data({ caseId: view.id, subject: view.subject, bill }, { status: bill ? 200 : 409 })
}

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Reason })
  if (form.status !== 'success') return wrong(form)
  const { refused, answer } = await askWith(args, form, ({ cases }, me) => cases.billOpen(me, { ...caseOf(args), ...form.value }))
  if (refused) return refused
  if (answer.kind === 'late') return refuse(form, answer.reason, 409)
  return redirect(
    `/desk/cases/${encodeURIComponent(caseOf(args).caseId)}?done=${answer.kind === 'billed' ? 'billed' : 'bill-begun'}`,
    303,
  )
}

// a decision that came too late is answered 4xx: how the case stands is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.bill.title')

export default function BillOpen() {
  const { caseId, subject, bill } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Reason>>({ id: 'bill', ...(lastResult ? { lastResult } : {}) })
  const back = { to: `/desk/cases/${encodeURIComponent(caseId)}`, title: t('desk.case.title', { id: subject }) }
  return (
    <Page title={t('desk.bill.title')} back={back} width="narrow">
      {bill ? (
        <Card raised>
          <p>{t('desk.bill.lead')}</p>
          <Facts
            of={[
              [t('desk.bill.names'), <bdi key="names">{bill.names.map(toULabel).join(', ')}</bdi>],
              [t('desk.refund.amount'), <Money key="amount" of={bill.amount} />],
              [t('desk.bill.due'), <Time key="due" at={bill.dueOn} show="day" />],
            ]}
          />
          <Form {...getFormProps(form)} method="post" noValidate={false}>
            <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
            <TextArea
              field={fields.reason}
              label={t('desk.refund.reason')}
              hint={t('desk.give-up.reason.hint')}
              minLength={10}
              maxLength={2000}
              rows={3}
            />
            <FormActions cancel={back.to}>{t('desk.bill.act')}</FormActions>
          </Form>
        </Card>
      ) : (
        <>
          <Notice tone="warn">
            <p>{t('desk.bill.late')}</p>
          </Notice>
          <div>
            <ButtonLink to={back.to}>{t('desk.give-up.keep')}</ButtonLink>
          </div>
        </>
      )}
    </Page>
  )
}
