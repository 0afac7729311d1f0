import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link } from '@remix-run/react'
import { z } from 'zod'
import type { TestClockDay, TestClockMove } from '../../../api/operations/types'
import { daysLater } from '../../../workflows/policy/billing'
import { houseDay } from '../../../workflows/policy/calendar'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Empty, Facts } from '../ui/card'
import { Field, plainField } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { AskAgain } from '../ui/live'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { listQuery, Pager } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

const Move = z.object({
  by: z.enum(['day', 'week', 'month', 'date'], { error: 'field.choice' }),
  to: z.iso.date({ error: 'field.format' }).optional(),
})

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ sandbox }, me) => sandbox.clock(me, listQuery(args.request)))

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Move })
  if (form.status !== 'success') return wrong(form)
  const { by, to = '' } = form.value
  const { refused, answer } = await askWith(args, form, ({ sandbox }, me) =>
    sandbox.moveClock(me, by === 'date' ? { to } : { by }),
  )
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect('/sandbox/clock', 303)
}

export const meta = title('sandbox.clock')

export default function HouseClock() {
  const { now, move, unknown, days } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const may = useMay()
  const moving = move !== undefined && !move.over
  const faults = lastResult?.error ?? {}
  return (
    <Page title={t('sandbox.clock')} lead={t('sandbox.clock.lead')}>
      <Card title={t('sandbox.clock.now')}>
        <p className="strong">
          <Time at={moving ? move.at : now} show="absolute" />
        </p>
      </Card>
      {moving ? <Moving {...move} /> : null}
      {unknown ? (
        <Notice tone="warn">
          <p>{t('sandbox.clock.unknown')}</p>
          <AskAgain every={2_000} />
        </Notice>
      ) : null}
      {!moving && !unknown && may('sandbox', 'edit') ? (
        <Card title={t('sandbox.clock.move')}>
          <Form method="post">
            <FormErrors errors={faults[''] ?? undefined} />
            <div className="form__actions">
              {(['day', 'week', 'month'] as const).map((by) => (
                <Button key={by} name="by" value={by} icon="skip">
                  {t(`sandbox.clock.by.${by}`)}
                </Button>
              ))}
            </div>
          </Form>
          <Form method="post">
            <input type="hidden" name="by" value="date" />
            <Field
              type="date"
              field={plainField('to', daysLater(houseDay(now), 30), faults['to'] ?? undefined)}
              label={t('sandbox.clock.to')}
              hint={t('sandbox.clock.to.hint')}
              min={daysLater(houseDay(now), 1)}
              required
            />
            <div className="form__actions">
              <Button icon="skip">{t('sandbox.clock.to.do')}</Button>
            </div>
          </Form>
        </Card>
      ) : null}
      {move && move.left.length > 0 ? (
        <Notice tone="warn">
          <p>{t('sandbox.clock.left', { count: move.left.length })}</p>
          <ul className="plain-list">
            {move.left.slice(0, 20).map(({ caseId, at }) => (
              <li key={`${caseId} ${at}`}>
                <Link to={`/desk/cases/${encodeURIComponent(caseId)}`}>{caseId}</Link> <Time at={at} show="absolute" />
              </li>
            ))}
          </ul>
        </Notice>
      ) : null}
      <section className="stack" aria-labelledby="days">
        <h2 id="days">{t('sandbox.clock.days')}</h2>
        {days.rows.map((day) => (
          <Day key={day.day} {...day} />
        ))}
        {days.rows.length === 0 && !moving ? (
          <Empty icon="clock" title={t('sandbox.clock.none.title')}>
            {t('sandbox.clock.none.text')}
          </Empty>
        ) : null}
        <Pager {...days} />
      </section>
    </Page>
  )
}

/** How far it is. With JavaScript it is asked every second, without there is a link. */
function Moving({ from, to, at, doing }: TestClockMove) {
  const t = useText()
  const days = (a: string, b: string) => Math.round((Date.parse(b) - Date.parse(a)) / 86_400_000)
  const [done, all] = [days(from, at), days(from, to)]
  return (
    <Card title={t('sandbox.clock.moving')}>
      <progress className="progress" value={done} max={all} aria-label={t('sandbox.clock.moving')} />
      <p role="status">{t('sandbox.clock.moving.far', { done, all })}</p>
      <Facts
        of={[
          [t('sandbox.clock.moving.to'), <Time key="to" at={to} show="absolute" />],
          doing !== undefined && [t('sandbox.clock.moving.doing'), t(`sandbox.clock.doing.${doing}`)],
        ]}
      />
      <AskAgain every={1_000} />
    </Card>
  )
}

const issued = ['invoice', 'credit_note', 'cancellation', 'reminder'] as const
const isIssued = (kind: string): kind is (typeof issued)[number] => (issued as readonly string[]).includes(kind)

function Day({ day, count, things }: TestClockDay) {
  const t = useText()
  const say = useSay()
  const may = useMay()
  return (
    <Card title={<Time at={day} />}>
      <ul className="plain-list stack stack--tight">
        {things.map(({ at, caseId, documentId, subject, kind, what, gross }, index) => (
          <li key={index}>
            {at ? (
              <span className="small soft numbers">
                <Time at={at} show="time" />{' '}
              </span>
            ) : null}
            {caseId !== undefined && may('cases') ? (
              <Link to={`/desk/cases/${encodeURIComponent(caseId)}`}>{subject}</Link>
            ) : documentId !== undefined && may('invoices') ? (
              <Link to={`/desk/invoices/${documentId}`}>{subject}</Link>
            ) : (
              <bdi>{subject}</bdi>
            )}{' '}
            {what ? say(what) : isIssued(kind) ? t(`sandbox.clock.issued.${kind}`) : kind}
            {gross ? (
              <>
                {' '}
                <Money of={gross} />
              </>
            ) : null}
          </li>
        ))}
      </ul>
      {count > things.length ? <p className="small soft">{t('sandbox.clock.more', { count: count - things.length })}</p> : null}
    </Card>
  )
}
