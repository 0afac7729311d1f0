import type { ExtraField } from '../../../workflows/policy/tld-rules'
import { useText } from '../texts/use-text'
import { Checkbox, Field, Select, type FieldState } from './field'
import { useSay } from './say'

/** One question of a TLD, as the input its kind wants. */
export function ExtraQuestion({ question, field }: { question: ExtraField; field: FieldState }) {
  const t = useText()
  const say = useSay()
  const shared = { field, label: say(question.title), hint: question.hint ? say(question.hint) : undefined }
  const optional = !question.required
  switch (question.kind) {
    case 'choice':
      return (
        <Select
          {...shared}
          optional={optional}
          placeholder={t('form.choose')}
          options={(question.choices ?? []).map(({ value, title }) => ({ value, title: say(title) }))}
        />
      )
    case 'checkbox':
      return <Checkbox {...shared} value="true" required={question.required} />
    case 'date':
      return <Field {...shared} optional={optional} type="date" />
    case 'text':
      return <Field {...shared} optional={optional} maxLength={question.maxLength ?? 255} autoComplete="off" />
  }
}
