import type { Submission, SubmissionResult } from '@conform-to/react'
import { data, redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node'
import type { z } from 'zod'
import type { Operations, Principal, Problem } from '../../api/operations/types'
import type { Said } from '../../workflows/policy/said'
import { message } from './message'

type Args = Pick<LoaderFunctionArgs | ActionFunctionArgs, 'request' | 'context'>
type Question<T> = (operations: Operations, me: Principal) => Promise<T>

/**
 * Asks an operation for a page. A refusal becomes a page of the same status: 401 leads to the login and back, the others reach the
 * error boundary with the Problem as data. What is no refusal is our fault and is thrown on (500).
 */
export const ask = async <T>({ request, context }: Args, question: Question<T>): Promise<T> => {
  try {
    return await question(context.operations, context.principal)
  } catch (error) {
    const problem = context.problemOf(error)
    if (!problem) throw error
    throw problem.problem === 'unauthenticated' ? redirect(loginFor(request)) : problemPage(problem)
  }
}

/** The login page that leads back to where the request wanted to go. */
export const loginFor = (request: Request): string => {
  const { pathname, search } = new URL(request.url)
  const back = request.method === 'GET' ? pathname + search : pathname
  return `/login?${new URLSearchParams({ next: back }).toString()}`
}

/** A loader's or action's throw for the error boundary. */
export const problemPage = (problem: Problem) =>
  data(problem, {
    status: problem.status,
    headers: 'retryAfterSeconds' in problem ? { 'Retry-After': String(problem.retryAfterSeconds) } : {},
  })

/** What a person types in secret never comes back in an answer. */
const hideFields = ['password', 'current', 'next', 'code']

const replyOf = (form: Submission<unknown, string[]>, problem: Problem): SubmissionResult => {
  if (problem.problem !== 'invalid') return form.reply({ formErrors: [message(problem.reason)], hideFields })
  const fields = Object.entries(problem.fields)
  return form.reply({
    hideFields,
    fieldErrors: Object.fromEntries(fields.map(([field, said]) => [field, [message(said)]])),
    formErrors: fields.length > 0 ? [] : [message(problem.reason)],
  })
}

/**
 * Asks an operation with a form's values. Wrong fields (400), too many tries (429) and an unreachable counterparty (503) come back as
 * the form's reply, with everything the person typed; all else as `ask`.
 *
 *     const asked = await askWith(args, form, ({ contacts }, me) => contacts.create(me, form.value))
 *     if (asked.refused) return asked.refused
 *     asked.answer …
 */
export const askWith = async <T>(args: Args, form: Submission<unknown, string[]>, question: Question<T>) => {
  try {
    return { answer: await question(args.context.operations, args.context.principal) }
  } catch (error) {
    const problem = args.context.problemOf(error)
    if (!problem) throw error
    if (problem.problem === 'unauthenticated') throw redirect(loginFor(args.request))
    if (problem.problem === 'forbidden' || problem.problem === 'not-found') throw problemPage(problem)
    return { refused: data(replyOf(form, problem), { status: problem.status }) }
  }
}

/** Asks an operation where every refusal is said on the page itself. What is no refusal is thrown on. */
export const askQuietly = async <T>(args: Args, question: Question<T>): Promise<{ answer: T } | { problem: Problem }> => {
  try {
    return { answer: await question(args.context.operations, args.context.principal) }
  } catch (error) {
    const problem = args.context.problemOf(error)
    if (!problem) throw error
    if (problem.problem === 'unauthenticated') throw redirect(loginFor(args.request))
    return { problem }
  }
}

/** What a button sends along by itself: without it the form is none of ours (400). */
export const sentAlong = <Schema extends z.ZodType>(form: FormData, schema: Schema): z.output<Schema> => {
  const sent = schema.safeParse(Object.fromEntries(form))
  if (!sent.success) throw data(null, { status: 400 })
  return sent.data
}

/** A form that its own schema already refuses: 400 at the fields. */
export const wrong = (form: Submission<unknown, string[]>) => data(form.reply({ hideFields }), { status: 400 })

/**
 * A refusal in words, at the form: 400 or another status. Its idempotency key has its answer, for ever, and is not sent again; where an
 * answer is in doubt or nothing was asked (`askWith`, `wrong`) it stays.
 */
export const refuse = (form: Submission<unknown, string[]>, reason: Said, status = 400) =>
  data(form.reply({ formErrors: [message(reason)], hideFields: [...hideFields, 'key'] }), { status })

/** Where to go after a login: a path of this house, never another's. */
export const safeNext = (next: FormDataEntryValue | string | null | undefined, otherwise: string): string => {
  if (typeof next !== 'string' || !next.startsWith('/') || /^\/[/\\]/.test(next) || /[\u0000-\u001f\\]/.test(next))
    return otherwise
  return next
}
