import { Link, type LinkProps } from '@remix-run/react'
import type { ButtonHTMLAttributes, MouseEvent } from 'react'
import { useText } from '../texts/use-text'
import { Icon, type IconName } from './icon'
import { usePending } from './form'

export type Tone = 'primary' | 'plain' | 'quiet' | 'danger' | 'danger-full'
interface Looks {
  tone?: Tone
  size?: 'small' | 'normal' | 'big'
  wide?: boolean
  icon?: IconName
}

type ButtonProps = Looks & ButtonHTMLAttributes<HTMLButtonElement>

const classes = ({ tone = 'plain', size = 'normal', wide }: Looks, more?: string): string =>
  ['button', `button--${tone}`, size !== 'normal' && `button--${size}`, wide && 'button--wide', more].filter(Boolean).join(' ')

/** Sends its form by default. While the form is on its way it says so and ignores further clicks, but keeps the focus. */
export function Button({ tone, size, wide, icon, children, className, type = 'submit', ...rest }: ButtonProps) {
  const t = useText()
  const pending = usePending()
  const busy = type === 'submit' && pending?.busy === true
  const mine = busy && (pending.submitter === undefined || pending.submitter === `${rest.name ?? ''}=${String(rest.value ?? '')}`)
  const onClick = (event: MouseEvent<HTMLButtonElement>) => {
    if (busy) event.preventDefault()
    else rest.onClick?.(event)
  }
  return (
    <button
      {...rest}
      type={type}
      className={classes({ ...(tone ? { tone } : {}), ...(size ? { size } : {}), ...(wide ? { wide } : {}) }, className)}
      onClick={onClick}
      aria-busy={mine || undefined}
      aria-disabled={busy || undefined}
    >
      {mine ? <span className="spin" aria-hidden="true" /> : icon ? <Icon name={icon} /> : null}
      {children}
      {mine ? <span className="aloud">{t('form.sending')}</span> : null}
    </button>
  )
}

/** Leads to another page; looks like a button. */
export function ButtonLink({ tone, size, wide, icon, children, className, ...rest }: Looks & LinkProps) {
  return (
    <Link
      {...rest}
      className={classes({ ...(tone ? { tone } : {}), ...(size ? { size } : {}), ...(wide ? { wide } : {}) }, className)}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </Link>
  )
}

/** What ends a form: the button that sends it, with the words in it, and the way back to where nothing has happened. */
export function FormActions({ cancel, tone = 'primary', ...button }: { cancel: string } & ButtonProps) {
  const t = useText()
  return (
    <div className="form__actions">
      <Button {...button} tone={tone} />
      <ButtonLink tone="quiet" to={cancel}>
        {t('form.cancel')}
      </ButtonLink>
    </div>
  )
}
