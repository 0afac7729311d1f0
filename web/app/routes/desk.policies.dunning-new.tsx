import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askQuietly, problemPage } from '../ask.server'
import { policyFrom, valuesIn, valuesOf } from '../dunning-form'
import { policyHeld } from '../policy-held.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { fieldOf, PolicyFields } from '../ui/policy-fields'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ policies }, me) => ({
    values: {
      ...valuesOf(await policyHeld(policies, me)),
      validFrom: daysLater(houseDay(args.context.house.now()), 1),
    },
  }))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const values = valuesIn(form)
  const said = (name: string) => String(form.get(name) ?? '').trim()
  const [validFrom, note] = [said('validFrom'), said('note')]
  const asked = await askQuietly(args, ({ policies }, me) =>
    policies.addDunning(me, { policy: policyFrom(values), validFrom, note }),
  )
  if (!('problem' in asked)) return redirect(`/desk/policies?added=${asked.answer.version}`, 303)
  if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
  const shown: Record<string, string> = { ...values, validFrom: validFrom.slice(0, 20), note: note.slice(0, 500) }
  return data({ values: shown, faults: asked.problem.fields }, { status: 400 })
}

export const meta = title('desk.policies.new.dunning')

export default function NewDunningRules() {
  const loaded = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const values = answer?.values ?? loaded.values
  const faults = answer?.faults ?? {}
  const field = fieldOf(values, faults)
  return (
    <Page
      title={t('desk.policies.new.dunning')}
      lead={t('desk.policies.forever')}
      back={{ to: '/desk/policies', title: t('desk.policies') }}
    >
      <Card>
        <Form method="post" noValidate={false}>
          <FormErrors errors={undefined} fields={Object.keys(faults).length} />
          <div className="form__pair">
            <Field
              type="date"
              field={field('validFrom')}
              label={t('desk.policies.valid-from')}
              hint={t('desk.policies.valid-from.hint')}
            />
            <Field field={field('note')} label={t('desk.policies.note')} maxLength={500} />
          </div>
          <PolicyFields values={values} faults={faults} />
          <div className="form__actions">
            <Button tone="primary">{t('desk.policies.keep')}</Button>
            <ButtonLink tone="quiet" to="/desk/dunning/what-if">
              {t('desk.policies.try')}
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Page>
  )
}
