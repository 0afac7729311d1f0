import { Form as RemixForm, useNavigation, type FetcherWithComponents, type FormProps } from '@remix-run/react'
import { createContext, useContext, useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react'
import { useText } from '../texts/use-text'
import { useViewer } from './viewer'
import { Notice } from './notice'
import { useErrorText } from './say'

interface Pending {
  busy: boolean
  /** name=value of the button that sent it */
  submitter?: string
}
const PendingForm = createContext<Pending | undefined>(undefined)
/** The state of the form around. */
export const usePending = (): Pending | undefined => useContext(PendingForm)

/**
 * A form that works without JavaScript, carries the token against forgery, is sent once per click and tells its buttons while it is on
 * its way. With a `fetcher` the page stays where it is.
 */
export function Form({
  fetcher,
  children,
  onSubmit,
  className = 'form',
  ...rest
}: FormProps & { fetcher?: FetcherWithComponents<unknown> }) {
  const { csrf } = useViewer()
  const navigation = useNavigation()
  const state = fetcher ? fetcher.state : navigation.state
  const sent = useRef(false)
  const [submitter, setSubmitter] = useState<string>()
  useEffect(() => {
    if (state === 'idle') sent.current = false
  }, [state])
  const busy = sent.current && state !== 'idle'
  const submit = (event: FormEvent<HTMLFormElement>) => {
    if (busy) return event.preventDefault()
    onSubmit?.(event)
    if (event.defaultPrevented) return
    const button = (event.nativeEvent as SubmitEvent).submitter
    setSubmitter(button instanceof HTMLButtonElement && button.name ? `${button.name}=${button.value}` : undefined)
    sent.current = true
  }
  const Tag = fetcher ? fetcher.Form : RemixForm
  const changes = (rest.method ?? 'get').toLowerCase() !== 'get'
  return (
    <Tag {...rest} className={className} onSubmit={submit}>
      {changes ? <input type="hidden" name={csrf.field} value={csrf.token} /> : null}
      <PendingForm.Provider value={{ busy, ...(submitter ? { submitter } : {}) }}>{children}</PendingForm.Provider>
    </Tag>
  )
}

/** What is wrong with the form as a whole, above its fields; takes the focus when it appears, so that it is read aloud. */
export function FormErrors({ errors, fields = 0 }: { errors?: string[] | undefined; fields?: number }) {
  const t = useText()
  const say = useErrorText()
  const box = useRef<HTMLDivElement>(null)
  const shown = (errors?.length ?? 0) > 0 || fields > 0
  const first = useRef(true)
  useEffect(() => {
    if (shown && !first.current) box.current?.focus()
    first.current = false
  }, [shown, errors])
  if (!shown) return null
  return (
    <div ref={box} tabIndex={-1} role="alert">
      <Notice tone="danger" title={errors?.length ? undefined : t('form.problems', { count: fields })}>
        {errors?.map((error) => (
          <p key={error}>{say(error)}</p>
        ))}
      </Notice>
    </div>
  )
}

/** Fields that belong together, with their heading. */
export function FieldGroup({ title, hint, children }: { title: ReactNode; hint?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <fieldset className="form" aria-describedby={hint ? id : undefined}>
      <legend className="stack stack--tight">
        <h2>{title}</h2>
      </legend>
      {hint ? (
        <p className="soft" id={id}>
          {hint}
        </p>
      ) : null}
      {children}
    </fieldset>
  )
}
