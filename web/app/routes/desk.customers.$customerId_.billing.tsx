import { getFormProps, useForm } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { ask, askWith, wrong } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Empty } from '../ui/card'
import { Select, TextArea } from '../ui/field'
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
const Change = z.discriminatedUnion('intent', [
  z.object({
    intent: z.literal('tag'),
    tag: z.enum(tagNames, { error: 'field.choice' }),
    reason: z.string({ error: 'field.required' }).trim().min(10, 'field.reason-short'),
  }),
  z.object({ intent: z.literal('untag'), tag: z.enum(tagNames) }),
])

const customerOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ customerId: String(params.customerId) })

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ customers, billing, subscriptions }, me) => {
    const wanted = customerOf(args)
    const [{ customer }, tags, services] = await Promise.all([
      customers.get(me, wanted),
      billing.tags(me, wanted),
      subscriptions.list(me, { ...listQuery(args.request), ...wanted }),
    ])
    return { customer, tags, services }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = parseWithZod(await args.context.requireForm(args.request), { schema: Change })
  if (form.status !== 'success') return wrong(form)
  const change = form.value
  const { refused } = await askWith(args, form, async ({ billing }, me) => {
    if (change.intent === 'tag') await billing.tag(me, { ...customerOf(args), tag: change.tag, reason: change.reason })
    else await billing.untag(me, { ...customerOf(args), tag: change.tag })
  })
  return refused ?? redirect(`/desk/customers/${customerOf(args).customerId}/billing?done=saved`, 303)
}

export const meta = title('desk.account')

export default function CustomerBilling() {
  const { customer, tags, services } = useLoaded<typeof loader>()
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
        edits ? (
          <ButtonLink to={`${here}/invoice`} icon="receipt">
            {t('desk.billing.work')}
          </ButtonLink>
        ) : undefined
      }
    >
      {query.get('done') === 'saved' ? <Flash>{t('desk.account.tag.done')}</Flash> : null}
      <section className="stack" aria-labelledby="services">
        <h2 id="services">{t('desk.account.subscriptions')}</h2>
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
          ]}
          empty={
            <Empty icon="list" title={t('desk.account.subscriptions.empty.title')}>
              {t('desk.account.subscriptions.empty.text')}
            </Empty>
          }
        />
        <Pager {...services} />
      </section>
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

function SetTag({ free }: { free: (typeof tagNames)[number][] }) {
  const t = useText()
  const lastResult = useAnswer<typeof action>()
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
