// The house that the journeys play in: `npm start` itself, as a newcomer runs it, on free ports, with data of its own that is thrown away
// at the next run, and without the demo orders.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder, root } from '../dev/paths'
import { portsFrom } from '../dev/ports'
import { isPortFree } from '../dev/processes'

const houseData = join(dataFolder, 'e2e')

interface House {
  url: string
  /** stops everything; throws when something was left running */
  stop(): Promise<void>
}

export async function openHouse(say: (line: string) => void): Promise<House> {
  const port = await freeRange()
  const child = spawn(process.execPath, ['dev/start.js', '--reset', '--no-orders', '--port', String(port)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a terminal's Ctrl-C reaches only us; we stop the house when the last journey has ended
    env: {
      ...process.env,
      KONTOR_DATA: houseData,
      // all journeys come from one address, and there are more of them in a quarter of an hour than people
      AUTH_TRIES_PER_IP: '1000',
      LOG_LEVEL: 'warn',
    },
  })
  const gone = new Promise<number | null>((resolve) => child.on('close', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await gone
    // npm start keeps a book of what it has started; an empty one is removed
    if (existsSync(join(houseData, 'pids.json'))) throw new Error('The house left a process running: see .data/e2e/pids.json')
  }
  let heard = ''
  const up = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        heard += chunk.toString()
        if (heard.includes('Kontor is up')) resolve()
      })
    void gone.then((code) => reject(new Error(`npm start ended (${code}):\n${heard}`)))
    setTimeout(() => reject(new Error(`npm start was not ready after 5 minutes:\n${heard}`)), 300_000).unref()
  })
  try {
    await up
  } catch (error) {
    await stop().catch(() => undefined)
    throw error
  }
  say(/^.*\bReady \(.*\)$/m.exec(heard)?.[0] ?? '')
  return { url: `http://localhost:${port}`, stop }
}

/** A port whose ten neighbours are free as well. */
async function freeRange(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const free = await Promise.all(Object.values(portsFrom(port)).map(isPortFree))
    if (free.every(Boolean)) return port
  }
  throw new Error('There are no eleven free ports in a row')
}
