import { parseWithZod } from '@conform-to/zod/v4'
import type { z } from 'zod'

/**
 * A form against one of policy's schemas. They take what a form sends, empty text included, so that conform must not turn '' into
 * undefined on the way: inside a schema's later steps that would read as "not a string".
 */
export const parseForm = <Schema extends z.ZodType>(form: FormData, schema: Schema) =>
  parseWithZod(form, { schema, disableAutoCoercion: true })
