// The worker as a process of its own: killed by others or by itself, and started again as soon as it is dead.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { KillOrder, PassedPoint } from '../../worker/faults'
import { root } from '../paths'
import { logTail, pause } from '../processes'

const usualMain = join(root, 'worker/main.ts')

/** How a worker ended. A signal is what we wanted; a code means that it gave up by itself. */
export interface Death {
  at: number
  signal: NodeJS.Signals | null
  code: number | null
}

export class WorkerProcess {
  readonly deaths: Death[] = []
  /** told of every point that is passed */
  onPass: (point: string) => void = () => undefined
  #child: ChildProcess | undefined
  #ready: Promise<void> = Promise.resolve()
  #stopping = false
  readonly #environment: Record<string, string>
  readonly #logFile: string
  readonly #armed: boolean
  readonly #main: string

  /** `armed`: false, and it runs as in production, without a trigger that could be pulled. */
  constructor(
    environment: Record<string, string>,
    logFile: string,
    { armed = true, main = usualMain }: { armed?: boolean; main?: string } = {},
  ) {
    this.#armed = armed
    this.#main = main
    this.#environment = environment
    this.#logFile = logFile
  }

  /** Starts it; answers when it takes work. */
  start(): Promise<void> {
    this.#begin('-')
    return this.#ready
  }

  /** Resolves when the worker that runs now (or is coming up) takes work. */
  get ready(): Promise<void> {
    return this.#ready
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** It shall die at this point, once. */
  arm(point: string): void {
    this.#child?.send({ kill: point } satisfies KillOrder)
  }

  /** The customer of this checkout pays, where the card provider lives in the worker's process (dev/bench/worker.ts). */
  pays(sessionRef: string): void {
    this.#child?.send({ pays: sessionRef })
  }

  /** Kills it now; answers when it is dead. The next one is on its way then: `arm`ed from its first moment when a point is given. */
  async kill(next = '-'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    this.#next = next
    const dead = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await dead
  }
  #next = '-'

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.kill()
  }

  #begin(kill: string): void {
    const log = openSync(this.#logFile, 'a')
    const child = spawn(process.execPath, ['--enable-source-maps', '--import', 'tsx', this.#main], {
      cwd: root,
      env: { ...process.env, ...this.#environment, KONTOR_KILL: this.#armed ? kill : '' },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    this.#child = child
    child.on('error', () => undefined) // a message to one that has just died
    const since = Date.now()
    this.#ready = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`The worker was not ready after 90 s:\n${logTail(this.#logFile)}`)), 90_000)
      child.on('message', (message: unknown) => {
        if (message === 'ready') {
          clearTimeout(late)
          resolve()
        } else this.onPass((message as PassedPoint).passed)
      })
      child.once('exit', (code, signal) => {
        clearTimeout(late)
        this.deaths.push({ at: Date.now(), code, signal })
        if (this.#stopping) return resolve()
        // one that can't come up because another part is away is tried again at leisure
        const rest = code !== null && Date.now() - since < 20_000 ? 500 : 0
        const kill = this.#next
        this.#next = '-'
        void pause(rest).then(() => {
          if (this.#stopping) return resolve()
          this.#begin(kill)
          this.#ready.then(resolve, reject)
        })
      })
    })
    this.#ready.catch(() => undefined)
  }
}
