import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { requireFree } from './ports'
import { isRunning, ProcessBook, stopProcess } from './processes'

const sleeper = async (mark: string) => {
  const child = spawn(process.execPath, ['-e', `/* ${mark} */ console.log('up'); setInterval(() => undefined, 1000)`])
  await once(child.stdout, 'data')
  return { child, pid: child.pid ?? 0 }
}

test('only the process that was noted is stopped, not another that has its number', async () => {
  const { child, pid } = await sleeper('somebody-else')
  await stopProcess({ name: 'worker', pid, mark: 'ours' })
  expect(isRunning({ pid, mark: 'somebody-else' })).toBe(true)
  const ended = once(child, 'exit')
  await stopProcess({ name: 'worker', pid, mark: 'somebody-else' })
  expect(isRunning({ pid, mark: 'somebody-else' })).toBe(false)
  expect(await ended).toEqual([null, 'SIGTERM'])
})

test('what a killed run has noted, the next one finds', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kontor-pids-')), 'pids.json')
  const book = new ProcessBook(file)
  book.note({ name: 'postgres', pid: 1, mark: 'a' })
  book.note({ name: 'worker', pid: 2, mark: 'b' })
  book.note({ name: 'worker', pid: 3, mark: 'b' })
  book.forget('postgres')
  expect(new ProcessBook(file).entries).toEqual([{ name: 'worker', pid: 3, mark: 'b' }])
})

test('a taken port is named, with who has it and what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(requireFree({ web: port })).rejects.toThrow(
    new RegExp(`Port ${port} \\(the pages\\) is taken by[^]*--port ${port + 1000}`),
  )
  server.close()
  await once(server, 'close')
  await expect(requireFree({ web: port })).resolves.toBeUndefined()
})
