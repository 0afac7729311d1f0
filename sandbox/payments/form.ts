/** Stripe's form encoding: a[b]=1, a[0][c]=2, a[]=3. */

export type FormValue = string | { [name: string]: FormValue }

const emptyObject = (): { [name: string]: FormValue } => Object.create(null) as { [name: string]: FormValue }

/** Lists come as {0: …, 1: …}; `undefined` for what is not well-formed or nested too deep. */
export const parseForm = (text: string): { [name: string]: FormValue } | undefined => {
  const root = emptyObject()
  for (const [name, value] of new URLSearchParams(text)) {
    const path = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
    if (!path) return undefined
    const steps = [path[1] as string, ...[...(path[2] as string).matchAll(/\[([^[\]]*)\]/g)].map((step) => step[1] as string)]
    if (steps.length > 6) return undefined
    let at = root
    for (const [index, step] of steps.entries()) {
      const key = step === '' ? String(Object.keys(at).length) : step
      if (index === steps.length - 1) {
        at[key] = value
        break
      }
      const next = (at[key] ??= emptyObject())
      if (typeof next === 'string') return undefined
      at = next
    }
  }
  return root
}

/** The same request has the same text, in whatever order its fields came. */
export const canonicalForm = (text: string): string =>
  [...new URLSearchParams(text)]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')
