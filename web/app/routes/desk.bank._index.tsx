import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { showIban } from '../../../workflows/policy/sepa'
import { ask, askQuietly } from '../ask.server'
import { useText } from '../texts/use-text'
import { BankPages } from '../ui/bank-tables'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { Field, plainField } from '../ui/field'
import { Form } from '../ui/form'
import { AskAgain } from '../ui/live'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash, Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { StatusBadge } from '../ui/status-badge'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ bank }, me) => bank.statements(me, listQuery(args.request)))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  if (form.get('intent') === 'look') {
    await ask(args, ({ bank }, me) => bank.look(me))
    return redirect('/desk/bank?done=looked', 303)
  }
  const file = form.get('file')
  if (!(file instanceof File) || file.size === 0) return data({ refused: { key: 'statement.refused.empty' } }, { status: 400 })
  const content = Buffer.from(await file.arrayBuffer()).toString('base64')
  const asked = await askQuietly(args, ({ bank }, me) => bank.upload(me, { name: file.name || 'statement', content }))
  if ('problem' in asked) {
    const { problem } = asked
    const reason = problem.problem === 'invalid' ? (Object.values(problem.fields)[0] ?? problem.reason) : problem.reason
    return data({ refused: reason }, { status: problem.status })
  }
  const { answer } = asked
  if (answer.kind === 'refused') return data({ refused: answer.reason }, { status: 400 })
  if (answer.kind === 'reading') return redirect('/desk/bank?done=reading', 303)
  const { entries, booked, unmatched, returned } = answer
  const counts = new URLSearchParams(
    Object.entries({ entries, booked, unmatched, returned }).map(([name, n]) => [name, String(n)]),
  )
  return redirect(`/desk/bank?done=read&${counts.toString()}`, 303)
}

// a refused file is answered 4xx: the list with it is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.bank.statements')

export default function Statements() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const onlyGaps = useSearchParams()[0].get('state') === 'gap'
  return (
    <Page title={t('desk.bank.statements')} lead={t('desk.bank.lead')} actions={<BankPages here="statements" />}>
      {answer && 'refused' in answer ? <Flash tone="danger">{say(answer.refused)}</Flash> : <Done />}
      <div className="split">
        <div className="stack stack--roomy">
          {found.refused.map(({ messageId, reason }) => (
            <Notice key={messageId} tone="danger" title={t('desk.bank.refused', { id: messageId })}>
              <p>{say(reason)}</p>
            </Notice>
          ))}
          {found.gaps > 0 && !onlyGaps ? (
            <Notice tone="warn" title={t('desk.bank.gaps', { count: found.gaps })}>
              <div className="row">
                <ButtonLink to="/desk/bank?state=gap" size="small" icon="arrow">
                  {t('desk.bank.to-gaps')}
                </ButtonLink>
              </div>
            </Notice>
          ) : null}
          {onlyGaps ? (
            <p>
              {t('desk.bank.gaps', { count: found.total })}. <Link to="/desk/bank">{t('desk.bank.all-statements')}</Link>
            </p>
          ) : null}
          <Waiting count={found.unmatched} />
          <Table
            caption={t('desk.bank.statements')}
            rows={found.rows}
            rowKey={({ id }) => id}
            columns={[
              {
                id: 'statement',
                title: t('desk.bank.col.statement'),
                heads: true,
                cell: ({ id, reference, format, gap }) => (
                  <span className="told">
                    <Link to={`/desk/bank/entries?statementId=${id}`}>{reference}</Link>
                    <span className="small soft">{format}</span>
                    {gap ? (
                      <>
                        <StatusBadge tone="warn">{t('desk.bank.gap')}</StatusBadge>
                        <span className="small">{say(gap)}</span>
                      </>
                    ) : null}
                  </span>
                ),
              },
              {
                id: 'on',
                title: t('desk.bank.col.on'),
                cell: ({ on, importedAt }) => (
                  <span className="nowrap">
                    <Time at={on ?? importedAt} show="day" />
                  </span>
                ),
              },
              {
                id: 'entries',
                title: t('desk.bank.col.entries'),
                cell: ({ entries, unmatched, returned }) => (
                  <span className="told">
                    <span className="numbers">{entries}</span>
                    {unmatched > 0 ? (
                      <span className="small soft">{t('desk.bank.statement.unmatched', { count: unmatched })}</span>
                    ) : null}
                    {returned > 0 ? (
                      <span className="small soft">{t('desk.bank.statement.returned', { count: returned })}</span>
                    ) : null}
                  </span>
                ),
              },
              {
                id: 'closing',
                title: t('desk.bank.col.closing'),
                end: true,
                cell: ({ closing }) => (closing ? <Money of={closing} /> : '–'),
              },
            ]}
            empty={
              onlyGaps ? null : (
                <Empty icon="file" title={t('desk.bank.empty.title')}>
                  {t('desk.bank.empty.text')}
                </Empty>
              )
            }
          />
          <Pager {...found} />
        </div>
        <aside className="beside stack">
          {may('books', 'edit') ? (
            <Card title={t('desk.bank.upload')} raised>
              <Form method="post" encType="multipart/form-data">
                <Field
                  field={plainField('file')}
                  label={t('desk.bank.upload.field')}
                  hint={t('desk.bank.upload.hint')}
                  type="file"
                  accept=".xml,.c53,.c54,.sta,.mta,.txt,.940"
                />
                <Button tone="primary" icon="up" wide>
                  {t('desk.bank.upload.do')}
                </Button>
              </Form>
              <Form method="post">
                <Button name="intent" value="look" icon="refresh" wide>
                  {t('desk.bank.look')}
                </Button>
              </Form>
            </Card>
          ) : null}
          {found.iban ? (
            <Card title={t('desk.bank.account')}>
              <p>
                {found.bankName}
                <br />
                <span className="numbers nowrap">{showIban(found.iban)}</span>
              </p>
            </Card>
          ) : null}
          <Files files={found.files} />
        </aside>
      </div>
    </Page>
  )
}

/** What came of the file that was just handed in; the numbers are in the address, so that the page can be loaded again. */
function Done() {
  const t = useText()
  const [query] = useSearchParams()
  const number = (name: string) => Number(query.get(name) ?? 0) || 0
  switch (query.get('done')) {
    case 'looked':
      return (
        <>
          <Flash>{t('desk.bank.looked')}</Flash>
          <AskAgain every={2_000} tries={30} />
        </>
      )
    case 'reading':
      return (
        <>
          <Flash tone="info">{t('desk.bank.reading')}</Flash>
          <AskAgain every={2_000} tries={60} />
        </>
      )
    case 'read': {
      const counts = {
        entries: number('entries'),
        booked: number('booked'),
        unmatched: number('unmatched'),
        returned: number('returned'),
      }
      return <Flash>{counts.entries === 0 ? t('desk.bank.read.known') : t('desk.bank.read', counts)}</Flash>
    }
    default:
      return null
  }
}

function Waiting({ count }: { count: number }) {
  const t = useText()
  if (count === 0) return <Notice tone="ok" title={t('desk.bank.waiting.none')} />
  return (
    <Notice tone="warn" title={t('desk.bank.waiting', { count })}>
      <div className="row">
        <ButtonLink to="/desk/bank/entries?state=unmatched" size="small" icon="arrow">
          {t('desk.bank.to-unmatched')}
        </ButtonLink>
      </div>
    </Notice>
  )
}

function Files({ files }: { files: Awaited<ReturnType<typeof loader>>['files'] }) {
  const t = useText()
  const say = useSay()
  return (
    <Card title={t('desk.bank.files')}>
      {files.length === 0 ? <p className="soft">{t('desk.bank.files.none')}</p> : null}
      <ul className="plain-list lines">
        {files.map(({ id, name, receivedAt, byBank, state, reason }) => (
          <li key={id}>
            <span className="told">
              <bdi className="reach small">{name}</bdi>
              <span className="small soft">
                <Time at={receivedAt} show="absolute" /> · {t(byBank ? 'desk.bank.file.by-bank' : 'desk.bank.file.by-hand')}
              </span>
              {reason ? <span className="small">{say(reason)}</span> : null}
            </span>
            <StatusBadge tone={state === 'read' ? 'ok' : state === 'refused' ? 'danger' : 'now'}>
              {t(`desk.bank.file.${state}`)}
            </StatusBadge>
          </li>
        ))}
      </ul>
    </Card>
  )
}
