/** The name Temporal keeps for ever. */
export const invariantCheckWorkflow = 'invariantCheck'
/** The schedule that starts it; Temporal adds the instant to the workflow's id. */
export const invariantSchedule = 'invariants-hourly'
export const invariantCheckId = 'invariant-check'
