import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import { z } from 'zod'
import type { CorrectionPreview } from '../../../api/operations/document-types'
import { currencyCodes, exponentOf, showMoney } from '../../../workflows/policy/money'
import { said } from '../../../workflows/policy/said'
import { ask, askQuietly, problemPage } from '../ask.server'
import { message } from '../message'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from '../ui/button'
import { Card, Facts } from '../ui/card'
import { Field, TextArea, type FieldState } from '../ui/field'
import { Form, FormErrors } from '../ui/form'
import { useAnswer, useLoaded } from '../ui/loaded'
import { Money } from '../ui/money'
import { Notice } from '../ui/notice'
import { Page } from '../ui/page'
import { title } from '../ui/title'
import { useViewer } from '../ui/viewer'
import { WayBack } from '../ui/way-back'

export const loader = (args: LoaderFunctionArgs) =>
  ask(args, async ({ invoices }, me) => {
    const document = await invoices.get(me, { documentId: String(args.params.documentId) })
    if (document.kind !== 'invoice') throw data(null, { status: 404 })
    return { document, key: crypto.randomUUID() }
  })

/** 12 · 12,34 · 12.34 as minor units; '' is nothing; undefined: no amount. */
const minorUnits = (text: string, currency: string): number | undefined => {
  if (text === '') return 0
  const [, whole, fraction = ''] = /^(\d{1,8})(?:[.,](\d{1,2}))?$/.exec(text) ?? []
  const places = exponentOf(currency)
  return whole === undefined ? undefined : Number(whole + fraction.padEnd(places, '0').slice(0, places))
}

interface Answer {
  /** what was typed, by field */
  typed: Record<string, string>
  errors: Record<string, string>
  formErrors: string[]
  preview?: CorrectionPreview
}

/** First a preview, then, with the same fields, the credit note. Sent twice, it is one (the key is the form's). */
export const action = async (args: ActionFunctionArgs) => {
  const form = await args.context.requireForm(args.request)
  const documentId = String(args.params.documentId)
  const typed = Object.fromEntries(
    [...form.entries()]
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, value]) => [name, value.trim()]),
  )
  const errors: Answer['errors'] = {}
  const lines: { position: number; net: number }[] = []
  const { currency = 'EUR' } = typed
  if (!currencyCodes.includes(currency)) throw data(null, { status: 400 })
  for (const [name, value] of Object.entries(typed)) {
    const position = Number(/^lines\.(\d{1,5})$/.exec(name)?.[1] ?? 0)
    if (position === 0 || value === '') continue
    const net = minorUnits(value, currency)
    if (net === undefined) errors[name] = 'field.format'
    else if (net > 0) lines.push({ position, net })
  }
  const reason = typed['reason'] ?? ''
  const issues = form.get('intent') === 'issue'
  if (reason.length < 10) errors['reason'] = 'field.reason-short'
  const key = z.uuid().safeParse(typed['key'])
  const again = (status: number, more: Partial<Answer> = {}) =>
    data<Answer>({ typed, errors, formErrors: [], ...more }, { status })
  if (Object.keys(errors).length > 0 || !key.success) return again(400)
  if (lines.length === 0) return again(400, { formErrors: [message(said('correction.nothing-chosen'))] })

  const asked = await askQuietly(args, async ({ corrections }, me) =>
    issues
      ? await corrections.credit(me, {
          ...{ key: key.data, documentId, reason, lines, back: typed['back'] === 'original' ? 'original' : 'balance' },
        })
      : await corrections.preview(me, { documentId, lines }),
  )
  if ('problem' in asked) {
    const { problem } = asked
    if (problem.problem !== 'invalid') throw problemPage(problem)
    for (const [field, why] of Object.entries(problem.fields)) errors[field] = message(why)
    return again(400)
  }
  const { answer } = asked
  // the key has its answer, for ever: what is sent next is a new credit note
  if (answer.kind === 'late') return again(409, { typed: { ...typed, key: '' }, formErrors: [message(answer.reason)] })
  if (answer.kind === 'issued') return redirect(`/desk/invoices/${answer.documentId}?done=issued`, 303)
  return again(200, { preview: answer.preview })
}

// a refused credit note is answered 4xx: what is left to credit is loaded all the same
export const shouldRevalidate = () => true

export const meta = title<Awaited<ReturnType<typeof loader>>>('desk.credit.title', ({ document }) => ({
  number: document.number,
}))

export default function Credit() {
  const { document, key } = useLoaded<typeof loader>()
  const answer = useAnswer<typeof action>()
  const t = useText()
  const { language } = useViewer()
  const field = (name: string): FieldState => ({
    id: name.replace('.', '-'),
    name,
    initialValue: answer?.typed[name] ?? '',
    ...(answer?.errors[name] ? { errors: [answer.errors[name]] } : {}),
  })
  const preview = answer?.preview
  const { currency } = document.gross
  return (
    <Page
      title={t('desk.credit.title', { number: document.number })}
      lead={t('desk.credit.lead')}
      back={{ to: `/desk/invoices/${document.id}`, title: document.number }}
      width="reading"
    >
      <Form method="post" noValidate>
        <FormErrors errors={answer?.formErrors} fields={Object.keys(answer?.errors ?? {}).length} />
        <input type="hidden" name="key" value={answer?.typed['key'] || key} />
        <input type="hidden" name="currency" value={currency} />
        <Card>
          {document.lines.map(({ position, text, rest }) => {
            const left = rest ?? { amount: 0, currency }
            return left.amount > 0 ? (
              <Field
                key={position}
                field={field(`lines.${position}`)}
                label={t('desk.credit.line', { position, text })}
                hint={t('desk.credit.line.rest', { amount: showMoney(left, language) })}
                optional
                inputMode="decimal"
                maxLength={12}
              />
            ) : (
              <p key={position} className="soft small">
                {t('desk.credit.line', { position, text })}: {t('desk.credit.line.none')}
              </p>
            )
          })}
          <TextArea
            field={field('reason')}
            label={t('desk.cancel.reason')}
            hint={t('desk.cancel.reason.hint')}
            rows={3}
            maxLength={2000}
          />
        </Card>
        {preview ? (
          <Card title={t('desk.credit.preview')} raised>
            <ul className="plain-list lines">
              {preview.lines.map(({ position, text, net }) => (
                <li key={position}>
                  <bdi>{text}</bdi>
                  <Money of={net} />
                </li>
              ))}
            </ul>
            <Facts
              of={[
                [t('document.fact.net'), <Money key="net" of={preview.net} />],
                [t('document.fact.vat'), <Money key="vat" of={preview.vat} />],
                [t('document.fact.gross'), <Money key="gross" of={preview.gross} />],
              ]}
            />
            <Notice tone="warn">
              {preview.settled.amount > 0 ? (
                <p>{t('desk.credit.settled', { amount: showMoney(preview.settled, language) })}</p>
              ) : null}
              <p>{t('desk.credit.open', { amount: showMoney(preview.open, language) })}</p>
              <p>{t('desk.credit.frozen')}</p>
            </Notice>
            <WayBack field={field('back')} toBalance={preview.toBalance} refunds={preview.refunds} />
          </Card>
        ) : null}
        <div className="form__actions">
          <Button tone={preview ? 'plain' : 'primary'} name="intent" value="preview">
            {t('desk.credit.preview.act')}
          </Button>
          {preview ? (
            <Button tone="danger-full" name="intent" value="issue">
              {t('desk.credit.act', { amount: showMoney(preview.gross, language) })}
            </Button>
          ) : null}
          <ButtonLink tone="quiet" to={`/desk/invoices/${document.id}`}>
            {t('form.cancel')}
          </ButtonLink>
        </div>
      </Form>
    </Page>
  )
}
