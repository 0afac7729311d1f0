import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { said, type Said } from '../../../workflows/policy/said'
import { showIban } from '../../../workflows/policy/sepa'
import { ask, askQuietly, problemPage } from '../ask.server'
import { message } from '../message'
import { textOf } from '../parse'
import { useText } from '../texts/use-text'
import { Button, FormActions } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { cents, decimal } from '../ui/cents'
import { Field, plainField, TextArea } from '../ui/field'
import { Form } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { Refusal } from '../ui/problem'
import { useSay } from '../ui/say'
import { title } from '../ui/title'

const names = ['amount', 'holder', 'iban', 'reason', 'key'] as const
type Name = (typeof names)[number]

const customerOf = ({ params }: Pick<LoaderFunctionArgs, 'params'>) => ({ customerId: String(params.customerId) })

/** PAY-12: what is paid out by a transfer of the house's own. */
export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ accounts }, me) => {
    const { customer, balance, canPayOut } = await accounts.get(me, customerOf(args))
    return { customer, balance, canPayOut, key: crypto.randomUUID() }
  })

interface Answer {
  given: Record<Name, string>
  fields: Record<string, Said>
  reason?: Said
  preview?: Awaited<ReturnType<LoaderFunctionArgs['context']['operations']['payouts']['preview']>>
}

/** First what it would make of the balance, then, with the same fields, the booking. Sent twice, it is one (the key is the form's). */
export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const text = textOf(form)
  const given = { amount: text('amount'), holder: text('holder'), iban: text('iban'), reason: text('reason'), key: text('key') }
  const again = (status: number, more: Partial<Answer> = {}) => data<Answer>({ given, fields: {}, ...more }, { status })
  const wanted = { ...customerOf(args), amount: cents(given.amount), holder: given.holder, iban: given.iban }
  const asked = await askQuietly(args, async ({ payouts }, me) =>
    form.get('intent') === 'book'
      ? await payouts.payOut(me, { ...wanted, key: given.key, reason: given.reason })
      : await payouts.preview(me, wanted),
  )
  const short: Answer['fields'] = given.reason.length < 10 ? { reason: said('field.reason-short') } : {}
  if ('problem' in asked) {
    const { problem } = asked
    if (problem.problem === 'invalid') return again(400, { fields: { ...short, ...problem.fields } })
    if (problem.problem !== 'unavailable') throw problemPage(problem)
    return again(problem.status, { reason: problem.reason })
  }
  const { answer } = asked
  if (!('kind' in answer)) return Object.keys(short).length > 0 ? again(400, { fields: short }) : again(200, { preview: answer })
  // the key has its answer, for ever: what is sent next is a new payout
  if (answer.kind === 'late') return again(409, { reason: answer.reason, given: { ...given, key: '' } })
  return redirect(`/desk/bank/payouts/${answer.payoutId}?done=booked`, 303)
}

// a refused payout is answered 4xx: how the balance stands is loaded all the same
export const shouldRevalidate = () => true

export const meta = title('desk.payout.new')

export default function PayOut() {
  const { customer, balance, canPayOut, key } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const say = useSay()
  const here = `/desk/customers/${customer.id}/balance`
  const given = answer?.given
  const preview = answer?.preview
  const field = (name: Name, otherwise = '') => {
    const wrong = answer?.fields[name]
    return plainField(name, given?.[name] || otherwise, wrong ? [message(wrong)] : undefined)
  }
  return (
    <Page
      title={t('desk.payout.new')}
      lead={t('desk.payout.new.lead')}
      back={{ to: here, title: t('desk.balance.title', { name: customer.name }) }}
      width="narrow"
    >
      {answer?.reason ? <Refusal reason={answer.reason} /> : null}
      {!canPayOut ? (
        <Notice>
          <p>{say(balance.currency === 'EUR' ? said('account.refused.balance') : said('payout.refused.currency'))}</p>
        </Notice>
      ) : preview && given ? (
        <Card title={t('desk.balance.confirm')} raised>
          <Facts
            of={[
              [t('desk.balance.before'), <Money key="before" of={preview.before} />],
              [t('desk.balance.after'), <Money key="after" of={preview.after} />],
              [t('desk.payout.holder'), <bdi key="holder">{given.holder}</bdi>],
              [
                t('desk.payout.iban'),
                <span key="iban" className="numbers reach">
                  {showIban(preview.iban)}
                </span>,
              ],
              [t('desk.balance.reason'), <bdi key="reason">{given.reason}</bdi>],
            ]}
          />
          <Notice tone="info">
            <p>{t('desk.payout.mail')}</p>
          </Notice>
          <Form method="post">
            {names.map((name) => (
              <input key={name} type="hidden" name={name} value={given[name]} />
            ))}
            <FormActions cancel={here} name="intent" value="book">
              {t('desk.payout.book')}
            </FormActions>
          </Form>
        </Card>
      ) : (
        <Card raised>
          <Facts of={[[t('desk.balance'), <Money key="balance" of={balance} />]]} />
          <Form method="post" noValidate>
            <input type="hidden" name="key" value={given?.key || key} />
            <Field
              field={field('amount', decimal(balance.amount))}
              label={t('desk.refund.amount')}
              inputMode="decimal"
              maxLength={12}
            />
            <Field field={field('holder', customer.name)} label={t('desk.payout.holder')} maxLength={70} />
            <Field field={field('iban')} label={t('desk.payout.iban')} maxLength={60} />
            <TextArea field={field('reason')} label={t('desk.payout.reason')} rows={3} maxLength={2000} />
            <div className="form__actions">
              <Button name="intent" value="preview">
                {t('desk.balance.preview')}
              </Button>
            </div>
          </Form>
        </Card>
      )}
    </Page>
  )
}
