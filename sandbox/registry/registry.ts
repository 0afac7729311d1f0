/** One registry at work: its rules, its memory on disk, and what a tester has told it to do wrong. */
import type { Caller, Command, Reply } from './commands'
import type { House } from './house'
import { createMemoryJournal, type Journal, openJournal } from './journal'
import { createRules } from './rules'
import { createState } from './state'

/** How a tester wants the registry to behave. Counts go down by themselves. */
export interface Behaviour {
  /** acts at once, answers this much later (ms) */
  slowMs: number
  /** acts, then closes the connection instead of answering, for the next `count` commands that change something (or of that kind, such as 'domain:create') */
  drop?: { count: number; command?: string }
  /** acts, then neither answers nor closes: a half-open connection */
  silent?: { count: number; command?: string }
  /** does not act, answers this instead; without a count to every command until it is taken back */
  answer?: { code: 2400 | 2502; count?: number; command?: string }
  /** sessions are closed and connections refused */
  down: boolean
}

export type Outcome = { kind: 'answer'; reply: Reply } | { kind: 'drop' } | { kind: 'silence' }

export interface RegistryOptions {
  house: House
  now?: () => number
  /** where to remember; without it the registry forgets at the end */
  journalFile?: string
}

const calm = (): Behaviour => ({ slowMs: 0, down: false })

export const openRegistry = async ({ house, now = Date.now, journalFile }: RegistryOptions) => {
  const state = createState()
  const journal: Journal =
    journalFile === undefined ? createMemoryJournal() : await openJournal(journalFile, (change) => state.restore(change))
  let behaviour = calm()
  let transactions = 0
  const begun = now().toString(36)
  const nextSvTRID = () => `${house.id}-${begun}-${++transactions}`

  // What one call of the rules notes down, to be safe on disk before anybody hears of it.
  let writing: Promise<void>[] = []
  const rules = createRules({
    house,
    state,
    now,
    note: (entry) =>
      writing.push(
        journal.append(
          { ...entry, at: new Date(now()).toISOString(), svTRID: entry.svTRID ?? nextSvTRID() },
          state.takeChanges(),
        ),
      ),
  })
  const safely = async <T>(act: () => T): Promise<T> => {
    const answer = act()
    const safe = writing
    writing = []
    await Promise.all(safe)
    return answer
  }
  await safely(() => rules.advance())

  /** Whether one of the tester's counted orders applies to this command; counts it. */
  const counted = (order: 'drop' | 'silent' | 'answer', command: string): boolean => {
    const standing = behaviour[order]
    if (!standing) return false
    if (standing.command !== undefined && standing.command !== command) return false
    // a registrar asks and polls all the time: an order for "the next commands" means those that change something
    if (standing.command === undefined && standing.count !== undefined && /^poll$|:(check|info)$/.test(command)) return false
    if (standing.count === undefined) return true
    if (standing.count <= 1) delete behaviour[order]
    else standing.count -= 1
    return true
  }

  return {
    house,
    rules,
    journal,
    nextSvTRID,
    behaviour: () => behaviour,
    /** Changes what is named; `undefined` takes an order back. */
    behave(change: { [K in keyof Behaviour]?: Behaviour[K] | undefined }) {
      behaviour = Object.fromEntries(
        Object.entries({ ...behaviour, ...structuredClone(change) }).filter(([, value]) => value !== undefined),
      ) as unknown as Behaviour
    },
    calmDown: () => {
      behaviour = calm()
    },
    decide: (name: string, approve: boolean, reason?: string) => safely(() => rules.decide(name, approve, reason)),
    setBalance: (clientId: string, balance: number) => safely(() => rules.setBalance(clientId, balance)),
    look: () => safely(() => rules.advance()),

    /** One command, with everything that a tester has ordered. `code` names a command for those orders: 'domain:create', 'poll'. */
    async perform(command: Command, caller: Caller): Promise<Outcome> {
      const refusing = behaviour.answer
      if (refusing && counted('answer', command.type)) return { kind: 'answer', reply: { code: refusing.code } }
      const reply = await safely(() => rules.execute(command, caller))
      if (behaviour.slowMs > 0) await new Promise((later) => setTimeout(later, behaviour.slowMs))
      if (counted('drop', command.type)) return { kind: 'drop' }
      if (counted('silent', command.type)) return { kind: 'silence' }
      return { kind: 'answer', reply }
    },

    close: () => journal.close(),
  }
}

export type Registry = Awaited<ReturnType<typeof openRegistry>>
