import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Everything that a run keeps: databases, logs, secrets. `npm start -- --reset` empties it. Another folder is another house. */
export const dataFolder = resolve(root, process.env['KONTOR_DATA'] || '.data')

/** What is big and the same for every clone of this user: downloaded or built servers, by version. */
export const cacheFolder =
  process.env['KONTOR_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kontor')
