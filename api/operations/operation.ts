/**
 * One way to define what may be asked for: who may, with which right, with what input, how often. Authorisation, parsing, rate limit and the
 * audit row happen here and nowhere else, so that a page, a REST call and a test can't differ.
 */
import type { z } from 'zod'
import { saidOfIssues } from './input'
import { Forbidden, Invalid, LookOnly, TooMany, Unauthenticated, Unavailable } from './problems'
import type { Context, Deps, Noted } from './context'
import { openContext } from './context'
import type { Principal, RightName, Section } from './types'

export type Who = Principal['kind']

/** How REST offers it. Path parameters in braces; GET takes the rest of the input from the query, everything else from a JSON body. */
export interface Rest {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  path: string
  /** False: the answer starts or ends a session or holds a secret, and is never kept for the same Idempotency-Key. */
  replay?: boolean
}

/** A rate limit by account (or whatever the key names), beside the one by IP that every limited operation has. */
export interface Limit<Input> {
  /** what is tried: the e-mail address, the user. undefined: only the IP counts */
  by(principal: Principal, input: Input, deps: Deps): string | undefined | Promise<string | undefined>
  /** A success gives the tries back (a login); false where every try costs (a mail is sent). */
  forgive: boolean
}

export interface Operation<Schema extends z.ZodType = z.ZodType, Answer = unknown> {
  /** 'orders.place': its place in `Operations`, and its name in the audit */
  name: string
  /** one sentence for the API's readers */
  summary: string
  /** null: open to everybody in `who` */
  section: Section | null
  right: RightName
  who: readonly Who[]
  input: Schema
  rest?: Rest | undefined
  /** who changed what: one AuditEntry per success */
  audit?: boolean | undefined
  limit?: Limit<z.output<Schema>> | undefined
  /** Instead of 429: the answer that tells when to try again. */
  whenTooMany?: ((retryAfterSeconds: number) => Answer) | undefined
  run(ctx: Context, principal: Principal, input: z.output<Schema>): Promise<Answer>
}

const sections = new Map<string, Section | null>()

export function defineOperation<Schema extends z.ZodType, Answer>(
  operation: Operation<Schema, Answer>,
): Operation<Schema, Answer> {
  sections.set(operation.name, operation.section)
  return operation
}

/** The section of an operation that is only known by its name, as the audit has it; undefined: of none, or there is none of that name. */
export const sectionOf = (name: string): Section | undefined => sections.get(name) ?? undefined

/** An operation as pages call it. No input means no second argument. */
type Asked<O> =
  O extends Operation<infer Schema, infer Answer>
    ? undefined extends z.input<Schema>
      ? (principal: Principal) => Promise<Answer>
      : (principal: Principal, input: z.input<Schema>) => Promise<Answer>
    : never

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table holds operations of every shape; Asked<> gives each its own type back
export type OperationTable = Record<string, Operation<any, any>>

/** Throws Unauthenticated or Forbidden. The only place that decides who may. */
export function authorise(operation: Pick<Operation, 'who' | 'section' | 'right'>, principal: Principal): void {
  if (!operation.who.includes(principal.kind)) {
    if (principal.kind === 'visitor') throw new Unauthenticated()
    throw new Forbidden(operation.section, operation.right, openSections(principal))
  }
  if (operation.section === null || principal.kind === 'visitor') return
  const held = principal.rights[operation.section]
  const enough = operation.right === 'see' ? held !== undefined : held === 'edit'
  if (!enough) throw new Forbidden(operation.section, operation.right, openSections(principal))
}

const openSections = (principal: Principal): Section[] => Object.keys(principal.rights) as Section[]

export async function ask<Schema extends z.ZodType, Answer>(
  deps: Deps,
  operation: Operation<Schema, Answer>,
  principal: Principal,
  input: unknown,
): Promise<Answer> {
  if (deps.lookOnly && operation.right === 'edit') throw new LookOnly()
  authorise(operation, principal)
  if (operation.limit) {
    const wait = await deps.limiter.take(operation.name, `ip:${principal.ip}`, 'ip')
    if (wait) return tooMany(operation, wait)
  }
  const parsed = await operation.input.safeParseAsync(input, { reportInput: true })
  if (!parsed.success) throw new Invalid(saidOfIssues(parsed.error))

  const account = await operation.limit?.by(principal, parsed.data, deps)
  if (account !== undefined) {
    const wait = await deps.limiter.take(operation.name, account, 'account')
    if (wait) return tooMany(operation, wait)
  }
  const ctx = openContext(deps, principal, operation.name)
  const answer = await operation.run(ctx, principal, parsed.data).catch((error: unknown) => {
    throw recordIsAway(error) ? new Unavailable() : error
  })
  if (account !== undefined && operation.limit?.forgive && !wasRefused(answer))
    await deps.limiter.forgive(operation.name, account)
  if (operation.audit && !ctx.noted() && !wasRefused(answer)) await ctx.note(subjectOf(parsed.data))
  return answer
}

function tooMany<Schema extends z.ZodType, Answer>(operation: Operation<Schema, Answer>, seconds: number): Answer {
  if (operation.whenTooMany) return operation.whenTooMany(seconds)
  throw new TooMany(seconds)
}

const wasRefused = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'kind' in answer && (answer.kind === 'refused' || answer.kind === 'late')

/** The audit's subject when the operation did not name one: the id that was asked about. */
function subjectOf(input: unknown): Noted {
  if (typeof input !== 'object' || input === null) return {}
  for (const key of ['orderId', 'caseId', 'documentId', 'customerId', 'itemId', 'sessionId', 'id', 'registryId', 'name']) {
    const value = (input as Record<string, unknown>)[key]
    if (typeof value === 'string') return { subject: value }
  }
  return {}
}

/** Postgres gone or out of connections: 503, not a fault of the question. */
const recordIsAway = (error: unknown): boolean => {
  const code = (error as { code?: unknown } | null)?.code
  return (
    (typeof code === 'string' && /^(P1001|P1002|P1008|P1017|P2024|P2028|ECONNREFUSED|ECONNRESET|57P0[1-3]|53300)$/.test(code)) ||
    (error instanceof Error && error.name === 'DriverAdapterError' && /connect|terminat|closed/i.test(error.message))
  )
}

/** One section of `Operations`, ready to be called. The input is parsed again at every call: types are no wall. */
export const bind = <Table extends OperationTable>(deps: Deps, table: Table): { [Name in keyof Table]: Asked<Table[Name]> } =>
  Object.fromEntries(
    Object.entries(table).map(([name, operation]) => [
      name,
      (principal: Principal, input?: unknown) => ask(deps, operation, principal, input),
    ]),
  ) as { [Name in keyof Table]: Asked<Table[Name]> }
