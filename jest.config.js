// ES modules through swc. Needs NODE_OPTIONS=--experimental-vm-modules, which `npm test` and `npm run test:unit` set.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folders = ['workflows', 'activities', 'worker', 'api', 'web', 'prisma', 'sandbox', 'dev']

const swc = (tsx) => [
  '@swc/jest',
  {
    swcrc: false,
    module: { type: 'es6' },
    sourceMaps: 'inline',
    jsc: { target: 'es2022', parser: { syntax: 'typescript', tsx }, transform: { react: { runtime: 'automatic' } } },
  },
]

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/dev/jest-setup.js',
  globalTeardown: '<rootDir>/dev/jest-teardown.js',
  setupFiles: ['<rootDir>/dev/jest-seed.ts'],
  roots: folders
    .filter((folder) => existsSync(fileURLToPath(new URL(folder, import.meta.url))))
    .map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/build/', '<rootDir>/.data/', '<rootDir>/e2e/'],
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/.data/'],
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json', 'node'],
  // what only Vite can load: styles, and the addresses of files
  moduleNameMapper: { '\\.css$': '<rootDir>/dev/fixtures/asset.ts', '\\.woff2$': '<rootDir>/dev/fixtures/asset.ts' },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.ts$': swc(false), '^.+\\.tsx$': swc(true) },
  testTimeout: 60_000,
  maxWorkers: 2,
}
