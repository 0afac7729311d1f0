import { Form, useSearchParams } from '@remix-run/react'
import type { ReactNode } from 'react'
import { useText } from '../texts/use-text'
import { Button, ButtonLink } from './button'
import { Field, plainField, Select, type Option } from './field'

/** Something is looked for, beyond the state that is shown anyway. An empty field looks for nothing. */
export const isFiltered = (query: URLSearchParams, usual?: string): boolean =>
  [...query].some(
    ([key, value]) => value !== '' && !['sort', 'page', 'done', 'late'].includes(key) && !(key === 'state' && value === usual),
  )

/** The filter above a list: a GET form, so that what one sees is in the URL. Keeps the order, begins at page 1. */
export function Filters({
  label,
  hint,
  states,
  statesLabel,
  usual,
  children,
}: {
  /** what can be looked for */
  label: string
  hint?: string
  states?: Option[]
  statesLabel?: string
  /** the state that is shown where none is asked for; without it that is all of them */
  usual?: string
  children?: ReactNode
}) {
  const t = useText()
  const [query] = useSearchParams()
  const sort = query.get('sort')
  return (
    <Form className="filters" role="search" key={query.toString()}>
      <div className="field--search field">
        <Field type="search" required={false} field={plainField('q', query.get('q') ?? '')} label={label} placeholder={hint} />
      </div>
      {states ? (
        <Select
          required={false}
          field={plainField('state', query.get('state') || (usual ?? ''))}
          label={statesLabel ?? ''}
          options={states}
          {...(usual === undefined ? { placeholder: t('form.all') } : {})}
        />
      ) : null}
      {children}
      {sort ? <input type="hidden" name="sort" value={sort} /> : null}
      <div className="row">
        <Button icon="search">{t('form.filter')}</Button>
        {isFiltered(query, usual) ? (
          <ButtonLink tone="quiet" to={sort ? `?${new URLSearchParams({ sort }).toString()}` : '?'}>
            {t('form.clear')}
          </ButtonLink>
        ) : null}
      </div>
    </Form>
  )
}
