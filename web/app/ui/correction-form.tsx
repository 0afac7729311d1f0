import { getFormProps, useForm, type SubmissionResult } from '@conform-to/react'
import type { ContactView, OrderView } from '../../../api/operations/types'
import type { Said } from '../../../workflows/policy/said'
import { extraFieldsFor, type ExtraField } from '../../../workflows/policy/tld-rules'
import { useText } from '../texts/use-text'
import { Button } from './button'
import { ContactFields, type ContactFieldName } from './contact-fields'
import { Checkbox, Field, Select, type FieldState } from './field'
import { FieldGroup, Form, FormErrors } from './form'
import { useSay } from './say'

interface Values {
  holderContactId?: string
  holder: Partial<Record<ContactFieldName, string>>
  extra: Record<string, string>
}

const contactFields: ContactFieldName[] = ['name', 'organisation', 'street', 'postcode', 'city', 'country', 'email', 'phone']

const pick = (holder: ContactView | undefined): Partial<Record<ContactFieldName, string>> =>
  holder ? Object.fromEntries(contactFields.map((name) => [name, holder[name] ?? ''])) : {}

/** Nothing that a person could write differently: another one holds the name. */
export const isBeyondCorrection = (reason: Said | undefined): boolean => reason?.key === 'order.reason.taken'

/** Once more as it is, for a refusal that no correction helps. */
export function TryAgain({ itemId }: { itemId: string }) {
  const t = useText()
  return (
    <Form method="post" className="stack stack--tight">
      <input type="hidden" name="intent" value="correct" />
      <input type="hidden" name="itemId" value={itemId} />
      <p className="small">{t('account.order.nothing-to-correct')}</p>
      <div>
        <Button size="small" icon="refresh">
          {t('account.order.again')}
        </Button>
      </div>
    </Form>
  )
}

/** Any of conform's fields: only what our inputs read, and before the first try the reason why the case stopped. */
const stateOf = (meta: FieldState, stop: { field: string; words: string } | undefined): FieldState => ({
  id: meta.id,
  name: meta.name,
  key: meta.key,
  initialValue: meta.initialValue,
  errors: meta.errors ?? (stop?.field === meta.name ? [stop.words] : undefined),
})

/**
 * Correct-and-resume (NEW-03): the datum that was refused, with the refusal at its field. The case goes on from the step that stopped.
 */
export function CorrectionForm({
  item,
  contacts,
  field,
  lastResult,
}: {
  item: OrderView['items'][number]
  /** the customer's address book; empty when the reader may not see it */
  contacts: ContactView[]
  /** where the refusal points at: holder.postcode */
  field?: string | undefined
  lastResult?: SubmissionResult | undefined
}) {
  const t = useText()
  const holder = item.holder.contact ?? contacts.find(({ id }) => id === item.holder.id)
  const [form, fields] = useForm<Values>({
    id: `correct-${item.id}`,
    ...(lastResult ? { lastResult } : {}),
    defaultValue: { holderContactId: '', holder: pick(holder), extra: item.extra },
  })
  const stop = field && !lastResult ? { field, words: t('account.correct.here') } : undefined
  const holderFields = fields.holder.getFieldset()
  const extraFields = fields.extra.getFieldset()
  const others = contacts.filter(({ id }) => id !== item.holder.id)
  const asked = extraFieldsFor(item.rules, holder)
  const answers =
    asked.length > 0 ? (
      <FieldGroup key="extra" title={t('account.correct.extra', { tld: item.tld })}>
        {asked.map((question) => (
          <Extra key={question.id} question={question} field={stateOf(extraFields[question.id] as FieldState, stop)} />
        ))}
      </FieldGroup>
    ) : null
  const holderData = holder ? (
    <FieldGroup key="holder" title={t('account.correct.holder')}>
      {others.length > 0 ? (
        <Select
          field={stateOf(fields.holderContactId, stop)}
          label={t('account.correct.which')}
          hint={t('account.correct.which.hint')}
          required={false}
          options={[
            { value: '', title: t('account.correct.same', { name: holder.name }) },
            ...others.map(({ id, name, organisation }) => ({
              value: id,
              title: t('account.correct.other', { name: organisation ? `${name}, ${organisation}` : name }),
            })),
          ]}
        />
      ) : null}
      <input type="hidden" name="withHolder" value="yes" />
      <ContactFields
        fields={
          Object.fromEntries(contactFields.map((name) => [name, stateOf(holderFields[name] as FieldState, stop)])) as Record<
            ContactFieldName,
            FieldState
          >
        }
      />
    </FieldGroup>
  ) : null
  return (
    <Form {...getFormProps(form)} method="post" noValidate={false} className="form correction">
      <input type="hidden" name="intent" value="correct" />
      <input type="hidden" name="itemId" value={item.id} />
      <div className="stack stack--tight">
        <h3>{t('account.correct.title')}</h3>
        <p className="soft small">{t('account.correct.lead')}</p>
      </div>
      <FormErrors errors={form.errors} />
      {field?.startsWith('extra.') ? [answers, holderData] : [holderData, answers]}
      <div className="form__actions">
        <Button tone="primary" name="send" value={item.id}>
          {t('account.correct.submit')}
        </Button>
      </div>
    </Form>
  )
}

function Extra({ question, field }: { question: ExtraField; field: FieldState }) {
  const t = useText()
  const say = useSay()
  const label = say(question.title)
  const hint = question.hint ? say(question.hint) : undefined
  switch (question.kind) {
    case 'choice':
      return (
        <Select
          field={field}
          label={label}
          hint={hint}
          optional={!question.required}
          placeholder={t('form.choose')}
          options={(question.choices ?? []).map(({ value, title }) => ({ value, title: say(title) }))}
        />
      )
    case 'checkbox':
      return <Checkbox field={field} label={label} hint={hint} value="true" required={question.required} />
    case 'date':
      return <Field field={field} label={label} hint={hint} optional={!question.required} type="date" />
    case 'text':
      return (
        <Field
          field={field}
          label={label}
          hint={hint}
          optional={!question.required}
          maxLength={question.maxLength ?? 255}
          {...(question.pattern ? { pattern: question.pattern } : {})}
        />
      )
  }
}
