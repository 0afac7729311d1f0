// The servers and processes of one run: started, watched over, started again when they end by themselves, stopped in order.
import type { ChildProcess } from 'node:child_process'
import { pause, stopProcess, type KnownProcess, type ProcessBook } from './processes'
import { say } from './progress'

export interface Started {
  process: KnownProcess
  child: ChildProcess
  stop(): Promise<void>
}

export interface Service<T> {
  name: string
  /** answers when it is ready; leaves nothing running when it fails */
  start(): Promise<T & Started>
}

const longestPause = 30_000
/** Up for so long, a process counts as well again. */
const wellAfter = 60_000

/** Thrown at whoever starts something while all is being stopped. */
class Stopping extends Error {}

export class Household {
  readonly #book: ProcessBook
  readonly #running = new Map<string, Started>()
  /** as first started: what is started again keeps its place, for the sake of who needs it while stopping */
  readonly #order: string[] = []
  readonly #companions = new Map<string, KnownProcess>()
  readonly #starting = new Set<Promise<unknown>>()
  #stopping: Promise<void> | undefined

  constructor(book: ProcessBook) {
    this.#book = book
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined
  }

  /** Starts a service and keeps it up from then on. */
  async start<T>(service: Service<T>): Promise<T & Started> {
    if (this.isStopping) throw new Stopping('Kontor is being stopped')
    this.#order.push(service.name)
    const starting = service.start()
    this.#starting.add(starting)
    try {
      const started = await starting
      if (this.isStopping) {
        await started.stop()
        throw new Stopping('Kontor is being stopped')
      }
      this.#book.note({ ...started.process, name: service.name })
      this.#running.set(service.name, started)
      this.#watch(service, started, Date.now(), 0)
      return started
    } finally {
      this.#starting.delete(starting)
    }
  }

  #watch<T>(service: Service<T>, started: Started, since: number, failures: number): void {
    const ended = () => {
      this.#running.delete(service.name)
      if (!this.isStopping) void this.#startAgain(service, started.child, Date.now() - since > wellAfter ? 0 : failures)
    }
    if (started.child.exitCode !== null || started.child.signalCode !== null) ended()
    else started.child.once('exit', ended)
  }

  async #startAgain<T>(service: Service<T>, child: ChildProcess, failures: number): Promise<void> {
    const wait = Math.min(1000 * 2 ** failures, longestPause)
    say(
      `  ! ${service.name} ended (${child.signalCode ?? `code ${child.exitCode}`}); starting it again in ${wait / 1000} s. See .data/logs/${service.name}.log`,
    )
    await pause(wait)
    if (this.isStopping) return
    const since = Date.now()
    const starting = service.start()
    this.#starting.add(starting)
    try {
      const started = await starting
      if (this.isStopping) return await started.stop()
      this.#book.note({ ...started.process, name: service.name })
      this.#running.set(service.name, started)
      say(`  ✓ ${service.name} is up again`)
      this.#watch(service, started, since, failures + 1)
    } catch (error) {
      if (this.isStopping) return
      say(`  ! ${service.name} did not come up: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`)
      void this.#startAgain(service, child, failures + 1)
    } finally {
      this.#starting.delete(starting)
    }
  }

  /** Something that ends by itself, but must not outlive us. */
  accompany(known: KnownProcess): void {
    if (this.isStopping) return void stopProcess(known)
    this.#companions.set(known.name, known)
    this.#book.note(known)
  }

  sendOff(name: string): void {
    this.#companions.delete(name)
    this.#book.forget(name)
  }

  /** Stops all, the last started first; what is just coming up is waited for and stopped too. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const known of this.#companions.values()) await stopProcess(known, 'SIGTERM', 3000)
      // each in turn: a worker must still find Temporal and Postgres to finish what it has begun
      while (this.#running.size > 0 || this.#starting.size > 0) {
        const name = this.#order.findLast((service) => this.#running.has(service))
        const last = name === undefined ? undefined : this.#running.get(name)
        if (name !== undefined && last) {
          const since = Date.now()
          await last.stop()
          if (Date.now() - since > 2000) say(`  … ${name} took ${((Date.now() - since) / 1000).toFixed(1)} s to stop`)
          this.#running.delete(name)
          this.#book.forget(name)
        } else await Promise.race([Promise.allSettled(this.#starting), pause(100)])
      }
      for (const { name } of [...this.#book.entries]) if (name !== 'supervisor') this.#book.forget(name)
    })()
    return this.#stopping
  }

  /** No more waiting. */
  insist(): void {
    for (const { process: known } of this.#running.values()) void stopProcess(known, 'SIGKILL')
  }
}
