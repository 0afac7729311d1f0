import { expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig as readApiConfig } from '../api/config'
import { readConfig as readSandboxConfig } from '../sandbox/config'
import { readConfig as readWorkerConfig } from '../worker/config'
import { composeVariables, variables, type Variable } from './environment'
import { root } from './paths'

const row = ([name, { readers, fallback, meaning, secret }]: [string, Variable]): string =>
  `| \`${name}\` | ${readers.join(', ')} | ${fallback === undefined ? 'required' : fallback === '' ? 'empty' : `\`${fallback}\``} | ${meaning}${secret ? ' (secret)' : ''} |`

test('README names every environment variable, as dev/environment.ts has it', () => {
  const told = readFileSync(join(root, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+` \|/.test(line))
  expect(told).toEqual(Object.entries<Variable>({ ...variables, ...composeVariables }).map(row))
})

const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n')

/** NAME=value of the lines that begin with `mark`. */
const given = (mark: string): Record<string, string> =>
  Object.fromEntries(
    lines('.env.example').flatMap((line) => {
      const [, name, value] = new RegExp(`^${mark}([A-Z_]+)=(.*)$`, 'u').exec(line) ?? []
      return name === undefined ? [] : [[name, value ?? '']]
    }),
  )
/** What docker-compose.yml sets for api and worker alike, with what .env gives put in. */
const composed = (env: Record<string, string>): Record<string, string> => {
  const compose = lines('docker-compose.yml')
  const from = compose.findIndex((line) => line.startsWith('x-environment:'))
  const block = compose.slice(from + 1, compose.indexOf('', from))
  const set = block.map((line) => {
    const [, name = '', value = ''] = /^ {2}([A-Z_]+): (.*)$/u.exec(line) ?? []
    return [name, value.replace(/\$\{([A-Z_]+)(?::[-?]([^}]*))?\}/gu, (_, key: string, other = '') => env[key] || String(other))]
  })
  return { ...env, ...(Object.fromEntries(set) as Record<string, string>) }
}

const asked = given('')
const optional = given('# ')
const sandbox = given('#sandbox ')
/** What the file leaves to whoever fills it in. */
const filledIn = (env: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value || `smtp://${name.toLowerCase()}.example/of-32-characters-at-least`]),
  )

test('.env.example and docker-compose.yml together give api and worker every variable, with the defaults that hold', () => {
  const known = Object.entries<Variable>(variables)
  const inReadme = { ...variables, ...composeVariables }
  expect(Object.keys({ ...asked, ...optional, ...sandbox }).filter((name) => !(name in inReadme))).toEqual([])
  expect(Object.keys(composeVariables).filter((name) => !(name in asked))).toEqual([])
  const all = composed({ ...optional, ...sandbox, ...asked })
  const ours = known.filter(([, { readers }]) => readers.includes('api') || readers.includes('worker'))
  // where the api listens in its container is compose's own business
  expect(ours.filter(([name]) => !(name in all) && name !== 'HOST').map(([name]) => name)).toEqual([])
  const without = composed(asked)
  const required = ours.filter(([, { fallback }]) => fallback === undefined)
  expect(required.filter(([name]) => !(name in without)).map(([name]) => name)).toEqual([])
  const elsewhere = { TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_UI_URL: 'http://localhost:3003' }
  for (const [name, value] of Object.entries(optional))
    expect([name, value]).toEqual([name, { ...elsewhere }[name] ?? (variables as Record<string, Variable>)[name]?.fallback])
})

test('what looks at a production house in a container starts nothing of the new release beside it: no migration', () => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
  expect(compose).toMatch(/^ {2}worker:\n(?: {4}.*\n)*? {4}depends_on:\n {6}migrate:/mu)
  const [replay] = lines('CONTRIBUTING.md').filter((line) => line.includes('worker/replay-open.ts'))
  expect(replay).toContain('`docker compose run --rm --no-deps worker node')
})

test('filled in, .env.example starts api, worker and, with its sandbox part, sandbox; without the registries’ file they say so', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-env-'))
  try {
    for (const env of [filledIn(asked), filledIn({ ...asked, ...sandbox })]) {
      const all = { NODE_ENV: 'production' as const, ...composed(env) }
      const away = { ...all, KONTOR_REGISTRIES: join(dir, 'away.json') }
      for (const read of [readApiConfig, readWorkerConfig])
        expect(() => read(away)).toThrow(/away\.json, and no such file is there/u)
      const there = { ...all, KONTOR_REGISTRIES: join(dir, 'registries.json') }
      writeFileSync(there.KONTOR_REGISTRIES, '[]')
      expect(readApiConfig(there)).toMatchObject({ BASE_URL: 'http://localhost:3000', registries: [] })
      expect(readWorkerConfig(there)).toMatchObject({ TEMPORAL_ADDRESS: 'temporal:7233', registries: [] })
    }
    const all = { NODE_ENV: 'production' as const, ...composed(filledIn({ ...asked, ...sandbox })) }
    const { bankToken, lettersToken, paypal } = readSandboxConfig(all)
    const { BANK_TOKEN, LETTERS_TOKEN, PAYPAL_CLIENT_ID } = readWorkerConfig({
      ...all,
      KONTOR_REGISTRIES: join(dir, 'registries.json'),
    })
    expect([bankToken, lettersToken, paypal.clientId]).toEqual([BANK_TOKEN, LETTERS_TOKEN, PAYPAL_CLIENT_ID])
  } finally {
    rmSync(dir, { recursive: true })
  }
})
