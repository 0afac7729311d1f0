/** OpenAPI 3.1, made from the very schemas that check the requests. */
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { nothing } from '../operations/input'
import { restOperations, type OperationWithRest } from './rest'

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    reason: z.object({ key: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])).optional() }),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })

const problems: Record<number, string> = {
  400: 'A wrong field: `errors` says which and how to mend it',
  401: 'Log in first',
  403: 'Not a right of this login: `section` and `open` say what is',
  404: 'Not there, or not yours',
  409: 'Too late: `by` and `at` say who came before',
  413: 'Larger than 1 MB',
  422: 'Refused, with the reason',
  429: 'Too many tries: Retry-After says when',
  503: 'Not now, nothing lost: ask again',
}

export function openApiDocument(publicUrl: string) {
  const paths: ZodOpenApiPathsObject = {}
  for (const operation of restOperations) {
    const path = (paths[operation.rest.path] ??= {})
    path[operation.rest.method] = describe(operation)
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Kontor',
        version: '1',
        description:
          'Everything that the pages can do. Sessions come from /account/login and travel in a cookie. Errors are problem+json.',
      },
      servers: [{ url: `${publicUrl}/api/v1` }],
      components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'kontor_session' } } },
      paths,
    },
    { allowEmptySchema: { custom: true, transform: true } },
  )
}

/** Fields in the path, and all others. */
function fieldsOf({ input, rest }: OperationWithRest): { path: z.ZodObject; others: z.ZodType | undefined } {
  const inPath = [...rest.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  const shape: Record<string, z.ZodType> = {}
  for (const name of inPath) shape[name] = z.string()
  if (input === nothing) return { path: z.object(shape), others: undefined }
  if (input instanceof z.ZodObject) {
    const own = input.shape as Record<string, z.ZodType>
    for (const name of inPath) shape[name] = own[name] ?? z.string()
    const others = Object.entries(own).filter(([name]) => !inPath.includes(name))
    return { path: z.object(shape), others: others.length > 0 ? z.object(Object.fromEntries(others)) : undefined }
  }
  // { id } and the fields of a form
  if (input instanceof z.ZodIntersection) return { path: z.object(shape), others: input.def.right as z.ZodType }
  return { path: z.object(shape), others: input }
}

function describe(operation: OperationWithRest): ZodOpenApiOperationObject {
  const { path, others } = fieldsOf(operation)
  const { method } = operation.rest
  const inQuery = method === 'get' || method === 'delete'
  const hasPath = Object.keys(path.shape).length > 0
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [operation.name.split('.')[0] ?? ''],
    'x-section': operation.section,
    'x-right': operation.right,
    'x-who': [...operation.who],
    ...(operation.who.includes('visitor') ? {} : { security: [{ session: [] }] }),
    requestParams: {
      ...(hasPath ? { path } : {}),
      ...(inQuery && others instanceof z.ZodObject ? { query: others } : {}),
      ...(method === 'post' ? { header: z.object({ 'Idempotency-Key': z.string().min(8).max(255) }) } : {}),
    },
    ...(!inQuery && others ? { requestBody: { required: true, content: { 'application/json': { schema: others } } } } : {}),
    responses: {
      200: { description: 'The answer', content: { 'application/json': { schema: z.unknown() } } },
      204: { description: 'Done; there is nothing to say' },
      ...Object.fromEntries(
        Object.entries(problems).map(([status, description]) => [
          status,
          { description, content: { 'application/problem+json': { schema: Problem } } },
        ]),
      ),
    },
  }
}
