import { useActionData, useLoaderData, useLocation } from '@remix-run/react'
import { useState } from 'react'

/** What a loader or action answers, without redirects: single fetch keeps Promise, Date and undefined as they are. */
type Answer<Route extends (...args: never[]) => unknown> = Unwrapped<Exclude<Awaited<ReturnType<Route>>, Response>>
type Unwrapped<Value> = Value extends { type: string; data: infer Data; init: ResponseInit | null } ? Data : Value

/** useLoaderData whose optional properties stay exactly optional (Remix' own type adds `| undefined` to each). */
export const useLoaded = <Loader extends (...args: never[]) => unknown>(): Answer<Loader> => useLoaderData() as Answer<Loader>

/**
 * What the house said to the form that was sent, until another is sent or the page is left. The router forgets it as soon as the page's data are
 * loaded anew, and a page that follows its case does that by itself: a refusal would be gone before it was read.
 */
export const useAnswer = <Action extends (...args: never[]) => unknown>(): Answer<Action> | undefined => {
  const { key } = useLocation()
  const answer = useActionData() as Answer<Action> | undefined
  const [said, setSaid] = useState({ key, answer })
  const now = answer === undefined && said.key === key ? said : { key, answer }
  if (now.key !== said.key || now.answer !== said.answer) setSaid(now)
  return now.answer
}
