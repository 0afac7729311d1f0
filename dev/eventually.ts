/** Looks until it is right: on the wall's clock, and as long as a slow machine may need. Whoever skips time must not skip it here. */
export async function eventually<T>(look: () => T | Promise<T>, right: (seen: T) => boolean, { every = 50 } = {}): Promise<T> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const seen = await look()
    if (right(seen)) return seen
    if (Date.now() > deadline) throw new Error(`never seen; now: ${JSON.stringify(seen, null, 1)}`)
    await new Promise((soon) => setTimeout(soon, every))
  }
}
