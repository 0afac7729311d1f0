// Saying what is being done while it is done. Whole lines only, so that it reads the same in a terminal and in a log.
const started = Date.now()

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`

export const say = (line: string): void => void process.stdout.write(`${line}\n`)

export const sayElapsed = (line: string): void => say(`${line} (${seconds(started)})`)

/** Does one slow thing: says so when it takes longer than a moment, every ten seconds after that, and how long it took. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const since = Date.now()
  const soon = setTimeout(() => say(`  … ${name}`), 1500)
  const often = setInterval(() => say(`  … ${name} (${seconds(since)})`), 10_000)
  try {
    const result = await run()
    say(`  ✓ ${name.padEnd(44)} ${seconds(since).padStart(8)}`)
    return result
  } catch (error) {
    say(`  ✗ ${name.padEnd(44)} ${seconds(since).padStart(8)}`)
    throw error
  } finally {
    clearTimeout(soon)
    clearInterval(often)
  }
}
