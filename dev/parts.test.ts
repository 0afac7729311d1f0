import { expect, test } from '@jest/globals'
import { addingUp, runParts } from './parts'

const program = (text: string) => addingUp(process.execPath, ['-e', text])

test('a proof is what its last line says', async () => {
  expect(await program(`console.log('1 passed, 9 failed'); console.log('12 passed, 0 failed')`)).toEqual({
    passed: 12,
    failed: 0,
  })
})

test('a proof that ends badly has failed, whatever it says', async () => {
  expect(await program(`console.log('12 passed, 0 failed'); process.exitCode = 3`)).toEqual({ passed: 12, failed: 1 })
  await expect(program(`console.log('all is well')`)).rejects.toThrow(/without a line/)
})

test('parts are added up; one that throws is a failure and the others still run', async () => {
  const parts = [
    { name: 'throws', run: () => Promise.reject(new Error('as it should')) },
    { name: 'counts', run: () => Promise.resolve({ passed: 5, failed: 2 }) },
    { name: 'is one', run: () => Promise.resolve() },
  ]
  expect(await runParts(parts, 2)).toEqual({ passed: 6, failed: 3 })
})
