import { useActionData, useLoaderData } from '@remix-run/react'

/** What a loader or action answers, without redirects: single fetch keeps Promise, Date and undefined as they are. */
type Answer<Route extends (...args: never[]) => unknown> = Unwrapped<Exclude<Awaited<ReturnType<Route>>, Response>>
type Unwrapped<Value> = Value extends { type: string; data: infer Data; init: ResponseInit | null } ? Data : Value

/** useLoaderData whose optional properties stay exactly optional (Remix' own type adds `| undefined` to each). */
export const useLoaded = <Loader extends (...args: never[]) => unknown>(): Answer<Loader> => useLoaderData() as Answer<Loader>

export const useAnswer = <Action extends (...args: never[]) => unknown>(): Answer<Action> | undefined =>
  useActionData() as Answer<Action> | undefined
