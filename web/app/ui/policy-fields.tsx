import { dunningWays } from '../../../workflows/policy/dunning'
import type { Said } from '../../../workflows/policy/said'
import { levelRows, type PolicyFieldValues } from '../dunning-form'
import { message } from '../message'
import { useText } from '../texts/use-text'
import { Checkbox, Choice, Field, plainField, Select } from './field'
import { FieldGroup } from './form'
import './rules.css'

/** What is wrong, by field; a field inside of another one counts for it. */
export type Faults = Record<string, Said>

/** What a form comes back with: what was typed, what is wrong with it, or that somebody was faster. */
export interface FormAnswer {
  values: Record<string, string>
  faults: Faults
  late?: { reason: Said; by?: string; at?: string }
}

export const fieldOf = (values: Record<string, string>, faults: Faults) => (name: string, within?: true) => {
  const said = faults[name] ?? (within ? Object.entries(faults).find(([field]) => field.startsWith(`${name}.`))?.[1] : undefined)
  return plainField(name, values[name] ?? '', said ? [message(said)] : undefined)
}

/** The dunning rules, every one in a field of its own. */
export function PolicyFields({ values, faults }: { values: PolicyFieldValues; faults: Faults }) {
  const t = useText()
  const field = fieldOf(values, faults)
  const number = { inputMode: 'numeric' as const, required: false, autoComplete: 'off' }
  return (
    <>
      <FieldGroup title={t('desk.rules.levels')} hint={t('desk.rules.levels.hint')}>
        {levelRows.map((row) => (
          <fieldset key={row} className="form__pair rules__row">
            <legend className="strong">{t('desk.rules.level', { level: row + 1 })}</legend>
            <Field {...number} field={field(`policy.levels.${row}.daysAfterDue`)} label={t('desk.rules.days')} />
            <Field {...number} inputMode="decimal" field={field(`policy.levels.${row}.fee`)} label={t('desk.rules.fee')} />
            <Select
              field={field(`policy.levels.${row}.letter`)}
              label={t('desk.rules.letter')}
              options={(['payment-reminder', 'payment-demand', 'payment-last-demand'] as const).map((value) => ({
                value,
                title: t(`desk.rules.letter.${value}`),
              }))}
            />
            <Select
              required={false}
              field={field(`policy.levels.${row}.delivery`)}
              label={t('desk.rules.delivery')}
              options={(['', ...dunningWays] as const).map((value) => ({
                value,
                title: t(`desk.rules.delivery.${value === '' ? 'as-customer' : value}`),
              }))}
            />
            <Checkbox field={field(`policy.levels.${row}.blocks`)} label={t('desk.rules.blocks')} />
          </fieldset>
        ))}
      </FieldGroup>
      <div className="form__pair">
        <Field {...number} field={field('policy.collectionAfterDays')} label={t('desk.rules.collection')} />
        <Field {...number} inputMode="decimal" field={field('policy.minimum')} label={t('desk.rules.minimum')} />
        <Field {...number} inputMode="decimal" field={field('policy.blockMinimum')} label={t('desk.rules.block-minimum')} />
        <Field {...number} inputMode="decimal" optional field={field('policy.returnFee')} label={t('desk.rules.return-fee')} />
      </div>
      <div className="form__pair">
        <Field
          required={false}
          field={field('policy.autoPayDays', true)}
          label={t('desk.rules.auto-pay')}
          hint={t('desk.rules.auto-pay.hint')}
        />
        <Field
          {...number}
          optional
          field={field('policy.lumpSumAtLevel')}
          label={t('desk.rules.lump-sum')}
          hint={t('desk.rules.lump-sum.hint')}
        />
        <Field required={false} field={field('policy.quietHours.from')} label={t('desk.rules.quiet-from')} />
        <Field required={false} field={field('policy.quietHours.until')} label={t('desk.rules.quiet-until')} />
      </div>
      <Choice
        field={field('policy.release')}
        label={t('desk.rules.release')}
        options={(['by-itself', 'by-run'] as const).map((value) => ({ value, title: t(`desk.rules.release.${value}`) }))}
      />
    </>
  )
}
