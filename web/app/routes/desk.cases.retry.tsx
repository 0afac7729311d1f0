import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import type { CaseRowView } from '../../../api/operations/types'
import { ask } from '../ask.server'
import { caseQuery, mostAtOnce } from '../case-query'
import { useText } from '../texts/use-text'
import { ButtonLink, FormActions } from '../ui/button'
import { Empty } from '../ui/card'
import { CaseTable } from '../ui/case-table'
import { Form } from '../ui/form'
import { useLoaded } from '../ui/loaded'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { listQuery } from '../ui/table'
import { title } from '../ui/title'

/** Shows what would be tried again: the selected cases, or with chosen=all every one that matches the filter (BEY-44). */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ cases }, me) => {
    const query = new URL(args.request.url).searchParams
    const ids = query.getAll('id').slice(0, mostAtOnce)
    if (query.get('chosen') === 'all') {
      const found = await cases.list(me, { ...listQuery(args.request), ...caseQuery(query), page: 1, pageSize: mostAtOnce })
      return { rows: found.rows.filter(isOpen), cut: found.total > found.rows.length }
    }
    if (ids.length === 0) throw redirect('/desk/cases')
    const rows = await Promise.all(
      ids.map(async (id) => (await cases.list(me, { q: id, pageSize: 5 })).rows.find((row) => row.id === id)),
    )
    return { rows: rows.filter((row) => row !== undefined).filter(isOpen), cut: query.getAll('id').length > ids.length }
  })

const isOpen = ({ state }: CaseRowView): boolean => state !== 'done'

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const ids = form.getAll('id').map(String).slice(0, mostAtOnce)
  if (ids.length === 0) return redirect('/desk/cases', 303)
  const { done, late } = await ask(args, ({ cases }, me) => cases.retryAll(me, { ids }))
  return redirect(`/desk/cases?${new URLSearchParams({ state: 'open', done: String(done), late: String(late) }).toString()}`, 303)
}

export const meta = title('desk.retry.title')

export default function Retry() {
  const { rows, cut } = useLoaded<typeof loader>()
  const t = useText()
  const back = { to: '/desk/cases?state=parked', title: t('desk.cases') }
  if (rows.length === 0)
    return (
      <Page title={t('desk.retry.title')} back={back}>
        <Empty
          icon="refresh"
          title={t('desk.retry.none.title')}
          action={<ButtonLink to={back.to}>{t('desk.retry.back')}</ButtonLink>}
        >
          {t('desk.retry.none.text')}
        </Empty>
      </Page>
    )
  return (
    <Page title={t('desk.retry.title')} lead={t('desk.retry.lead')} back={back}>
      {cut ? (
        <Notice>
          <p>{t('desk.retry.cut', { count: rows.length })}</p>
        </Notice>
      ) : null}
      <CaseTable rows={rows} />
      <Form method="post" action="/desk/cases/retry">
        {rows.map(({ id }) => (
          <input key={id} type="hidden" name="id" value={id} />
        ))}
        <FormActions cancel={back.to} icon="refresh">
          {t('desk.retry.confirm', { count: rows.length })}
        </FormActions>
      </Form>
    </Page>
  )
}
