export const registryPollWorkflow = 'registryPoll'
/** registry-poll:sandbox-de */
export const registryPollWorkflowId = (registryId: string): string => `registry-poll:${registryId}`

export interface RegistryPollInput {
  registryId: string
}
