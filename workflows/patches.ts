/**
 * Every live `patched()` id: why it exists and when it may go. A shipped workflow is changed only behind one of these, until no history
 * recorded before it is open any more (CONTRIBUTING.md, "Changing a workflow that has shipped").
 */
export const patches = {} as const satisfies Record<string, { why: string; since: string; mayGo: string }>
