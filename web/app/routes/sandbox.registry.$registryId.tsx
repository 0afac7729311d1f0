import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { toULabel } from '../../../workflows/policy/names'
import { ask } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { Field, plainField, Select } from '../ui/field'
import { Filters } from '../ui/filters'
import { Form } from '../ui/form'
import { useLoaded } from '../ui/loaded'
import { Name } from '../ui/name'
import { Flash } from '../ui/notice'
import { useFiltered } from '../ui/order-table'
import { Page } from '../ui/page'
import { RegistryState } from '../ui/registry-state'
import { listQuery, Pager, Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'

const pageSize = 25
const delays = [0, 1, 4, 10, 60]

const Command = z.discriminatedUnion('intent', [
  z.object({ intent: z.literal('down') }),
  z.object({ intent: z.literal('up') }),
  z.object({ intent: z.literal('calm') }),
  z.object({ intent: z.literal('slow'), seconds: z.coerce.number().min(0).max(600) }),
  z.object({ intent: z.literal('drop'), count: z.coerce.number().int().min(0).max(1000) }),
  z.object({ intent: z.literal('answer'), code: z.enum(['2400', '2502']), times: z.coerce.number().int().min(1).max(1000) }),
  z.object({ intent: z.literal('approve'), name: z.string() }),
  z.object({ intent: z.literal('refuse'), name: z.string() }),
])

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ sandbox }, me) => {
    const query = listQuery(args.request)
    const [registry] = await sandbox.registries(me, { ...query, pageSize, registryId: String(args.params.registryId) })
    if (!registry) throw data(null, { status: 404 })
    return { registry, page: query.page, searched: query.q !== undefined }
  })

export const action = async (args: ActionFunctionArgs) => {
  const form = Command.safeParse(Object.fromEntries(await args.context.requireForm(args.request)))
  if (!form.success) throw data(null, { status: 400 })
  const registryId = String(args.params.registryId)
  const command = form.data
  if (command.intent === 'approve' || command.intent === 'refuse') {
    const approve = command.intent === 'approve'
    await ask(args, ({ sandbox }, me) => sandbox.decidePending(me, { registryId, name: command.name, approve }))
    return redirect(`/sandbox/registry/${registryId}?done=decided`, 303)
  }
  await ask(args, ({ sandbox }, me) => sandbox.registryBehaviour(me, { registryId, ...behaviourOf(command) }))
  return redirect(`/sandbox/registry/${registryId}?done=changed`, 303)
}

const behaviourOf = (command: Exclude<z.output<typeof Command>, { intent: 'approve' | 'refuse' }>) => {
  switch (command.intent) {
    case 'down':
      return { down: true }
    case 'up':
      return { down: false }
    case 'calm':
      return { clear: true }
    case 'slow':
      return { slowMs: command.seconds * 1000 }
    case 'drop':
      return { dropAfterActing: command.count }
    case 'answer':
      return { answer: { code: command.code === '2400' ? (2400 as const) : (2502 as const), times: command.times } }
  }
}

export const meta = title('sandbox.registry')

export default function Registry() {
  const { registry, page, searched } = useLoaded<typeof loader>()
  const t = useText()
  const [query] = useSearchParams()
  const done = query.get('done')
  return (
    <Page
      title={t('registry.title', { id: registry.id })}
      lead={registry.tlds.map((tld) => `.${tld}`).join(' ')}
      back={{ to: '/sandbox/registry', title: t('sandbox.registry') }}
      actions={<RegistryState registry={registry} />}
    >
      {done === 'changed' || done === 'decided' ? (
        <Flash>{t(done === 'changed' ? 'registry.behaviour.changed' : 'registry.pending.decided')}</Flash>
      ) : null}
      <Behaviour registry={registry} />
      <Pending registry={registry} />
      <Held registry={registry} page={page} searched={searched} />
    </Page>
  )
}

type View = Awaited<ReturnType<typeof loader>>['registry']

function Behaviour({ registry }: { registry: View }) {
  const t = useText()
  const troubled = !registry.up || registry.slowMs > 0 || registry.dropAfterActing > 0 || registry.answering !== undefined
  return (
    <Card
      title={t('registry.behaviour')}
      actions={
        <Form method="post" className="row">
          <Button
            size="small"
            tone={troubled ? 'primary' : 'plain'}
            icon="check"
            name="intent"
            value="calm"
            title={t('registry.calm.hint')}
          >
            {t('registry.calm')}
          </Button>
        </Form>
      }
    >
      <p className="soft">{t('registry.behaviour.text')}</p>
      <div className="switches">
        <Form method="post" className="filters">
          <Select
            field={plainField('seconds', String(registry.slowMs / 1000))}
            key={registry.slowMs}
            label={t('registry.slow.field')}
            options={[...new Set([...delays, registry.slowMs / 1000])].map((seconds) => ({
              value: String(seconds),
              title: seconds === 0 ? t('registry.slow.none') : t('registry.slow.seconds', { count: seconds }),
            }))}
          />
          <Button name="intent" value="slow" icon="clock">
            {t('registry.slow.do')}
          </Button>
        </Form>
        <Form method="post" className="filters">
          <Field field={plainField('count', '1')} label={t('registry.drop.field')} type="number" min={0} max={1000} />
          <Button name="intent" value="drop" icon="cross">
            {t('registry.drop.do')}
          </Button>
          <p className="field__hint">{t('registry.drop.hint')}</p>
        </Form>
        <Form method="post" className="filters">
          <Select
            field={plainField('code', '2400')}
            label={t('registry.answer.field')}
            options={[
              { value: '2400', title: t('registry.answer.2400') },
              { value: '2502', title: t('registry.answer.2502') },
            ]}
          />
          <Field field={plainField('times', '3')} label={t('registry.answer.times')} type="number" min={1} max={1000} />
          <Button name="intent" value="answer" icon="warning">
            {t('registry.answer.do')}
          </Button>
        </Form>
        <Form method="post" className="row">
          {registry.up ? (
            <Button tone="danger" name="intent" value="down" icon="pause">
              {t('registry.down.do')}
            </Button>
          ) : (
            <Button tone="primary" name="intent" value="up" icon="play">
              {t('registry.up.do')}
            </Button>
          )}
          <span className="small soft">{t('registry.down.hint')}</span>
        </Form>
      </div>
    </Card>
  )
}

function Pending({ registry }: { registry: View }) {
  const t = useText()
  return (
    <section className="stack" aria-labelledby="pending">
      <h2 id="pending">{t('registry.pending')}</h2>
      <Table
        caption={t('registry.pending')}
        rows={registry.pending}
        rowKey={({ name }) => name}
        columns={[
          { id: 'name', title: t('registry.name'), heads: true, cell: ({ name }) => <Name name={name} /> },
          { id: 'since', title: t('registry.pending.since'), cell: ({ since }) => <Time at={since} /> },
          {
            id: 'decision',
            title: t('registry.decision'),
            end: true,
            cell: ({ name }) => (
              <Form method="post" className="row row--end">
                <input type="hidden" name="name" value={name} />
                <Button
                  size="small"
                  name="intent"
                  value="approve"
                  icon="check"
                  aria-label={t('registry.pending.approve.long', { name: toULabel(name) })}
                >
                  {t('registry.pending.approve')}
                </Button>
                <Button
                  size="small"
                  tone="danger"
                  name="intent"
                  value="refuse"
                  icon="cross"
                  aria-label={t('registry.pending.refuse.long', { name: toULabel(name) })}
                >
                  {t('registry.pending.refuse')}
                </Button>
              </Form>
            ),
          },
        ]}
        empty={<p className="soft">{t('registry.pending.none')}</p>}
      />
    </section>
  )
}

function Held({ registry, page, searched }: { registry: View; page: number; searched: boolean }) {
  const t = useText()
  const filtered = useFiltered()
  // how many a search finds, the registry does not say: a full page may have another after it
  const seen = (page - 1) * pageSize + registry.names.length
  const total = searched ? seen + (registry.names.length === pageSize ? 1 : 0) : registry.counts.names
  return (
    <section className="stack" aria-labelledby="names">
      <h2 id="names">{t('registry.names')}</h2>
      {registry.counts.names > 0 || filtered ? <Filters label={t('registry.names.search')} /> : null}
      <Table
        caption={t('registry.names')}
        rows={registry.names}
        rowKey={({ name }) => name}
        columns={[
          { id: 'name', title: t('registry.name'), heads: true, cell: ({ name }) => <Name name={name} /> },
          { id: 'client', title: t('registry.client'), cell: ({ client }) => client },
          { id: 'created', title: t('registry.created'), cell: ({ createdAt }) => <Time at={createdAt} show="absolute" /> },
          { id: 'expires', title: t('registry.expires'), cell: ({ expiresOn }) => <Time at={expiresOn} show="day" /> },
          {
            id: 'statuses',
            title: t('registry.statuses'),
            cell: ({ statuses }) => (
              <span className="row">
                {statuses.map((status) => (
                  <code key={status} className="small">
                    {status}
                  </code>
                ))}
              </span>
            ),
          },
        ]}
        empty={<p className="soft">{t('registry.names.none')}</p>}
      />
      <Pager page={page} pageSize={pageSize} total={total} />
    </section>
  )
}
