import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askQuietly, problemPage } from '../ask.server'
import { minor } from '../dunning-form'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { Field, Select } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { fieldOf } from '../ui/policy-fields'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const customerOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ customerId: String(params.customerId) })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ subscriptions, tax }, me) => ({
    plans: await subscriptions.plans(me),
    tax: await tax.view(me, customerOf(args)),
    today: houseDay(args.context.house.now()),
  }))

const names = ['planId', 'subject', 'quantity', 'startedOn', 'currency', 'priceOverride'] as const

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const values: Record<string, string> = Object.fromEntries(
    names.map((name) => [
      name,
      String(form.get(name) ?? '')
        .trim()
        .slice(0, 300),
    ]),
  )
  const { planId = '', subject = '', quantity, startedOn = '', currency = '', priceOverride = '' } = values
  const asked = await askQuietly(args, ({ subscriptions }, me) =>
    subscriptions.create(me, {
      ...{ ...customerOf(args), planId, subject, quantity: Number(quantity), startedOn, currency },
      ...(priceOverride === '' ? {} : { priceOverride: minor(priceOverride) }),
    }),
  )
  if (!('problem' in asked)) return redirect(`/desk/customers/${customerOf(args).customerId}/billing?done=service`, 303)
  if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
  return data({ values, faults: asked.problem.fields }, { status: 400 })
}

export const meta = title('services.add')

export default function AddService() {
  const { plans, tax, today } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const { language } = useViewer()
  const faults = answer?.faults ?? {}
  const field = fieldOf(answer?.values ?? { quantity: '1', startedOn: today, currency: tax.currency }, faults)
  const back = `/desk/customers/${tax.customerId}/billing`
  return (
    <Page title={t('services.add')} back={{ to: back, title: t('desk.account') }} width="narrow">
      <Card>
        <Form method="post" noValidate={false}>
          <FormErrors errors={undefined} fields={Object.keys(faults).length} />
          <Select
            field={field('planId')}
            label={t('services.plan')}
            options={plans.map(({ id, nameDe, nameEn }) => ({ value: id, title: language === 'de' ? nameDe : nameEn }))}
          />
          <Field field={field('subject')} label={t('services.subject')} hint={t('services.subject.hint')} autoComplete="off" />
          <Field field={field('quantity')} label={t('services.quantity')} inputMode="numeric" />
          <Field type="date" field={field('startedOn')} label={t('services.from')} />
          <Select
            field={field('currency')}
            label={t('services.currency')}
            options={tax.currencies.map((value) => ({ value, title: value }))}
          />
          <Field
            field={field('priceOverride')}
            label={t('services.override')}
            hint={t('services.override.hint')}
            inputMode="decimal"
            optional
          />
          <FormActions cancel={back}>{t('services.add')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
