// The journeys: the same jest as the other tests', in a house that run.ts has opened.
import house from '../jest.config.js'

const { globalSetup: _setup, globalTeardown: _teardown, ...same } = house

/** @type {import('jest').Config} */
export default {
  ...same,
  rootDir: '..',
  roots: ['<rootDir>/e2e'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 400_000,
  // people wait more than they work: for registries, mails, the time in which an order can be taken back
  maxWorkers: 3,
}
