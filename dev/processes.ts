// Starting, recognising and stopping operating-system processes, those that an earlier run has left behind included.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname } from 'node:path'

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A running process that we know by its id and by a piece of its command line: ids are given out again, command lines rarely are. */
export interface KnownProcess {
  name: string
  pid: number
  /** must be part of the command line of that pid, else it is somebody else's process by now */
  mark: string
}

/** What the process was started with; '' when there is no such process any more (a zombie counts as gone). */
export function commandLine(pid: number): string {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return ''
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    }
  } catch {
    return ''
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
}

export const isRunning = ({ pid, mark }: Pick<KnownProcess, 'pid' | 'mark'>): boolean => {
  const line = commandLine(pid)
  return line !== '' && line.includes(mark)
}

const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Asks, waits, then insists. Answers when the process is gone; never touches a process that only has the same id. */
export async function stopProcess(known: KnownProcess, signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<void> {
  if (!isRunning(known)) return
  signalTo(known.pid, signal)
  const deadline = Date.now() + graceMs
  let insisted = false
  while (isRunning(known)) {
    if (!insisted && Date.now() > deadline) {
      insisted = true
      signalTo(known.pid, 'SIGKILL')
    }
    await pause(25)
  }
}

export interface StartOptions {
  name: string
  command: string
  args: string[]
  logFile: string
  env?: NodeJS.ProcessEnv
  cwd?: string
  uid?: number
  gid?: number
}

/** Starts a process in a session of its own (a terminal's Ctrl-C reaches only us, and we stop things in order), writing to its log. */
export function startProcess({ command, args, logFile, env, cwd, uid, gid }: StartOptions): ChildProcess & { pid: number } {
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a')
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    detached: true,
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  })
  closeSync(log)
  child.on('error', () => undefined) // told by the missing pid, and by 'exit'
  if (child.pid === undefined) throw new Error(`${command} could not be started`)
  return child as ChildProcess & { pid: number }
}

/** The last lines of a log, for the message about what went wrong. */
export function logTail(logFile: string, lines = 15): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return ''
  }
}

class EndedAtOnce extends Error {}

/** Asks again until the answer is true; gives up when the process has ended or the time is over. */
export async function waitUntil(
  isReady: () => Promise<boolean>,
  { what, child, logFile, seconds = 30 }: { what: string; child?: ChildProcess; logFile?: string; seconds?: number },
): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!(await isReady().catch(() => false))) {
    const ended = child && (child.exitCode !== null || child.signalCode !== null)
    if (ended || Date.now() > deadline) {
      const why = ended ? `ended (${child.exitCode ?? child.signalCode})` : `was not ready after ${seconds} s`
      const words = `${what} ${why}.${logFile ? ` Its log (${logFile}) ends:\n${logTail(logFile)}` : ''}`
      throw ended ? new EndedAtOnce(words) : new Error(words)
    }
    await pause(50)
  }
}

/** True when something accepts connections there. */
export const answersTcp = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.setTimeout(1000, () => settle(false))
  })

/** A port that nobody has at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

/** Starts a server on a port that nobody has; on another one when it ended at once, as when somebody took the port before it. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  try {
    return await start(await freePort())
  } catch (error) {
    if (!(error instanceof EndedAtOnce)) throw error
    return start(await freePort())
  }
}

/** True when we could listen there, on every address. */
export const isPortFree = async (port: number): Promise<boolean> => {
  const canListen = (host: string) =>
    new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL'),
      )
      server.listen(port, host, () => server.close(() => resolve(true)))
    })
  return (await canListen('0.0.0.0')) && (await canListen('127.0.0.1')) && (await canListen('::1'))
}

/** Who listens on a port, as far as the system lets us see: 'node (process 4711: node server.js)'. */
export function portHolder(port: number): string | undefined {
  const pid = portHolderFromProc(port) ?? portHolderFromLsof(port)
  if (pid === undefined) return undefined
  const line = commandLine(pid)
  return `process ${pid}${line ? `: ${line.length > 100 ? `${line.slice(0, 100)}…` : line}` : ''}`
}

function portHolderFromProc(port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue
    for (const row of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
      if (local?.endsWith(`:${hex}`) && state === '0A' && inode) inodes.add(`socket:[${inode}]`)
    }
  }
  if (inodes.size === 0) return undefined
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`))) return Number(pid)
      }
    } catch {
      // another user's process, or one that has just ended
    }
  }
  return undefined
}

function portHolderFromLsof(port: number): number | undefined {
  const answer = spawnSync('lsof', ['-t', '-sTCP:LISTEN', `-iTCP:${port}`], { encoding: 'utf8' })
  const pid = Number.parseInt(answer.stdout ?? '', 10)
  return Number.isNaN(pid) ? undefined : pid
}

/** The processes of one run, on disk: what a killed run leaves behind, the next one finds here and ends. */
export class ProcessBook {
  readonly #file: string
  #entries: KnownProcess[]

  constructor(file: string) {
    this.#file = file
    this.#entries = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KnownProcess[]) : []
  }

  get entries(): readonly KnownProcess[] {
    return this.#entries
  }

  note(known: KnownProcess): void {
    this.#write([...this.#entries.filter((entry) => entry.name !== known.name), known])
  }

  forget(name: string): void {
    this.#write(this.#entries.filter((entry) => entry.name !== name))
  }

  #write(entries: KnownProcess[]): void {
    this.#entries = entries
    if (entries.length === 0) return rmSync(this.#file, { force: true })
    mkdirSync(dirname(this.#file), { recursive: true })
    const partial = `${this.#file}.${process.pid}` // a kill in the middle leaves the whole old file
    writeFileSync(partial, JSON.stringify(entries, null, 2))
    renameSync(partial, this.#file)
  }
}
