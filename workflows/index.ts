/** One export per workflow: the names Temporal keeps for ever. */
export { order } from './order'
export { registryPoll } from './registry-poll'
