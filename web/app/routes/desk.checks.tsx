import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { Form } from '../ui/form'
import { AskAgain } from '../ui/live'
import { useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ checks }, me) => checks.list(me, listQuery(args.request)))

export const action = async (args: ActionFunctionArgs) => {
  await args.context.requireForm(args.request)
  await ask(args, ({ checks }, me) => checks.begin(me))
  return redirect('/desk/checks?begun=1', 303)
}

export const meta = title('desk.checks')

/** The last result in full, those before it as a list. */
export default function Checks() {
  const found = useLoaded<typeof loader>()
  const [query] = useSearchParams()
  const t = useText()
  const may = useMay()
  const [last] = found.page === 1 ? found.rows : []
  return (
    <Page
      title={t('desk.checks')}
      lead={t('desk.checks.lead')}
      actions={
        may('cases', 'edit') ? (
          <Form method="post" action="/desk/checks">
            <Button tone="primary" icon="refresh">
              {t('desk.checks.begin')}
            </Button>
          </Form>
        ) : undefined
      }
    >
      {query.has('begun') ? (
        <Notice>
          <p>{t('desk.checks.begun')}</p>
          <AskAgain every={3_000} tries={40} />
        </Notice>
      ) : null}
      {last && !last.ok ? (
        <Notice tone="danger">
          <p>{t('desk.checks.broken', { count: last.broken.length })}</p>
        </Notice>
      ) : null}
      {last?.broken.map(({ name, rule, violations, examples }) => (
        <Card key={name} title={rule}>
          <p>
            <code>{name}</code> · {t('desk.checks.violations', { count: violations })}
          </p>
          <ul className="plain-list">
            {examples.map((example) => (
              <li key={example}>
                <code className="small reach">{example}</code>
              </li>
            ))}
          </ul>
        </Card>
      ))}
      <Table
        caption={t('desk.checks')}
        rows={found.rows}
        rowKey={({ id }) => id}
        columns={[
          {
            id: 'at',
            title: t('desk.checks.col.at'),
            heads: true,
            cell: ({ at }) => (
              <span className="nowrap">
                <Time at={at} show="absolute" />
              </span>
            ),
          },
          {
            id: 'result',
            title: t('desk.checks.col.result'),
            cell: ({ ok, holding, broken }) =>
              ok
                ? t('desk.checks.all-hold', { count: holding })
                : t('desk.checks.some-broken', { names: broken.map(({ name }) => name).join(', ') }),
          },
          {
            id: 'took',
            title: t('desk.checks.col.took'),
            end: true,
            cell: ({ tookMs }) => t('desk.checks.milliseconds', { ms: tookMs }),
          },
        ]}
        empty={
          <Empty icon="check" title={t('desk.checks.empty.title')}>
            {t('desk.checks.empty.text')}
          </Empty>
        }
      />
      <Pager {...found} />
    </Page>
  )
}
