import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import type { PlanView } from '../../../api/operations/billing-types'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { Field, Select } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer } from '../ui/loaded'
import { Page } from '../ui/page'
import { fieldOf } from '../ui/policy-fields'
import { title } from '../ui/title'

export const loader = async (args: LoaderFunctionArgs) => {
  await ask(args, ({ subscriptions }, me) => subscriptions.plans(me))
  return null
}

const names = ['id', 'kind', 'nameDe', 'nameEn', 'months'] as const

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const values: Record<string, string> = Object.fromEntries(
    names.map((name) => [
      name,
      String(form.get(name) ?? '')
        .trim()
        .slice(0, 200),
    ]),
  )
  const { id = '', kind, nameDe = '', nameEn = '', months } = values
  const asked = await askQuietly(args, ({ subscriptions }, me) =>
    subscriptions.createPlan(me, { id, kind: kind as PlanView['kind'], nameDe, nameEn, months: Number(months) }),
  )
  if (!('problem' in asked)) return redirect('/desk/plans?added=1', 303)
  if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
  return data({ values, faults: asked.problem.fields }, { status: 400 })
}

export const meta = title('services.plans.add')

export default function NewPlan() {
  const answer = useAnswer<typeof action>()
  const t = useText()
  const faults = answer?.faults ?? {}
  const field = fieldOf(answer?.values ?? { months: '1', kind: 'hosting' }, faults)
  return (
    <Page title={t('services.plans.add')} back={{ to: '/desk/plans', title: t('services.plans') }} width="narrow">
      <Card>
        <Form method="post" noValidate={false}>
          <FormErrors errors={undefined} fields={Object.keys(faults).length} />
          <Field field={field('id')} label={t('services.plans.id')} hint={t('services.plans.id.hint')} autoComplete="off" />
          <Select
            field={field('kind')}
            label={t('services.plans.kind')}
            options={(['names', 'hosting', 'escrow', 'support'] as const).map((value) => ({
              value,
              title: t(`services.plans.kind.${value}`),
            }))}
          />
          <Field field={field('nameDe')} label={t('services.plans.name-de')} />
          <Field field={field('nameEn')} label={t('services.plans.name-en')} />
          <Field field={field('months')} label={t('services.plans.months')} inputMode="numeric" />
          <FormActions cancel="/desk/plans">{t('services.plans.add')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
