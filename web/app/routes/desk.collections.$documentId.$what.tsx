import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import { instalments } from '../../../workflows/policy/dunning'
import { showMoney } from '../../../workflows/policy/money'
import { ask, askWith, refuse, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card } from '../ui/card'
import { collectionPage } from '../ui/collection-tables'
import { cents, decimal } from '../ui/cents'
import { Field, Select, TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Page } from '../ui/page'
import { useSay } from '../ui/say'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const day = z.iso.date({ error: 'field.format' })
const reason = z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short')
const decisions = {
  defer: z.object({ until: day }),
  dispute: z.object({ reason }),
  plan: z.object({
    count: z.coerce.number({ error: 'field.format' }).int('field.format').min(1, 'field.format').max(60, 'field.format'),
    first: day,
  }),
  'letter-again': z.object({ reason, way: z.enum(['mail', 'letter'], { error: 'field.choice' }) }),
  'letter-on': z.object({ reason }),
  'write-off': z.object({ reason }),
  waive: z.object({ reason, key: z.uuid(), amount: z.string({ error: 'field.required' }).trim() }),
  'lift-block': z.object({ reason, key: z.uuid() }),
  'restore-block': z.object({ reason, key: z.uuid() }),
} as const
type What = keyof typeof decisions

const asked = ({ params }: Pick<LoaderFunctionArgs, 'params'>): { documentId: string; what: What } => {
  const what = String(params.what)
  if (!Object.hasOwn(decisions, what)) throw data(null, { status: 404 })
  return { documentId: String(params.documentId), what: what as What }
}

const subjectOf = ({ request }: Pick<LoaderFunctionArgs, 'request'>): string =>
  new URL(request.url).searchParams.get('subject')?.slice(0, 100) ?? ''

export const loader = async (args: LoaderFunctionArgs) => {
  const { documentId, what } = asked(args)
  const found = await ask(args, ({ collections }, me) => collections.get(me, { documentId }))
  const { row, earliest, may, blocks } = found
  const returned = found.letters.findLast(({ state }) => state === 'bounced')
  const subject = subjectOf(args)
  const possible =
    what === 'waive'
      ? may.waive
      : what === 'lift-block' || what === 'restore-block'
        ? blocks.some((one) => one.subject === subject && one.may === what.replace('-block', ''))
        : what === 'letter-again' || what === 'letter-on'
          ? may.letterSeen
          : may.act
  if (!possible) throw redirect(collectionPage(documentId))
  return {
    documentId,
    what,
    number: row.number,
    open: row.open,
    customer: row.customer.name,
    earliest,
    claims: row.claims,
    subject,
    key: crypto.randomUUID(),
    awaits: found.case?.awaits?.what,
    // without its paper it can only be mailed
    way: returned?.channel ?? 'mail',
    ways: returned?.documentId === undefined ? (['mail'] as const) : (['mail', 'letter'] as const),
  }
}

export const action = async (args: ActionFunctionArgs) => {
  const { documentId, what } = asked(args)
  const form = parseWithZod(await args.context.requireForm(args.request), {
    schema: decisions[what] as z.ZodType<{
      until?: string
      reason?: string
      count?: number
      first?: string
      key?: string
      amount?: string
      way?: 'mail' | 'letter'
    }>,
  })
  if (form.status !== 'success') return wrong(form)
  const { until = '', reason: why = '', count = 1, first = '', key = '', amount = '', way = 'mail' } = form.value
  const { refused, answer } = await askWith(args, form, async ({ collections }, me) => {
    switch (what) {
      case 'defer':
        return collections.defer(me, { documentId, until })
      case 'dispute':
        return collections.dispute(me, { documentId, reason: why })
      case 'plan': {
        const { row } = await collections.get(me, { documentId })
        return collections.agreePlan(me, { documentId, parts: instalments(row.open.amount, count, first) })
      }
      case 'letter-again':
      case 'letter-on':
        return collections.letterSeen(me, { documentId, way: what === 'letter-on' ? 'on' : way, reason: why })
      case 'write-off':
        return collections.writeOff(me, { documentId, reason: why })
      case 'waive':
        return collections.waive(me, { key, documentId, amount: cents(amount), reason: why })
      case 'lift-block':
      case 'restore-block':
        return collections.setBlock(me, {
          ...{ key, documentId, subject: subjectOf(args), blocked: what === 'restore-block', reason: why },
        })
    }
  })
  if (refused) return refused
  return answer.kind === 'late' ? refuse(form, answer.reason, 409) : redirect(`${collectionPage(documentId)}?done=${what}`, 303)
}

// a refusal is answered 4xx: the new key is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.collections')

export default function Decide() {
  const { documentId, what, number, open, customer, earliest, claims, subject, key, ...found } = useLoaded<typeof loader>()
  const lastResult = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const { language } = useViewer()
  const amount = showMoney(open, language)
  const [form, fields] = useForm<{ until: string; reason: string; count: string; first: string; amount: string; way: string }>({
    id: what,
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { until: earliest, first: earliest, count: '3', amount: decimal(claims.amount), way: found.way },
  })
  const back = { to: collectionPage(documentId), title: t('desk.collection.title', { number }) }
  return (
    <Page title={t(`desk.collection.title.${what}`)} back={back} width="narrow">
      <Card raised>
        <p>
          {t(`desk.collection.${what}.lead`, {
            amount: what === 'waive' ? showMoney(claims, language) : amount,
            subject: subject === 'account' ? t('desk.collection.account') : subject,
          })}
        </p>
        <p className="soft">
          <bdi>{customer}</bdi>, <span className="nowrap">{number}</span>, {amount}
        </p>
        {found.awaits && (what === 'letter-again' || what === 'letter-on') ? <p className="reach">{say(found.awaits)}</p> : null}
        <Form {...getFormProps(form)} method="post">
          <FormErrors errors={form.errors} />
          {what === 'letter-again' ? (
            <Select
              field={fields.way}
              label={t('desk.collection.way')}
              options={found.ways.map((value) => ({ value, title: t(`desk.collection.way.${value}`) }))}
            />
          ) : null}
          {what === 'defer' ? (
            <Field type="date" field={fields.until} label={t('desk.collection.defer.until')} min={earliest} />
          ) : null}
          {what === 'plan' ? (
            <>
              <Field
                type="number"
                inputMode="numeric"
                field={fields.count}
                label={t('desk.collection.plan.count')}
                min={1}
                max={60}
              />
              <Field type="date" field={fields.first} label={t('desk.collection.plan.first')} min={earliest} />
            </>
          ) : null}
          {what === 'waive' ? (
            <Field field={fields.amount} label={t('desk.refund.amount')} inputMode="decimal" maxLength={12} />
          ) : null}
          {what === 'waive' || what === 'lift-block' || what === 'restore-block' ? (
            <input type="hidden" name="key" value={String(lastResult?.initialValue?.['key'] ?? key)} />
          ) : null}
          {what !== 'defer' && what !== 'plan' ? (
            <TextArea
              field={fields.reason}
              label={t('desk.collection.reason')}
              hint={t('desk.collection.reason.hint')}
              minLength={10}
              maxLength={2000}
              rows={3}
            />
          ) : null}
          <div className="form__actions">
            <Button tone={what === 'write-off' ? 'danger-full' : 'primary'}>
              {what === 'write-off' ? t('desk.collection.write-off.act', { amount }) : t(`desk.collection.${what}`)}
            </Button>
            <ButtonLink tone="quiet" to={back.to}>
              {t('desk.collection.keep')}
            </ButtonLink>
          </div>
        </Form>
      </Card>
    </Page>
  )
}
