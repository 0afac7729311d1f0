import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { daysLater } from '../../../workflows/policy/billing'
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

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ subscriptions }, me) => {
    const values: Record<string, string> = { validFrom: daysLater(houseDay(args.context.house.now()), 1), currency: 'EUR' }
    return { plans: await subscriptions.plans(me), values }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const said = (name: string) => String(form.get(name) ?? '').trim()
  const values: Record<string, string> = Object.fromEntries(
    ['planId', 'validFrom', 'amount', 'currency'].map((name) => [name, said(name).slice(0, 60)]),
  )
  const { planId = '', validFrom = '', amount = '', currency } = values
  const asked = await askQuietly(args, ({ policies }, me) =>
    policies.addPlanPrice(me, { planId, validFrom, amount: minor(amount), currency: currency === 'USD' ? 'USD' : 'EUR' }),
  )
  if (!('problem' in asked)) return redirect('/desk/policies?kind=plan-prices&added=price', 303)
  if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
  return data({ values, faults: asked.problem.fields }, { status: 400 })
}

export const meta = title('desk.policies.new.price')

export default function NewPrice() {
  const { plans, values } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const { language } = useViewer()
  const faults = answer?.faults ?? {}
  const field = fieldOf(answer?.values ?? values, faults)
  return (
    <Page
      title={t('desk.policies.new.price')}
      lead={t('desk.policies.forever')}
      back={{ to: '/desk/policies', title: t('desk.policies') }}
      width="narrow"
    >
      <Card>
        <Form method="post" noValidate={false}>
          <FormErrors errors={undefined} fields={Object.keys(faults).length} />
          <Select
            field={field('planId')}
            label={t('desk.policies.plan')}
            options={plans.map(({ id, nameDe, nameEn }) => ({ value: id, title: language === 'de' ? nameDe : nameEn }))}
          />
          <Field
            type="date"
            field={field('validFrom')}
            label={t('desk.policies.valid-from')}
            hint={t('desk.policies.valid-from.hint')}
          />
          <Field field={field('amount')} inputMode="decimal" label={t('desk.policies.amount')} />
          <Select
            field={field('currency')}
            label={t('desk.policies.currency')}
            options={['EUR', 'USD'].map((value) => ({ value, title: value }))}
          />
          <FormActions cancel="/desk/policies">{t('desk.policies.price.keep')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
