import { expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { variables, type Variable } from './environment'
import { root } from './paths'

const row = ([name, { readers, fallback, meaning, secret }]: [string, Variable]): string =>
  `| \`${name}\` | ${readers.join(', ')} | ${fallback === undefined ? 'required' : fallback === '' ? 'empty' : `\`${fallback}\``} | ${meaning}${secret ? ' (secret)' : ''} |`

test('README names every environment variable, as dev/environment.ts has it', () => {
  const told = readFileSync(join(root, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
  expect(told).toEqual(Object.entries<Variable>(variables).map(row))
})
