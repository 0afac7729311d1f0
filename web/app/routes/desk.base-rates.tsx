import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import type { BaseRateRow } from '../../../api/operations/dunning-types'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askQuietly, problemPage } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { Field } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash, Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { fieldOf } from '../ui/policy-fields'
import { Table, type Column } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ policies }, me) => {
    const today = houseDay(args.context.house.now())
    const rows = await policies.baseRates(me)
    const half = `${today.slice(0, 4)}-${today.slice(5, 7) < '07' ? '01' : '07'}-01`
    return { rows, missing: !rows.some(({ validFrom }) => validFrom === half) }
  })

/** 1,27 → 127 basis points; a rate may be negative. */
const points = (text: string): number =>
  /^-?\d{1,2}([.,]\d{1,2})?$/.test(text) ? Math.round(Number(text.replace(',', '.')) * 100) : NaN

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const said = (name: string) => String(form.get(name) ?? '').trim()
  const values: Record<string, string> = {
    validFrom: said('validFrom').slice(0, 20),
    rate: said('rate').slice(0, 20),
    source: said('source').slice(0, 300),
  }
  const { validFrom = '', rate = '', source = '' } = values
  const asked = await askQuietly(args, ({ policies }, me) => policies.addBaseRate(me, { validFrom, rate: points(rate), source }))
  if (!('problem' in asked)) return redirect('/desk/base-rates?done=1', 303)
  if (asked.problem.problem !== 'invalid') throw problemPage(asked.problem)
  return data({ values, faults: asked.problem.fields }, { status: 400 })
}

export const meta = title('desk.rates')

export default function BaseRates() {
  const { rows, missing } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const [query] = useSearchParams()
  const { language } = useViewer()
  const percent = new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB', { minimumFractionDigits: 2 })
  const show = (basis: number) => (
    <span className="numbers" suppressHydrationWarning>
      {percent.format(basis / 100)}&nbsp;%
    </span>
  )
  const faults = answer?.faults ?? {}
  const field = fieldOf(answer?.values ?? {}, faults)
  const columns: Column<BaseRateRow>[] = [
    { id: 'from', title: t('desk.rates.col.from'), heads: true, cell: ({ validFrom }) => <Time at={validFrom} show="day" /> },
    { id: 'rate', title: t('desk.rates.col.rate'), end: true, cell: ({ rate }) => show(rate) },
    { id: 'consumer', title: t('desk.rates.col.consumer'), end: true, cell: ({ rate }) => show(Math.max(0, rate + 500)) },
    { id: 'business', title: t('desk.rates.col.business'), end: true, cell: ({ rate }) => show(Math.max(0, rate + 900)) },
    { id: 'source', title: t('desk.rates.col.source'), cell: ({ source }) => <bdi>{source}</bdi> },
    {
      id: 'by',
      title: t('desk.rates.col.by'),
      cell: ({ by, at }) =>
        at ? (
          <>
            <bdi>{by}</bdi> <Time at={at} show="absolute" />
          </>
        ) : (
          <span className="soft">{t('desk.policies.house-began')}</span>
        ),
    },
  ]
  return (
    <Page title={t('desk.rates')} lead={t('desk.rates.lead')} back={{ to: '/desk/policies', title: t('desk.policies') }}>
      {query.get('done') && !answer ? <Flash>{t('desk.rates.added')}</Flash> : null}
      {missing ? (
        <Notice tone="warn">
          <p>{t('desk.rates.missing')}</p>
        </Notice>
      ) : null}
      {may('books', 'edit') ? (
        <Card title={t('desk.rates.new')}>
          <Form method="post" noValidate={false}>
            <FormErrors errors={undefined} fields={Object.keys(faults).length} />
            <div className="form__pair">
              <Field type="date" field={field('validFrom')} label={t('desk.rates.col.from')} />
              <Field inputMode="decimal" autoComplete="off" field={field('rate')} label={t('desk.rates.rate')} />
            </div>
            <Field field={field('source')} label={t('desk.rates.source')} hint={t('desk.rates.source.hint')} maxLength={300} />
            <div className="form__actions">
              <Button tone="primary">{t('desk.rates.keep')}</Button>
            </div>
          </Form>
        </Card>
      ) : null}
      <Table caption={t('desk.rates')} rows={rows} rowKey={({ validFrom }) => validFrom} columns={columns} />
    </Page>
  )
}
