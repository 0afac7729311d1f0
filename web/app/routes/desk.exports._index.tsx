import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { houseDay } from '../../../workflows/policy/calendar'
import { showDay } from '../../../workflows/policy/words/words'
import { ask, askWith, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { CopyId } from '../ui/copy-id'
import { Choice, Field, Select } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { Icon } from '../ui/icon'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

const kinds = ['documents', 'postings', 'datev'] as const
const Wanted = z.object({
  kind: z.enum(kinds, { error: 'field.choice' }),
  from: z.iso.date({ error: 'field.format' }),
  until: z.iso.date({ error: 'field.format' }),
  chart: z.enum(['skr03', 'skr04']).optional(),
})

/** The month before this one. */
const lastMonth = (now: string): { from: string; until: string } => {
  const today = houseDay(now)
  const end = new Date(Date.parse(`${today.slice(0, 8)}01`) - 86_400_000).toISOString().slice(0, 10)
  return { from: `${end.slice(0, 8)}01`, until: end }
}

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ exports }, me) => ({
    found: await exports.list(me, listQuery(args.request)),
    period: lastMonth(args.context.house.now()),
  }))

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Wanted })
  if (form.status !== 'success') return wrong(form)
  const { refused, answer } = await askWith(args, form, ({ exports }, me) => exports.create(me, form.value))
  if (refused) return refused
  return redirect(`/desk/exports?done=${answer.kind}`, 303)
}

export const meta = title('desk.exports')

export default function Exports() {
  const { found, period } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const [form, fields] = useForm<z.input<typeof Wanted>>({
    id: 'export',
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { kind: 'datev', chart: 'skr03', ...period },
  })
  const done = query.get('done')
  return (
    <Page title={t('desk.exports')} lead={t('desk.exports.lead')}>
      {!lastResult && (done === 'made' || done === 'known') ? <Flash>{t(`desk.exports.done.${done}`)}</Flash> : null}
      {may('books', 'edit') ? (
        <Card title={t('desk.exports.new')}>
          <Form {...getFormProps(form)} method="post" noValidate={false}>
            <FormErrors errors={form.errors} fields={Object.values(form.allErrors).length} />
            <Choice
              field={fields.kind}
              label={t('desk.exports.kind')}
              options={kinds.map((value) => ({
                value,
                title: t(`desk.exports.kind.${value}`),
                hint: t(`desk.exports.kind.${value}.hint`),
              }))}
            />
            <div className="form__pair">
              <Field type="date" field={fields.from} label={t('desk.exports.from')} />
              <Field type="date" field={fields.until} label={t('desk.exports.until')} hint={t('desk.exports.until.hint')} />
            </div>
            <Select
              field={fields.chart}
              required={false}
              label={t('desk.exports.chart')}
              hint={t('desk.exports.chart.hint')}
              options={[
                { value: 'skr03', title: 'SKR 03' },
                { value: 'skr04', title: 'SKR 04' },
              ]}
            />
            <div className="form__actions">
              <Button tone="primary">{t('desk.exports.act')}</Button>
            </div>
          </Form>
        </Card>
      ) : null}
      <Table
        caption={t('desk.exports')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'kind',
            title: t('desk.exports.col.kind'),
            heads: true,
            cell: ({ kind, chart }) => `${t(`desk.exports.kind.${kind}`)}${chart ? ` (${chart.toUpperCase()})` : ''}`,
          },
          {
            id: 'period',
            title: t('desk.exports.col.period'),
            cell: ({ from, until }) => `${showDay(from, language)} – ${showDay(until, language)}`,
          },
          { id: 'rows', title: t('desk.exports.col.rows'), end: true, cell: ({ rows }) => rows },
          {
            id: 'made',
            title: t('desk.exports.col.made'),
            cell: ({ createdAt, createdBy }) => (
              <span className="told">
                <Time at={createdAt} />
                <span className="small soft">{createdBy}</span>
              </span>
            ),
          },
          {
            id: 'digest',
            title: 'SHA-256',
            cell: ({ digest }) => <CopyId id={digest} shown={`${digest.slice(0, 12)}…`} />,
          },
          {
            id: 'file',
            title: '',
            end: true,
            cell: ({ id, from, until, kind }) => (
              <a
                className="button button--small"
                href={`/desk/exports/${id}.csv`}
                aria-label={t('desk.exports.download', { kind: t(`desk.exports.kind.${kind}`), from, until })}
              >
                <Icon name="down" size={16} />
                CSV
              </a>
            ),
          },
        ]}
        empty={
          <Empty icon="down" title={t('desk.exports.empty.title')}>
            {t('desk.exports.empty.text')}
          </Empty>
        }
      />
      <Pager {...found} />
    </Page>
  )
}
