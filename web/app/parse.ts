import { parseWithZod } from '@conform-to/zod/v4'
import type { z } from 'zod'

/**
 * A form against one of policy's schemas. They take what a form sends, empty text included, so that conform must not turn '' into
 * undefined on the way: inside a schema's later steps that would read as "not a string".
 */
export const parseForm = <Schema extends z.ZodType>(form: FormData, schema: Schema) =>
  parseWithZod(form, { schema, disableAutoCoercion: true })

/** A form's fields as text, trimmed; '' for what is not there or is a file. */
export const textOf =
  (form: FormData) =>
  (name: string): string => {
    const value = form.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }

/**
 * The idempotency token that a form goes on with. Whether a command without an answer got through nobody knows: sent again, it is the same one. What was
 * refused is over: '' for a new one.
 */
export const tokenAfter = (asked: object, text: (name: string) => string): string => ('problem' in asked ? text('token') : '')
