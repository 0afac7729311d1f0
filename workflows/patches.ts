/**
 * Every live `patched()` id: why it exists and when it may go. A shipped workflow is changed only behind one of these, until no history
 * recorded before it is open any more (CONTRIBUTING.md, "Changing a workflow that has shipped").
 */
export const patches = {
  'retry-unparks': {
    why: 'What is tried again stayed parked meanwhile: a refund could be given up while its money was going out, and pages showed the old refusal.',
    since: '0.3.0',
    mayGo: 'when no payment, refund, dispute or removal of a card begun before 0.3.0 is open',
  },
  'letters-come-back': {
    why: 'Every case hears of mails and letters that came back. While old and new workers run side by side an old one takes the signal to no effect, and that history must replay.',
    since: '0.3.0',
    mayGo: 'when no worker of before 0.3.0 has run for as long as the oldest open case',
  },
  'run-out-page': {
    why: 'A payment page that had run out was forgotten for a new one: who had paid in its last second, before the webhook came, was asked to pay again.',
    since: '0.3.0',
    mayGo: 'when no order that waits for payment since before 0.3.0 is open',
  },
  'early-report-rests': {
    why: 'A registry that told of a name before its own answer knew of it was asked again without rest.',
    since: '0.3.0',
    mayGo: 'when no order begun before 0.3.0 waits for a registry’s decision',
  },
} as const satisfies Record<string, { why: string; since: string; mayGo: string }>
