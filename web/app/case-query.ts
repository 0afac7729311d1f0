/** How many cases are tried again at once; the operation takes 500. */
export const mostAtOnce = 200

/** What the list of cases can be narrowed to, beside words and state. */
export const caseQuery = (query: URLSearchParams): { kind?: string; actor?: string } => {
  const kind = query.get('kind')
  const actor = query.get('actor')
  return { ...(kind ? { kind } : {}), ...(actor ? { actor } : {}) }
}
