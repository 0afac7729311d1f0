/** The name Temporal keeps for ever. */
export const collectionStartWorkflow = 'collectionStart'

/** The daily one is collection-start:daily-<instant>; that of a billing run collection-start:billing:2026-12-01. */
export const collectionStartId = (runId = 'daily'): string => `collection-start:${runId}`

export interface CollectionStartInput {
  /** only the invoices of this billing run */
  runId?: string
}

/** `known`: begun before, so that they were left as they are */
export interface CollectionStartAnswer {
  begun: number
  known: number
}
