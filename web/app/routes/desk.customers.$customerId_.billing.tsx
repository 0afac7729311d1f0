import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { Link, useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { ask, askWith, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty, Facts } from '../ui/card'
import { Field, Select, TextArea } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { StatusBadge } from '../ui/status-badge'
import { Pager, Table, listQuery } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useMay, useViewer } from '../ui/viewer'

const tagNames = ['no-invoicing', 'no-auto-pay', 'no-dunning', 'parked'] as const
const invoicings = ['individual', 'collective'] as const
const deliveries = ['mail', 'portal', 'letter'] as const
const Change = z.discriminatedUnion('intent', [
  z.object({
    intent: z.literal('tag'),
    tag: z.enum(tagNames, { error: 'field.choice' }),
    reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short'),
  }),
  z.object({ intent: z.literal('untag'), tag: z.enum(tagNames) }),
  z.object({
    intent: z.literal('settings'),
    invoicing: z.enum(invoicings),
    delivery: z.enum(deliveries),
    paymentTermDays: z.coerce.number().int().min(0).max(180).optional(),
    buyerReference: z.string().trim().max(100).optional(),
    paidBy: z.string().trim().max(20).optional(),
  }),
])

const customerOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ customerId: String(params.customerId) })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ customers, billing, subscriptions }, me) => {
    const wanted = customerOf(args)
    const [{ customer }, tags, services, settings] = await Promise.all([
      customers.get(me, wanted),
      billing.tags(me, wanted),
      subscriptions.list(me, { ...listQuery(args.request), ...wanted }),
      billing.settings(me, wanted),
    ])
    return { customer, tags, services, settings }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Change })
  if (form.status !== 'success') return wrong(form)
  const change = form.value
  const { refused } = await askWith(args, form, async ({ billing }, me) => {
    if (change.intent === 'settings') {
      const { intent: _, ...settings } = change
      await billing.setSettings(me, { ...customerOf(args), ...settings })
    } else if (change.intent === 'tag') await billing.tag(me, { ...customerOf(args), tag: change.tag, reason: change.reason })
    else await billing.untag(me, { ...customerOf(args), tag: change.tag })
  })
  return refused ?? redirect(`/desk/customers/${customerOf(args).customerId}/billing?done=saved`, 303)
}

export const meta = title('desk.account')

export default function CustomerBilling() {
  const { customer, tags, services, settings } = useLoaded<typeof loader>()
  const t = useText()
  const may = useMay()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const name = customer.organisation ?? `${customer.firstName} ${customer.lastName}`
  const edits = may('books', 'edit')
  const here = `/desk/customers/${customer.id}`
  return (
    <Page
      title={t('desk.account.title', { name })}
      back={{ to: here, title: name }}
      actions={
        <>
          <ButtonLink to={`/desk/books/customers/${customer.id}`} icon="book">
            {t('desk.books.customer.to')}
          </ButtonLink>
          {edits ? (
            <ButtonLink to={`${here}/invoice`} icon="receipt">
              {t('desk.billing.work')}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      {query.get('done') === 'saved' ? <Flash>{t('desk.account.tag.done')}</Flash> : null}
      {query.get('done') === 'service' ? <Flash>{t('services.added')}</Flash> : null}
      {query.get('done') === 'changed' ? <Flash>{t('services.changed')}</Flash> : null}
      {query.get('done') === 'ended' ? <Flash>{t('services.ended')}</Flash> : null}
      <section className="stack" aria-labelledby="services">
        <div className="row row--between">
          <h2 id="services">{t('desk.account.subscriptions')}</h2>
          {edits ? (
            <ButtonLink size="small" icon="plus" to={`${here}/services/new`}>
              {t('services.add')}
            </ButtonLink>
          ) : null}
        </div>
        <Table
          caption={t('desk.account.subscriptions')}
          rows={services.rows}
          rowKey={({ id }) => id}
          columns={[
            {
              id: 'what',
              title: t('desk.account.col.what'),
              heads: true,
              cell: ({ plan }) => (language === 'de' ? plan.nameDe : plan.nameEn),
            },
            { id: 'subject', title: t('desk.account.col.subject'), cell: ({ subject }) => <bdi>{subject}</bdi> },
            {
              id: 'quantity',
              title: t('desk.account.col.quantity'),
              end: true,
              cell: ({ quantity }) => <span className="numbers">{quantity}</span>,
            },
            { id: 'since', title: t('desk.account.col.since'), cell: ({ startedOn }) => <Time at={startedOn} show="day" /> },
            { id: 'next', title: t('desk.account.col.next'), cell: ({ nextOn }) => <Time at={nextOn} show="day" /> },
            {
              id: 'ends',
              title: t('desk.account.col.ends'),
              cell: ({ endsOn }) => (endsOn ? <Time at={endsOn} show="day" /> : null),
            },
            {
              id: 'change',
              title: '',
              end: true,
              cell: ({ id, endsOn, subject }) =>
                edits && !endsOn ? (
                  <ButtonLink
                    size="small"
                    to={`${here}/services/${id}`}
                    aria-label={t('services.change.title', { what: subject })}
                  >
                    {t('services.change')}
                  </ButtonLink>
                ) : null,
            },
          ]}
          empty={
            <Empty icon="list" title={t('desk.account.subscriptions.empty.title')}>
              {t('desk.account.subscriptions.empty.text')}
            </Empty>
          }
        />
        <Pager {...services} />
      </section>
      <Card title={t('desk.account.settings')}>
        <Settings of={settings} edits={edits} />
      </Card>
      <Card title={t('desk.account.tags')}>
        {tags.length === 0 ? <p className="soft">{t('desk.account.tags.none')}</p> : null}
        <ul className="plain-list stack">
          {tags.map(({ tag, reason, since, by }) => (
            <li key={tag} className="row row--between">
              <span className="told">
                <StatusBadge tone="warn">{t(`desk.account.tag.${tag}`)}</StatusBadge>
                <span>
                  <bdi>{reason}</bdi>
                </span>
                <span className="small soft">
                  <bdi>{by}</bdi>, <Time at={since} show="absolute" />
                </span>
              </span>
              {edits ? (
                <Form method="post" className="row">
                  <input type="hidden" name="tag" value={tag} />
                  <Button size="small" name="intent" value="untag">
                    {t('desk.account.tag.take')}
                  </Button>
                </Form>
              ) : null}
            </li>
          ))}
        </ul>
        {edits && tags.length < tagNames.length ? (
          <SetTag key={tags.length} free={tagNames.filter((one) => !tags.some(({ tag }) => tag === one))} />
        ) : null}
      </Card>
    </Page>
  )
}

/** Of several forms on a page, the answer belongs to the one that was sent. */
function useOwnAnswer(intent: string) {
  const answer = useAnswer<typeof action>()
  return answer?.initialValue?.['intent'] === intent ? answer : undefined
}

function Settings({ of, edits }: { of: ReturnType<typeof useLoaded<typeof loader>>['settings']; edits: boolean }) {
  const t = useText()
  const lastResult = useOwnAnswer('settings')
  const [form, fields] = useForm<Record<'invoicing' | 'delivery' | 'paymentTermDays' | 'buyerReference' | 'paidBy', string>>({
    id: 'settings',
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { ...of, paymentTermDays: of.paymentTermDays?.toString() ?? '' },
  })
  const paysFor = of.paysFor.length > 0 && (
    <p>
      {t('desk.account.pays-for')}:{' '}
      {of.paysFor.map((child, position) => (
        <span key={child.id}>
          {position > 0 ? ', ' : ''}
          <Link to={`/desk/customers/${child.id}/billing`}>
            <bdi>{child.name}</bdi>
          </Link>
        </span>
      ))}
    </p>
  )
  if (!edits)
    return (
      <>
        <Facts
          of={[
            [t('desk.account.invoicing'), t(`desk.account.invoicing.${of.invoicing}`)],
            [t('desk.account.delivery'), t(`desk.account.delivery.${of.delivery}`)],
            [t('desk.account.term'), of.paymentTermDays],
            [t('desk.account.reference'), of.buyerReference],
            [t('desk.account.paid-by'), of.payer?.name],
          ]}
        />
        {paysFor}
      </>
    )
  return (
    <Form {...getFormProps(form)} method="post" noValidate={false}>
      <FormErrors errors={form.errors} />
      <div className="form__pair">
        <Select
          field={fields.invoicing}
          label={t('desk.account.invoicing')}
          options={invoicings.map((value) => ({ value, title: t(`desk.account.invoicing.${value}`) }))}
        />
        <Select
          field={fields.delivery}
          label={t('desk.account.delivery')}
          options={deliveries.map((value) => ({ value, title: t(`desk.account.delivery.${value}`) }))}
        />
      </div>
      <div className="form__pair">
        <Field
          field={fields.paymentTermDays}
          label={t('desk.account.term')}
          hint={t('desk.account.term.hint')}
          type="number"
          min={0}
          max={180}
          optional
        />
        <Field field={fields.paidBy} label={t('desk.account.paid-by')} hint={t('desk.account.paid-by.hint')} optional />
      </div>
      <Field field={fields.buyerReference} label={t('desk.account.reference')} maxLength={100} optional />
      {paysFor}
      <div className="form__actions">
        <Button name="intent" value="settings">
          {t('desk.account.save')}
        </Button>
      </div>
    </Form>
  )
}

function SetTag({ free }: { free: (typeof tagNames)[number][] }) {
  const t = useText()
  const lastResult = useOwnAnswer('tag')
  const [form, fields] = useForm<{ tag: string; reason: string }>({ id: 'tag', ...(lastResult ? { lastResult } : {}) })
  return (
    <Form {...getFormProps(form)} method="post" noValidate={false}>
      <FormErrors errors={form.errors} />
      <Select
        field={fields.tag}
        label={t('desk.account.tag.which')}
        options={free.map((value) => ({ value, title: t(`desk.account.tag.${value}`) }))}
      />
      <TextArea field={fields.reason} label={t('desk.account.tag.reason')} hint={t('desk.account.tag.reason.hint')} rows={2} />
      <div className="form__actions">
        <Button name="intent" value="tag">
          {t('desk.account.tag.set')}
        </Button>
      </div>
    </Form>
  )
}
