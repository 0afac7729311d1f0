import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { useSearchParams } from '@remix-run/react'
import { z } from 'zod'
import { money, showMoney } from '../../../workflows/policy/money'
import { showIban } from '../../../workflows/policy/sepa'
import { showDay } from '../../../workflows/policy/words/words'
import { ask, askQuietly } from '../ask.server'
import { useText } from '../texts/use-text'
import { Button } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { CopyId } from '../ui/copy-id'
import { Field, plainField, Select } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Flash } from '../ui/notice'
import { Page } from '../ui/page'
import { Table } from '../ui/table'
import { Time } from '../ui/time'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'

const Command = z.discriminatedUnion('intent', [
  z.object({
    intent: z.enum(['transfer', 'outgoing']),
    name: z.string().trim().min(1).max(70),
    amount: z
      .string()
      .trim()
      .regex(/^\d{1,7}([.,]\d{1,2})?$/)
      .transform((text) => Math.round(Number(text.replace(',', '.')) * 100)),
    purpose: z.string().max(140),
    iban: z.string().max(40),
    other: z.string().max(40).default(''),
  }),
  z.object({ intent: z.literal('days'), days: z.coerce.number().int().min(1).max(60) }),
])

export const loader = (args: LoaderFunctionArgs) => ask(args, ({ sandbox }, me) => sandbox.bank(me))

export const action = async (args: ActionFunctionArgs) => {
  const form = Command.safeParse(Object.fromEntries(await args.context.requireForm(args.request)))
  if (!form.success) return data({ wrong: true as const }, { status: 400 })
  const command = form.data
  if (command.intent === 'days') {
    await ask(args, ({ sandbox }, me) => sandbox.bankDays(me, { days: command.days }))
    return redirect('/sandbox/bank?done=passed', 303)
  }
  const { intent, other, ...transfer } = command
  const wanted = { ...transfer, iban: other || transfer.iban, out: intent === 'outgoing' }
  const asked = await askQuietly(args, ({ sandbox }, me) => sandbox.bankTransfer(me, wanted))
  if ('problem' in asked) return data({ wrong: true as const }, { status: 400 })
  return redirect('/sandbox/bank?done=transferred', 303)
}

export const meta = title('sandbox.bank')

export default function Bank() {
  const bank = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const { language } = useViewer()
  const [query] = useSearchParams()
  const done = query.get('done')
  return (
    <Page title={t('sandbox.bank')} lead={t('sandbox.bank.lead')}>
      {answer && 'wrong' in answer ? <Flash tone="danger">{t('sandbox.bank.wrong')}</Flash> : null}
      {!answer && (done === 'transferred' || done === 'passed') ? <Flash>{t(`sandbox.bank.${done}`)}</Flash> : null}
      <Card>
        <Facts
          of={[
            [t('sandbox.bank.account'), <CopyId key="iban" id={bank.iban} shown={showIban(bank.iban)} />],
            [t('sandbox.bank.today'), <Time key="today" at={bank.today} show="day" />],
            [t('sandbox.bank.balance'), <Money key="balance" of={money(bank.balance)} />],
          ]}
        />
      </Card>
      <div className="tiles tiles--wide">
        <Card title={t('sandbox.bank.transfer')}>
          <Form method="post">
            <Field field={plainField('name', 'Käthe Kundin')} label={t('sandbox.bank.transfer.name')} maxLength={70} />
            <Field
              field={plainField('amount')}
              label={t('sandbox.bank.transfer.amount')}
              inputMode="decimal"
              placeholder="12,34"
            />
            <Field
              field={plainField('purpose')}
              required={false}
              label={t('sandbox.bank.transfer.purpose')}
              hint={t('sandbox.bank.transfer.hint')}
              maxLength={140}
            />
            <Select
              field={plainField('iban', bank.accounts[0]?.iban ?? '')}
              label={t('sandbox.bank.transfer.iban')}
              options={bank.accounts.map(({ iban }) => ({ value: iban, title: showIban(iban) }))}
            />
            <Field
              field={plainField('other')}
              required={false}
              label={t('sandbox.bank.transfer.other')}
              hint={t('sandbox.bank.transfer.other.hint')}
              maxLength={40}
            />
            <div className="row">
              <Button tone="primary" name="intent" value="transfer" icon="arrow">
                {t('sandbox.bank.transfer.do')}
              </Button>
              <Button name="intent" value="outgoing" icon="back">
                {t('sandbox.bank.transfer.out')}
              </Button>
            </div>
          </Form>
        </Card>
        <Card title={t('sandbox.bank.days')}>
          <Form method="post">
            <Field
              field={plainField('days', '1')}
              label={t('sandbox.bank.days.field')}
              hint={t('sandbox.bank.days.hint')}
              type="number"
              min={1}
              max={60}
            />
            <Button name="intent" value="days" icon="skip">
              {t('sandbox.bank.days.do')}
            </Button>
          </Form>
          {bank.waiting.length > 0 ? (
            <>
              <h3>{t('sandbox.bank.waiting')}</h3>
              <ul className="plain-list">
                {bank.waiting.map(({ messageId, collectOn, count, amount }) => (
                  <li key={`${messageId}${collectOn}`} className="small">
                    {t('sandbox.bank.waiting.one', {
                      count,
                      on: showDay(collectOn, language),
                      amount: showMoney(money(amount), language),
                    })}
                  </li>
                ))}
              </ul>
            </>
          ) : null}
        </Card>
      </div>
      <section className="stack">
        <Table
          caption={t('sandbox.bank.movements')}
          showCaption
          rows={bank.movements}
          rowKey={({ reference }) => reference}
          columns={[
            {
              id: 'on',
              title: t('sandbox.bank.col.on'),
              cell: ({ on }) => (
                <span className="nowrap">
                  <Time at={on} show="day" />
                </span>
              ),
            },
            {
              id: 'kind',
              title: t('sandbox.bank.col.kind'),
              cell: ({ kind, reason }) => `${t(`sandbox.bank.kind.${kind}`)}${reason ? ` (${reason})` : ''}`,
            },
            {
              id: 'who',
              title: t('sandbox.bank.col.who'),
              heads: true,
              cell: ({ name, purpose, count }) => (
                <span className="told">
                  <bdi>{count > 1 ? `${name} +${count - 1}` : name}</bdi>
                  <bdi className="small soft reach">{purpose}</bdi>
                </span>
              ),
            },
            { id: 'amount', title: t('sandbox.bank.col.amount'), end: true, cell: ({ amount }) => <Money of={money(amount)} /> },
          ]}
          empty={<p className="soft">{t('sandbox.bank.movements.none')}</p>}
        />
      </section>
      <div className="tiles tiles--wide">
        <Card title={t('sandbox.bank.files')}>
          {bank.files.length === 0 ? <p className="soft">{t('sandbox.bank.files.none')}</p> : null}
          <ul className="plain-list lines">
            {bank.files.map(({ id, name, message }) => (
              <li key={id}>
                <a href={`/sandbox/bank/files/${encodeURIComponent(id)}`}>{name}</a>
                <span className="small soft">{message}</span>
              </li>
            ))}
          </ul>
        </Card>
        <Card title={t('sandbox.bank.accounts')}>
          <ul className="plain-list lines">
            {bank.accounts.map(({ iban, reason, days }) => (
              <li key={iban}>
                <CopyId id={iban} shown={showIban(iban)} />
                <span className="small soft">
                  {reason ? t('sandbox.bank.accounts.returns', { reason, count: days ?? 0 }) : t('sandbox.bank.accounts.pays')}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </Page>
  )
}
