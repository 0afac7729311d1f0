/**
 * Every live `patched()` id: why it exists and when it may go. A shipped workflow is changed only behind one of these, until no history
 * recorded before it is open any more (CONTRIBUTING.md, "Changing a workflow that has shipped").
 */
export const patches = {
  'refund-retry-unparks': {
    why: 'A refund that is tried again stayed parked meanwhile: it could be given up while its money was going out, and its page showed the old refusal.',
    since: '0.3.0',
    mayGo: 'when no refund begun before 0.3.0 is open',
  },
} as const satisfies Record<string, { why: string; since: string; mayGo: string }>
