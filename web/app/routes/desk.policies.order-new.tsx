import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { FormActions } from '../ui/button'
import { Card } from '../ui/card'
import { Field, TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { fieldOf } from '../ui/policy-fields'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ policies }, me) => {
    const { rows } = await policies.list(me, { kind: 'order', pageSize: 200 })
    const held = rows.find(({ standing }) => standing === 'in-force') ?? rows[0]
    const { version: _, ...rules } = (held?.data ?? {}) as { version?: string }
    const values: Record<string, string> = {
      data: JSON.stringify(rules, null, 2),
      validFrom: daysLater(houseDay(args.context.house.now()), 1),
    }
    return { values }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const said = (name: string) => String(form.get(name) ?? '').trim()
  const given = { data: said('data'), validFrom: said('validFrom'), note: said('note') }
  const asked = await askQuietly(args, ({ policies }, me) => policies.addOrder(me, given))
  if (!('problem' in asked)) return redirect(`/desk/policies?added=${asked.answer.version}`, 303)
  if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
  const values: Record<string, string> = { ...given, data: given.data.slice(0, 50_000) }
  return data({ values, faults: asked.problem.fields }, { status: 400 })
}

export const meta = title('desk.policies.new.order')

export default function NewOrderRules() {
  const loaded = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const faults = answer?.faults ?? {}
  const field = fieldOf(answer?.values ?? loaded.values, faults)
  return (
    <Page
      title={t('desk.policies.new.order')}
      lead={t('desk.policies.forever')}
      back={{ to: '/desk/policies', title: t('desk.policies') }}
      width="reading"
    >
      <Card>
        <Form method="post" noValidate={false}>
          <FormErrors errors={undefined} fields={Object.keys(faults).length} />
          <Field
            type="date"
            field={field('validFrom')}
            label={t('desk.policies.valid-from')}
            hint={t('desk.policies.valid-from.hint')}
          />
          <Field field={field('note')} label={t('desk.policies.note')} maxLength={500} />
          <TextArea field={field('data')} rows={24} spellCheck={false} label={t('desk.policies.json')} />
          <FormActions cancel="/desk/policies">{t('desk.policies.keep')}</FormActions>
        </Form>
      </Card>
    </Page>
  )
}
