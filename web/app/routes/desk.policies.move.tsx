import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Form as Search, useSearchParams } from '@remix-run/react'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { Field, plainField, Select } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { fieldOf, type FormAnswer } from '../ui/policy-fields'
import { LateNotice } from '../ui/problem'
import { title } from '../ui/title'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ collections, policies, cases }, me) => {
    const number = new URL(args.request.url).searchParams.get('number')?.trim().slice(0, 40) ?? ''
    const { rows: versions } = await policies.list(me, { kind: 'dunning', pageSize: 200 })
    const found = number === '' ? undefined : await collections.list(me, { q: number, state: 'active', pageSize: 1 })
    const row = found?.rows.find((one) => one.number === number)
    const now = row ? (await cases.get(me, { caseId: row.caseId })).case.policy : undefined
    return {
      ...{ number, versions: versions.map(({ version, standing }) => ({ version, standing })) },
      ...(row && now !== undefined ? { row, now } : {}),
    }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const said = (name: string) => String(form.get(name) ?? '').slice(0, 60)
  const [documentId, version] = [said('documentId'), said('version')]
  const asked = await askQuietly(args, ({ policies }, me) => policies.move(me, { documentId, version }))
  if ('problem' in asked) {
    if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
    return data<FormAnswer>({ values: {}, faults: asked.problem.fields }, { status: 400 })
  }
  if (asked.answer.kind === 'late') return data<FormAnswer>({ values: {}, faults: {}, late: asked.answer }, { status: 409 })
  const query = new URL(args.request.url).searchParams
  query.set('done', '1')
  return redirect(`/desk/policies/move?${query.toString()}`, 303)
}

export const meta = title('desk.policies.move')

export default function Move() {
  const loaded = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const [query] = useSearchParams()
  const { number, versions, row, now } = loaded
  return (
    <Page
      title={t('desk.policies.move')}
      lead={t('desk.policies.move.lead')}
      back={{ to: '/desk/policies', title: t('desk.policies') }}
      width="reading"
    >
      {query.get('done') ? <Flash>{t('desk.policies.move.done')}</Flash> : null}
      {answer?.late ? <LateNotice late={answer.late} /> : null}
      <Search role="search" className="form">
        <Field field={plainField('number', number)} label={t('desk.policies.move.find')} placeholder="R-2026-000001" />
        <div className="row">
          <Button icon="search">{t('desk.policies.move.search')}</Button>
        </div>
      </Search>
      {number !== '' && !row ? (
        <Notice tone="warn">
          <p>{t('desk.policies.move.unknown')}</p>
        </Notice>
      ) : null}
      {row && now !== undefined ? (
        <Card>
          <Facts
            of={[
              [t('desk.policies.move.invoice'), row.number],
              [t('desk.dunning.col.customer'), <CustomerLink key="customer" customer={row.customer} />],
              [t('desk.dunning.col.open'), <Money key="open" of={row.open} />],
              [t('desk.policies.move.now'), now],
            ]}
          />
          <Form method="post">
            <input type="hidden" name="documentId" value={row.documentId} />
            <Select
              field={fieldOf({}, answer?.faults ?? {})('version')}
              label={t('desk.policies.move.to')}
              options={versions
                .filter(({ version }) => version !== now)
                .map(({ version, standing }) => ({ value: version, title: `${version} (${t(`desk.policies.${standing}`)})` }))}
            />
            <div className="form__actions">
              <Button tone="primary">{t('desk.policies.move.act')}</Button>
            </div>
          </Form>
        </Card>
      ) : null}
    </Page>
  )
}
