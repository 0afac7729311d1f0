import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from 'react'
import { useState } from 'react'
import { useText } from '../texts/use-text'
import { Icon } from './icon'
import { useErrorText } from './say'

/** What a field needs to know: conform's FieldMetadata has it, and so has a plain object. */
export interface FieldState {
  id: string
  name: string
  errors?: string[] | undefined
  initialValue?: unknown
  key?: string | undefined
}

interface Around {
  field: FieldState
  label: ReactNode
  hint?: ReactNode
  /** says "optional" at the label; everything else is needed */
  optional?: boolean
}

const described = ({ field, hint }: Pick<Around, 'field' | 'hint'>) => {
  const ids = [field.errors?.length ? `${field.id}-error` : '', hint ? `${field.id}-hint` : ''].filter(Boolean).join(' ')
  return { 'aria-invalid': field.errors?.length ? true : undefined, 'aria-describedby': ids || undefined }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export function FieldError({ field }: { field: FieldState }) {
  const say = useErrorText()
  if (!field.errors?.length) return null
  return (
    <p className="field__error" id={`${field.id}-error`}>
      <Icon name="warning" size={16} />
      <span>{field.errors.map(say).join(' ')}</span>
    </p>
  )
}

function Frame({ field, label, hint, optional, children }: Around & { children: ReactNode }) {
  const t = useText()
  return (
    <div className="field">
      <label className="field__label" htmlFor={field.id}>
        <span>{label}</span>
        {optional ? <span className="field__optional">{t('form.optional')}</span> : null}
      </label>
      {hint ? (
        <p className="field__hint" id={`${field.id}-hint`}>
          {hint}
        </p>
      ) : null}
      {children}
      <FieldError field={field} />
    </div>
  )
}

/** One line: label above, hint, the input, and what is wrong right below it. */
export function Field({ field, label, hint, optional = false, ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Frame field={field} label={label} hint={hint} optional={optional}>
      <input
        className="control"
        key={field.key}
        id={field.id}
        name={field.name}
        defaultValue={rest.value === undefined ? text(field.initialValue) : undefined}
        required={!optional}
        {...described({ field, hint })}
        {...rest}
      />
    </Frame>
  )
}

/** A password with a switch to read what was typed. Never filled in again by the server. */
export function PasswordField({ field, label, hint, ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  const t = useText()
  const [shown, setShown] = useState(false)
  return (
    <Frame field={field} label={label} hint={hint}>
      <div className="password">
        <input
          className="control"
          id={field.id}
          name={field.name}
          type={shown ? 'text' : 'password'}
          required
          {...described({ field, hint })}
          {...rest}
        />
        <button type="button" aria-pressed={shown} aria-label={t('form.show-password')} onClick={() => setShown(!shown)}>
          <Icon name={shown ? 'lock' : 'eye'} />
        </button>
      </div>
    </Frame>
  )
}

export function TextArea({
  field,
  label,
  hint,
  optional = false,
  ...rest
}: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Frame field={field} label={label} hint={hint} optional={optional}>
      <textarea
        className="control"
        key={field.key}
        id={field.id}
        name={field.name}
        defaultValue={text(field.initialValue)}
        required={!optional}
        {...described({ field, hint })}
        {...rest}
      />
    </Frame>
  )
}

export interface Option {
  value: string
  title: string
}

export function Select({
  field,
  label,
  hint,
  optional = false,
  options,
  placeholder,
  ...rest
}: Around & { options: Option[]; placeholder?: string } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame field={field} label={label} hint={hint} optional={optional}>
      <select
        className="control"
        key={field.key}
        id={field.id}
        name={field.name}
        defaultValue={rest.value === undefined ? (text(field.initialValue) ?? '') : undefined}
        required={!optional}
        {...described({ field, hint })}
        {...rest}
      >
        {placeholder === undefined ? null : <option value="">{placeholder}</option>}
        {options.map(({ value, title }) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </Frame>
  )
}

/** One of a few, as cards: radio buttons one can't miss. */
export function Choice({
  field,
  label,
  hint,
  options,
  hideLabel,
  column,
  onChoose,
}: Around & {
  options: { value: string; title: ReactNode; hint?: ReactNode }[]
  hideLabel?: boolean
  column?: boolean
  onChoose?: (value: string) => void
}) {
  const chosen = text(field.initialValue)
  return (
    <fieldset className="field" {...described({ field, hint })}>
      <legend className={hideLabel ? 'aloud' : 'field__label'}>{label}</legend>
      {hint ? (
        <p className="field__hint" id={`${field.id}-hint`}>
          {hint}
        </p>
      ) : null}
      <div className={column ? 'choices choices--column' : 'choices'} key={field.key}>
        {options.map((option, position) => (
          <label className="choice" key={option.value}>
            <input
              type="radio"
              id={position === 0 ? field.id : undefined}
              name={field.name}
              value={option.value}
              defaultChecked={chosen === option.value}
              required
              onChange={() => onChoose?.(option.value)}
            />
            <span className="choice__title">{option.title}</span>
            {option.hint ? <span className="field__hint">{option.hint}</span> : null}
          </label>
        ))}
      </div>
      <FieldError field={field} />
    </fieldset>
  )
}

export function Checkbox({
  field,
  label,
  hint,
  value = 'on',
  ...rest
}: Omit<Around, 'optional'> & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <div className="field">
      <label className="tick">
        <input
          type="checkbox"
          key={field.key}
          id={field.id}
          name={field.name}
          value={value}
          defaultChecked={field.initialValue === value}
          {...described({ field, hint })}
          {...rest}
        />
        <span>{label}</span>
        {hint ? (
          <span className="field__hint" id={`${field.id}-hint`}>
            {hint}
          </span>
        ) : null}
      </label>
      <FieldError field={field} />
    </div>
  )
}

/** A field outside of conform: filters, single buttons. */
export const plainField = (name: string, initialValue?: string, errors?: string[]): FieldState => ({
  id: `f-${name}`,
  name,
  ...(initialValue === undefined ? {} : { initialValue }),
  ...(errors ? { errors } : {}),
})
