import { getFormProps, useForm, type SubmissionResult } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { ask, askWith, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { LiveCase } from '../ui/case-story'
import { CustomerCard } from '../ui/customer-card'
import { Choice, TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Name } from '../ui/name'
import { Flash, Notice } from '../ui/notice'
import { OrderStory } from '../ui/order-story'
import { Page } from '../ui/page'
import { Postal } from '../ui/postal'
import { LateNotice } from '../ui/problem'
import { useSay } from '../ui/say'
import { OrderState, StatusBadge } from '../ui/status-badge'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay } from '../ui/viewer'

const Decision = z.object({
  verdict: z.enum(['approve', 'reject'], { error: 'field.required' }),
  reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short').max(2000, 'field.too-long'),
})

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, ({ clearing }, me) => clearing.get(me, { orderId: String(args.params.orderId) }))

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Decision })
  if (form.status !== 'success') return wrong(form)
  const orderId = String(args.params.orderId)
  const { refused, answer } = await askWith(args, form, ({ clearing }, me) => clearing.decide(me, { orderId, ...form.value }))
  if (refused) return refused
  if (answer.kind === 'late') return data({ late: answer }, { status: 409 })
  return redirect(`/desk/clearing/${orderId}?done=decided`, 303)
}

// a late click is answered 4xx: the decision that stands is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.held.title', (_, { orderId }) => ({ id: orderId ?? '' }))

export default function HeldOrder() {
  const held = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const may = useMay()
  const [query] = useSearchParams()
  const { id } = held.order
  const { review } = held
  return (
    <Page
      title={t('desk.held.title', { id })}
      back={{ to: '/desk/clearing', title: t('desk.clearing') }}
      actions={
        <>
          <OrderState state={held.order.state} />
          {may('cases') ? (
            <ButtonLink size="small" to={`/desk/cases/${encodeURIComponent(held.case.id)}`}>
              {t('desk.held.case')}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      {answer && 'late' in answer ? <LateNotice late={answer.late} /> : null}
      {query.get('done') === 'decided' && !answer ? <Flash>{t('desk.held.saved')}</Flash> : null}
      <div className="split">
        <div className="stack stack--roomy">
          <Card title={t('desk.held.why')}>
            <ul className="reasons">
              {review.reasons.map((reason) => (
                <li key={reason.key}>{say(reason)}</li>
              ))}
            </ul>
            <Facts
              of={[
                [t('desk.held.heldAt'), <Time key="held" at={review.heldAt} />],
                !review.verdict && [
                  t('desk.held.escalateAt'),
                  <Time key="escalate" at={review.escalatedAt ?? review.escalateAt} />,
                ],
                !review.verdict && [t('desk.held.expireAt'), <Time key="expire" at={review.expireAt} />],
              ]}
            />
          </Card>
          <CustomerCard customer={held.customer} title={t('desk.held.customer')} linked={may('customers')} />
          <Names held={held} />
          <section className="stack" aria-labelledby="story">
            <div className="card__head">
              <h2 id="story">{t('desk.held.story')}</h2>
              <LiveCase view={held.case} />
            </div>
            <OrderStory order={held} reader="staff" headed={false} />
          </section>
        </div>
        <aside className="beside">
          {review.verdict ? (
            <Card title={t('desk.held.decided')}>
              <p>
                <StatusBadge tone={review.verdict === 'approved' ? 'ok' : review.verdict === 'rejected' ? 'danger' : 'idle'}>
                  {t(`desk.held.verdict.${review.verdict as 'approved'}`)}
                </StatusBadge>
              </p>
              {review.reason ? <blockquote className="said">{review.reason}</blockquote> : null}
              <Facts
                of={[
                  [t('desk.held.by'), review.decidedBy],
                  [t('desk.held.at'), review.decidedAt && <Time key="at" at={review.decidedAt} />],
                ]}
              />
            </Card>
          ) : may('clearing', 'edit') ? (
            <Decide result={answer && 'initialValue' in answer ? answer : undefined} />
          ) : (
            <Notice>
              <p>{t('desk.held.read-only')}</p>
            </Notice>
          )}
        </aside>
      </div>
    </Page>
  )
}

type Held = Awaited<ReturnType<typeof loader>>

function Decide({ result }: { result: SubmissionResult | undefined }) {
  const t = useText()
  const [form, fields] = useForm<z.input<typeof Decision>>({ id: 'decision', ...(result ? { lastResult: result } : {}) })
  return (
    <Card title={t('desk.held.decision')} raised>
      <Form {...getFormProps(form)} method="post" noValidate={false}>
        <FormErrors errors={form.errors} />
        <Choice
          column
          hideLabel
          field={fields.verdict}
          label={t('desk.held.verdict')}
          options={[
            { value: 'approve', title: t('desk.held.approve'), hint: t('desk.held.approve.then') },
            { value: 'reject', title: t('desk.held.reject'), hint: t('desk.held.reject.then') },
          ]}
        />
        <TextArea
          field={fields.reason}
          label={t('desk.held.reason')}
          hint={t('desk.held.reason.hint')}
          minLength={10}
          maxLength={2000}
          rows={3}
        />
        <Button tone="primary" wide>
          {t('desk.held.submit')}
        </Button>
      </Form>
    </Card>
  )
}

function Names({ held }: { held: Held }) {
  const t = useText()
  const say = useSay()
  const holders = [...new Set(held.items.map(({ holder }) => holder.id))]
  const asked = (item: Held['items'][number], field: string, answer: string): [string, string] => {
    const question = item.rules.extra.find(({ id }) => id === field)
    const choice = question?.choices?.find(({ value }) => value === answer)
    return [question ? say(question.title) : field, choice ? say(choice.title) : answer]
  }
  return (
    <Card title={t('desk.held.names')}>
      {holders.map((holderId) => {
        const contact = held.holders.find(({ id }) => id === holderId)
        return (
          <div key={holderId} className="held-names">
            {contact ? (
              <p className="small">
                <span className="soft">{t('desk.held.holder')}</span>
                <br />
                <bdi className="strong">{contact.name}</bdi>
                {contact.organisation ? (
                  <>
                    <br />
                    <bdi>{contact.organisation}</bdi>
                  </>
                ) : null}
                <br />
                <Postal of={contact} />
                <br />
                <span className="reach">{contact.email}</span>
                <br />
                <span className="numbers">{contact.phone}</span>
              </p>
            ) : null}
            <ul className="plain-list lines">
              {held.items
                .filter(({ holder }) => holder.id === holderId)
                .map((item) => (
                  <li key={item.id}>
                    <span className="told">
                      <Name name={item.name} />
                      <span className="small soft">{t('account.order.years', { count: item.years })}</span>
                      {Object.entries(item.extra).map(([field, given]) => {
                        const [question, answer] = asked(item, field, given)
                        return (
                          <span key={field} className="small">
                            <span className="soft">{question}:</span> <bdi>{answer}</bdi>
                          </span>
                        )
                      })}
                    </span>
                    <Money of={item.gross} />
                  </li>
                ))}
            </ul>
          </div>
        )
      })}
      <dl className="sums sums--end">
        <dt>{t('account.order.net')}</dt>
        <dd>
          <Money of={held.order.net} />
        </dd>
        <dt>{t('account.order.vat')}</dt>
        <dd>
          <Money of={held.order.vat} />
        </dd>
        <dt className="total">{t('account.order.gross')}</dt>
        <dd className="total">
          <Money of={held.order.gross} />
        </dd>
      </dl>
      <p className="small soft">{say(held.order.vatNote)}</p>
    </Card>
  )
}
