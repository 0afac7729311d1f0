import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Form as GetForm } from '@remix-run/react'
import { daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { minus, money } from '../../../workflows/policy/money'
import { showDay } from '../../../workflows/policy/words/words'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, FormActions } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { Choice, Field, Select } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { fieldOf } from '../ui/policy-fields'
import { useSay } from '../ui/say'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

/** What is wished: the same for the preview (in the URL) and for the change (in the form). */
function wished(from: { get(name: string): FormDataEntryValue | null }, held: { planId: string; quantity: number }) {
  const text = (name: string) =>
    String(from.get(name) ?? '')
      .trim()
      .slice(0, 100)
  const ends = text('what') === 'end'
  const values = {
    what: ends ? 'end' : 'change',
    on: text('on'),
    planId: text('planId') || held.planId,
    quantity: text('quantity') || String(held.quantity),
  }
  return {
    ends,
    values,
    input: ends ? { on: values.on } : { on: values.on, planId: values.planId, quantity: Number(values.quantity) },
  }
}

const idsOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({
  customerId: String(params.customerId),
  subscriptionId: String(params.subscriptionId),
})

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ subscriptions }, me) => {
    const { customerId, subscriptionId } = idsOf(args)
    const { rows } = await subscriptions.list(me, { customerId, pageSize: 200 })
    const service = rows.find(({ id }) => id === subscriptionId)
    if (!service) throw data(null, { status: 404 })
    const query = new URL(args.request.url).searchParams
    const { values, input } = wished(query, { planId: service.plan.id, quantity: service.quantity })
    const asked = query.has('on')
      ? await askQuietly(args, (operations, principal) =>
          operations.subscriptions.preview(principal, { subscriptionId, ...input }),
        )
      : undefined
    if (asked && 'problem' in asked && asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
    return {
      ...{ service, plans: await subscriptions.plans(me) },
      values: { ...values, on: values.on || daysLater(houseDay(args.context.house.now()), 1) },
      faults: asked && 'problem' in asked && asked.problem.problem === 'invalid' ? asked.problem.fields : {},
      ...(asked && 'answer' in asked ? { preview: asked.answer } : {}),
    }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const { customerId, subscriptionId } = idsOf(args)
  const { ends, input } = wished(form, { planId: '', quantity: 0 })
  const asked = await askQuietly(args, async ({ subscriptions }, me) =>
    ends
      ? await subscriptions.end(me, { subscriptionId, on: input.on })
      : await subscriptions.change(me, { subscriptionId, ...input }),
  )
  if ('problem' in asked) {
    if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
    return data({ faults: asked.problem.fields }, { status: 400 })
  }
  if (asked.answer.kind === 'late') return data({ late: asked.answer.reason }, { status: 409 })
  return redirect(`/desk/customers/${customerId}/billing?done=${ends ? 'ended' : 'changed'}`, 303)
}

export const meta = title('services.change')

export default function ChangeService() {
  const { service, plans, values, preview, ...found } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const faults = answer && 'faults' in answer ? answer.faults : found.faults
  const field = fieldOf(values, faults)
  const back = `/desk/customers/${service.customer.id}/billing`
  const what = `${language === 'de' ? service.plan.nameDe : service.plan.nameEn} ${service.subject}`
  const late = answer && 'late' in answer ? answer.late : preview?.kind === 'late' ? preview.reason : undefined
  return (
    <Page title={t('services.change.title', { what })} back={{ to: back, title: t('desk.account') }} width="narrow">
      {late ? (
        <Notice tone="warn">
          <p>{say(late)}</p>
        </Notice>
      ) : null}
      <Card>
        <GetForm className="form" key={JSON.stringify(values)}>
          <FormErrors errors={undefined} fields={Object.keys(faults).length} />
          <Choice
            field={field('what')}
            label={t('services.change.what')}
            column
            options={(['change', 'end'] as const).map((value) => ({ value, title: t(`services.change.${value}`) }))}
          />
          <Field type="date" field={field('on')} label={t('services.change.on')} />
          <Select
            field={field('planId')}
            label={t('services.plan')}
            options={plans.map(({ id, nameDe, nameEn }) => ({ value: id, title: language === 'de' ? nameDe : nameEn }))}
          />
          <Field field={field('quantity')} label={t('services.quantity')} inputMode="numeric" />
          <div>
            <Button icon="eye">{t('services.change.preview')}</Button>
          </div>
        </GetForm>
      </Card>
      {preview?.kind === 'preview' ? (
        <Card title={t('services.change.preview')} raised>
          <Facts
            of={[
              [t('services.change.credit'), <Money key="credit" of={preview.credit} />],
              preview.charge !== undefined && [
                t('services.change.charge'),
                <span key="charge" className="told">
                  <Money of={preview.charge} />
                  {preview.period ? (
                    <span className="small soft">
                      {t('services.change.period', {
                        on: showDay(preview.period.from, language),
                        until: showDay(daysLater(preview.period.until, -1), language),
                      })}
                    </span>
                  ) : null}
                </span>,
              ],
              preview.charge !== undefined && [
                t('services.change.sum'),
                <Money key="sum" of={minus(preview.charge, money(-preview.credit.amount, preview.credit.currency))} />,
              ],
            ]}
          />
          <Form method="post">
            {Object.entries(values).map(([name, value]) => (
              <input key={name} type="hidden" name={name} value={value} />
            ))}
            <FormActions cancel={back} tone={values.what === 'end' ? 'danger' : 'primary'}>
              {t(values.what === 'end' ? 'services.change.end.do' : 'services.change.do')}
            </FormActions>
          </Form>
        </Card>
      ) : null}
    </Page>
  )
}
