import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import type { Late } from '../../../api/operations/asking'
import type { CollectionView } from '../../../api/operations/collections-types'
import { showDay } from '../../../workflows/policy/words/words'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { CaseHead, CaseStory, LiveCase } from '../ui/case-story'
import { CollectionState, Letters, Level, Movements, collectionPage } from '../ui/collection-tables'
import { DecisionTable } from '../ui/decision-table'
import { Form } from '../ui/form'
import { Live } from '../ui/live'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash } from '../ui/notice'
import { CustomerLink } from '../ui/order-table'
import { Page } from '../ui/page'
import { LateNotice } from '../ui/problem'
import { useSay } from '../ui/say'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

const documentIn = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ documentId: String(params.documentId) })

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ collections }, me) => collections.get(me, documentIn(args)))

export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const of = documentIn(args)
  const intent = form.get('intent')
  if (intent !== 'settle-dispute' && intent !== 'retry') throw data(null, { status: 400 })
  const answer = await ask(args, async ({ collections }, me): Promise<{ kind: string } | Late> =>
    intent === 'retry' ? await collections.retry(me, of) : await collections.settleDispute(me, of),
  )
  return 'reason' in answer
    ? data({ late: answer }, { status: 409 })
    : redirect(`${collectionPage(of.documentId)}?done=${intent}`, 303)
}

// a late click is answered 4xx: what is there by now is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.collections')

export default function Collection() {
  const found = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const [query] = useSearchParams()
  const { row, case: story } = found
  const earlier = found.cases.filter(({ id }) => id !== row.caseId)
  return (
    <Page
      title={t('desk.collection.title', { number: row.number })}
      back={{ to: '/desk/collections', title: t('desk.collections') }}
      actions={<CollectionState state={row.state} />}
    >
      {answer && 'late' in answer ? <LateNotice late={answer.late} /> : null}
      {query.has('done') && !answer ? <Flash>{t('desk.collection.done')}</Flash> : null}
      {story ? (
        <CaseHead view={story} reader="staff">
          <Decisions found={found} />
        </CaseHead>
      ) : null}
      <div className="split">
        <div className="stack stack--roomy">
          {story ? (
            <section className="stack" aria-labelledby="story">
              <div className="card__head">
                <h2 id="story">{t('desk.case.story')}</h2>
                <LiveCase view={story} />
              </div>
              <CaseStory view={story} reader="staff" />
            </section>
          ) : row.state === 'open' || row.state === 'paused' ? (
            // its case has just begun and is not in the record yet
            <Live src={`/api/v1/cases/${encodeURIComponent(row.caseId)}/stream`} />
          ) : null}
        </div>
        <aside className="beside">
          <Claim found={found} />
        </aside>
      </div>
      <section className="stack" aria-labelledby="letters">
        <h2 id="letters">{t('desk.collection.letters')}</h2>
        <Letters of={found.letters} />
      </section>
      <section className="stack" aria-labelledby="money">
        <h2 id="money">{t('desk.collection.money')}</h2>
        <Movements {...found} />
      </section>
      {found.decisions.length > 0 ? (
        <section className="stack" aria-labelledby="decisions">
          <h2 id="decisions">{t('desk.decisions')}</h2>
          <DecisionTable rows={found.decisions} />
        </section>
      ) : null}
      <section className="stack" aria-labelledby="events">
        <h2 id="events">{t('desk.case.events')}</h2>
        <Table
          caption={t('desk.case.events')}
          rows={found.events.toReversed()}
          rowKey={({ seq }) => String(seq)}
          columns={[
            { id: 'at', title: t('desk.case.event.at'), cell: ({ at }) => <Time at={at} show="absolute" /> },
            { id: 'what', title: t('desk.case.event.what'), heads: true, cell: ({ what }) => say(what) },
            {
              id: 'by',
              title: t('desk.case.event.by'),
              cell: ({ by }) => <bdi className="small">{by === 'workflow' ? t('desk.case.by.workflow') : by}</bdi>,
            },
          ]}
          empty={<p className="soft">{t('desk.case.events.none')}</p>}
        />
      </section>
      {earlier.length > 0 ? (
        <Card title={t('desk.collection.earlier')}>
          <ul className="plain-list stack">
            {earlier.map(({ id, headline, startedAt }) => (
              <li key={id} className="told">
                <Link to={`/desk/cases/${encodeURIComponent(id)}`}>
                  <Time at={startedAt} show="day" />
                </Link>
                <span className="small soft">{say(headline)}</span>
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
    </Page>
  )
}

/** What a person may decide: each on a page of its own that says what it means, but for what can be taken back at once. */
function Decisions({ found }: { found: CollectionView }) {
  const t = useText()
  const { may, row } = found
  if (!may.act) return null
  const to = (what: string) => `${collectionPage(row.documentId)}/${what}`
  return (
    <div className="row" role="group" aria-label={t('desk.collection.decide')}>
      {may.retry || may.settleDispute ? (
        <Form method="post" className="contents">
          {may.retry ? (
            <Button tone="primary" icon="refresh" name="intent" value="retry">
              {t('desk.collection.retry')}
            </Button>
          ) : null}
          {may.settleDispute ? (
            <Button tone="primary" icon="play" name="intent" value="settle-dispute">
              {t('desk.collection.settle-dispute')}
            </Button>
          ) : null}
        </Form>
      ) : null}
      {may.letterSeen ? (
        <>
          <ButtonLink tone="primary" icon="refresh" to={to('letter-again')}>
            {t('desk.collection.letter-again')}
          </ButtonLink>
          <ButtonLink to={to('letter-on')}>{t('desk.collection.letter-on')}</ButtonLink>
        </>
      ) : null}
      <ButtonLink to={to('defer')}>{t('desk.collection.defer')}</ButtonLink>
      {may.dispute ? <ButtonLink to={to('dispute')}>{t('desk.collection.dispute')}</ButtonLink> : null}
      <ButtonLink to={to('plan')}>{t('desk.collection.plan')}</ButtonLink>
      <ButtonLink tone="danger" to={to('write-off')}>
        {t('desk.collection.write-off')}
      </ButtonLink>
    </div>
  )
}

function Claim({ found }: { found: CollectionView }) {
  const t = useText()
  const may = useMay()
  const { language } = useViewer()
  const { row, interest, autoPay, blocks } = found
  return (
    <Card title={t('desk.collection.facts')}>
      <Facts
        of={[
          [t('desk.collection.customer'), <CustomerLink key="customer" customer={row.customer} />],
          [t('desk.collection.gross'), <Money key="gross" of={row.gross} />],
          [
            t('desk.collection.open'),
            <strong key="open">
              <Money of={row.open} />
            </strong>,
          ],
          row.claims.amount > 0 && [
            t('desk.collection.claims'),
            <span key="claims" className="row">
              <Money of={row.claims} />
              {found.may.waive ? (
                <ButtonLink size="small" to={`${collectionPage(row.documentId)}/waive`}>
                  {t('desk.collection.waive')}
                </ButtonLink>
              ) : null}
            </span>,
          ],
          interest !== undefined && [
            t('desk.collection.interest'),
            <span key="interest" className="told">
              <Money of={interest.amount} />
              <span className="small soft">
                {t('desk.collection.interest.since', { day: showDay(interest.since, language) })}
              </span>
            </span>,
          ],
          [t('desk.collection.due'), <Time key="due" at={row.dueOn} show="day" />],
          [t('desk.collections.col.level'), <Level key="level" level={row.level} />],
          [
            t('desk.collection.method'),
            autoPay.excluded ? t('desk.collection.method.excluded') : (autoPay.label ?? t('desk.collection.method.none')),
          ],
          blocks.length > 0 && [
            t('desk.collection.blocks'),
            <ul key="blocks" className="plain-list">
              {blocks.map(({ subject, releasedAt, may: can }) => (
                <li key={subject} className="row">
                  {t(releasedAt === undefined ? 'desk.collection.blocked' : 'desk.collection.released', {
                    subject: subject === 'account' ? t('desk.collection.account') : subject,
                  })}
                  {can === 'nothing' ? null : (
                    <ButtonLink
                      size="small"
                      to={`${collectionPage(row.documentId)}/${can}-block?${new URLSearchParams({ subject }).toString()}`}
                    >
                      {t(`desk.collection.${can}-block`)}
                    </ButtonLink>
                  )}
                </li>
              ))}
            </ul>,
          ],
          found.case && [
            t('desk.dunning.policy'),
            may('books', 'edit') && found.case.state !== 'done' ? (
              <Link key="policy" to={`/desk/policies/move?number=${encodeURIComponent(row.number)}`} className="reach">
                {found.case.policy}
              </Link>
            ) : (
              found.case.policy
            ),
          ],
          may('cases') && [
            t('desk.collection.case'),
            <Link key="case" to={`/desk/cases/${encodeURIComponent(row.caseId)}`} className="reach">
              {row.caseId.replace(/^collection:/, '').slice(0, 8)}…
            </Link>,
          ],
          may('invoices') && [
            t('desk.collections.col.invoice'),
            <a key="pdf" href={`/desk/invoices/${row.documentId}.pdf`}>
              {t('desk.collection.document')}
            </a>,
          ],
        ]}
      />
    </Card>
  )
}
