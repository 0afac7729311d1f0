// One browser for a file of journeys; a context of its own for each person in it.
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const candidates = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

let running: Promise<Browser> | undefined

export const browser = (): Promise<Browser> => {
  running ??= chromium.launch({
    executablePath: candidates.find((path) => path && existsSync(path)) ?? '/usr/bin/chromium',
    timeout: 120_000,
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--no-first-run', '--disable-dev-shm-usage'],
  })
  return running
}

export const closeBrowser = async (): Promise<void> => {
  await (await running)?.close()
  running = undefined
}
