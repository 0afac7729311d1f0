import { data, type LoaderFunctionArgs } from '@remix-run/node'
import { Form, useSearchParams } from '@remix-run/react'
import type { WhatIfStep } from '../../../api/operations/dunning-types'
import { showMoney } from '../../../workflows/policy/money'
import { showDay } from '../../../workflows/policy/words/words'
import { ask, askQuietly, problemPage } from '../ask.server'
import { policyFrom, valuesIn, valuesOf } from '../dunning-form'
import { policyHeld } from '../policy-held.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { useNumber } from '../ui/dunning-tables'
import { Field, plainField, Select } from '../ui/field'
import { FormErrors } from '../ui/form'
import { Icon } from '../ui/icon'
import { useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { CustomerLink } from '../ui/order-table'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { fieldOf, PolicyFields, type Faults } from '../ui/policy-fields'
import { StatusBadge } from '../ui/status-badge'
import { listQuery, Pager, Table, type Column } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

export const loader = async (args: LoaderFunctionArgs) => {
  const query = new URL(args.request.url).searchParams
  const asked = query.has('policy.collectionAfterDays')
  const values = asked ? valuesIn(query) : valuesOf(await ask(args, ({ policies }, me) => policyHeld(policies, me)))
  const days = query.get('days')?.trim() || '60'
  const told = await askQuietly(args, ({ dunning }, me) =>
    dunning.whatIf(me, { ...listQuery(args.request), policy: policyFrom(values), days: Number(days) }),
  )
  if (!('problem' in told)) return { values: { ...values, days }, asked, faults: {} as Faults, answer: told.answer }
  if (told.problem.problem !== 'invalid') throw problemPage(told.problem)
  return data({ values: { ...values, days: days.slice(0, 10) }, asked, faults: told.problem.fields }, { status: 400 })
}

export const meta = title('desk.what-if')

export default function WhatIf() {
  const loaded = useLoaded<typeof loader>()
  const { values, faults, asked } = loaded
  const answer = 'answer' in loaded ? loaded.answer : undefined
  const t = useText()
  const { language } = useViewer()
  const field = fieldOf(values, faults)
  const [query] = useSearchParams()
  const wrong = Object.keys(faults).length
  const file = new URLSearchParams(query)
  for (const name of ['page', 'q', 'state']) file.delete(name)
  return (
    <Page title={t('desk.what-if')} lead={t('desk.what-if.lead')} back={{ to: '/desk/dunning', title: t('desk.dunning') }}>
      <Form className="stack" role="search">
        <Card>
          <div className="form">
            <FormErrors errors={undefined} fields={wrong} />
            <PolicyFields values={values} faults={faults} />
            <div className="form__pair">
              <Field required={false} inputMode="numeric" field={field('days')} label={t('desk.what-if.days')} />
              <Select
                required={false}
                field={plainField('state', query.get('state') ?? '')}
                label={t('desk.what-if.show')}
                placeholder={t('desk.dunning.all-levels')}
                options={(['changed', 'letter', 'block', 'collection'] as const).map((value) => ({
                  value,
                  title: t(`desk.what-if.show.${value}`),
                }))}
              />
            </div>
            <Field
              required={false}
              optional
              type="search"
              field={plainField('q', query.get('q') ?? '')}
              label={t('desk.dunning.lines.search')}
            />
            <div className="form__actions">
              <Button tone="primary">{t('desk.what-if.count')}</Button>
            </div>
          </div>
        </Card>
      </Form>
      {answer ? (
        <section className="stack" aria-labelledby="result">
          <h2 id="result">
            {t('desk.what-if.result', { from: showDay(answer.from, language), until: showDay(answer.until, language) })}
          </h2>
          <p className="soft">{t('desk.what-if.assumes', { version: answer.inForce, count: answer.items })}</p>
          {answer.cut ? (
            <Notice tone="warn">
              <p>{t('desk.what-if.cut', { count: answer.items })}</p>
            </Notice>
          ) : null}
          <Sums proposed={answer.proposed} before={answer.before} />
          <div className="row row--between">
            <h3>{t('desk.what-if.steps')}</h3>
            {answer.steps.total > 0 && asked ? (
              <a className="button button--small" href={`/desk/dunning/what-if/csv?${file.toString()}`}>
                <Icon name="down" size={16} />
                {t('desk.dunning.csv')}
              </a>
            ) : null}
          </div>
          <Steps rows={answer.steps.rows} />
          <Pager {...answer.steps} />
        </section>
      ) : null}
    </Page>
  )
}

type Answer = Extract<ReturnType<typeof useLoaded<typeof loader>>, { answer: unknown }>['answer']

function Sums({ proposed, before }: Pick<Answer, 'proposed' | 'before'>) {
  const t = useText()
  const number = useNumber()
  const { language } = useViewer()
  const signed = (count: number) => (count > 0 ? `+${number(count)}` : number(count))
  const currencies = [...new Set([...Object.keys(proposed.fees), ...Object.keys(before.fees)])]
  const rows = [
    ...(['letters', 'mails', 'blocks', 'collections'] as const).map((what) => ({
      what: t(`desk.what-if.sum.${what}`),
      cells: [number(proposed[what]), number(before[what]), signed(proposed[what] - before[what])],
    })),
    ...currencies.map((currency) => {
      const [would, does] = [proposed.fees[currency] ?? 0, before.fees[currency] ?? 0]
      const show = (amount: number) => showMoney({ amount, currency }, language)
      return {
        what: t('desk.what-if.sum.fees'),
        cells: [show(would), show(does), `${would > does ? '+' : ''}${show(would - does)}`],
      }
    }),
  ]
  const column = (at: number, heading: string): Column<(typeof rows)[number]> => ({
    id: String(at),
    title: heading,
    end: true,
    cell: ({ cells }) => (
      <span className="numbers" suppressHydrationWarning>
        {cells[at]}
      </span>
    ),
  })
  return (
    <Table
      caption={t('desk.dunning.result')}
      rows={rows}
      rowKey={({ what, cells }) => `${what} ${cells[0]}`}
      columns={[
        { id: 'what', title: t('desk.what-if.col.what'), heads: true, cell: ({ what }) => what },
        column(0, t('desk.what-if.sum.proposed')),
        column(1, t('desk.what-if.sum.before')),
        column(2, t('desk.what-if.sum.difference')),
      ]}
    />
  )
}

const tones = { same: 'idle', new: 'now', changed: 'warn', gone: 'idle' } as const

function Steps({ rows }: { rows: WhatIfStep[] }) {
  const t = useText()
  const { language } = useViewer()
  const columns: Column<WhatIfStep>[] = [
    { id: 'on', title: t('desk.what-if.col.on'), heads: true, cell: ({ on }) => <Time at={on} show="day" /> },
    { id: 'customer', title: t('desk.dunning.col.customer'), cell: ({ customer }) => <CustomerLink customer={customer} /> },
    { id: 'number', title: t('desk.dunning.col.invoice'), cell: ({ number }) => <span className="nowrap">{number}</span> },
    {
      id: 'what',
      title: t('desk.what-if.col.what'),
      cell: ({ act, level, blocks }) => (
        <>
          {act === 'letter' ? t('desk.dunning.level', { level }) : t('desk.what-if.collection')}
          {blocks ? <div className="small soft">{t('desk.dunning.blocks')}</div> : null}
        </>
      ),
    },
    {
      id: 'open',
      title: t('desk.dunning.col.open'),
      end: true,
      cell: ({ open, currency }) => <Money of={{ amount: open, currency }} />,
    },
    {
      id: 'fee',
      title: t('desk.dunning.col.fee'),
      end: true,
      cell: ({ fee, lumpSum, currency }) => <Money of={{ amount: fee + lumpSum, currency }} />,
    },
    {
      id: 'change',
      title: t('desk.what-if.col.change'),
      cell: ({ change, before, currency, fee, lumpSum, on }) => (
        <>
          <StatusBadge tone={tones[change]}>
            {change === 'changed' && before
              ? before.on === on
                ? t('desk.what-if.changed.fee', {
                    amount: showMoney({ amount: before.fee + before.lumpSum, currency }, language),
                  })
                : t('desk.what-if.changed', { day: showDay(before.on, language) })
              : t(`desk.what-if.${change === 'changed' ? 'same' : change}`)}
          </StatusBadge>
          {change === 'changed' && before && before.on !== on && before.fee + before.lumpSum !== fee + lumpSum ? (
            <div className="small soft" suppressHydrationWarning>
              {t('desk.what-if.changed.fee', { amount: showMoney({ amount: before.fee + before.lumpSum, currency }, language) })}
            </div>
          ) : null}
        </>
      ),
    },
  ]
  return (
    <Table
      caption={t('desk.what-if.steps')}
      rows={rows}
      rowKey={({ documentId, act, level, change }) => `${documentId} ${act} ${level} ${change}`}
      columns={columns}
      empty={
        <Empty icon="check" title={t('desk.what-if.none')}>
          {t('desk.what-if.none.text')}
        </Empty>
      }
    />
  )
}
