import { useActionData, useLoaderData } from '@remix-run/react'

/** What `data(value, init)` wraps. */
type Unwrapped<T> = T extends { type: 'DataWithResponseInit'; data: infer Value } ? Value : T
type Answer<Handler extends (...args: never[]) => unknown> = Unwrapped<Exclude<Awaited<ReturnType<Handler>>, Response>>

/**
 * The loader's answer in its own types. Single fetch carries optional fields as they are; Remix's own type would add `undefined` to each,
 * which exactOptionalPropertyTypes tells apart.
 */
export const useLoaded = <Loader extends (...args: never[]) => unknown>(): Answer<Loader> =>
  useLoaderData<unknown>() as Answer<Loader>

/** The action's answer, once a form was sent. */
export const useAnswer = <Action extends (...args: never[]) => unknown>(): Answer<Action> | undefined =>
  useActionData<unknown>() as Answer<Action> | undefined
