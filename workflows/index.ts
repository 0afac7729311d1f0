/** One export per workflow: the names Temporal keeps for ever. */
export { bank } from './bank'
export { billingRun } from './billing-run'
export { collection } from './collection'
export { documentCorrection } from './document-correction'
export { invariantCheck } from './invariants'
export { order } from './order'
export { registryPoll } from './registry-poll'
