/**
 * A letter service of our own with a memory: it takes PDFs over HTTP, prints and posts them on its own clock, and says what they cost. The house reaches it under
 * /v1 with its token; testers under the rest.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import express, { type Router } from 'express'
import { z } from 'zod'
import { Behaviour, Recipient, type KeptLetter, type LettersBehaviour, type LettersState } from './control'
import { addressProblem, lookAt, priceOf, progressOf } from './rules'

export type * from './control'

const Submission = z.object({ recipient: Recipient, pdf: z.base64().max(8_000_000) })
type Submission = z.infer<typeof Submission>

type Answer = { status: 200 | 201; letter: LettersState['letters'][number] } | { status: 409 | 422; code: string; error: string }

export interface LettersSandbox {
  readonly router: Router
  state(): LettersState
  /** As the house would hand it over. */
  submit(key: string, submission: Submission): Answer
  /** So many minutes go by on the service's clock. */
  passMinutes(minutes: number): void
  pdf(reference: string): Buffer | undefined
  behave(change: Partial<LettersBehaviour>): LettersBehaviour
  close(): void
}

type JournalLine = { letter: KeptLetter } | { minutes: number }

export function openLettersSandbox({
  dir,
  token,
  now = () => new Date(),
}: {
  dir: string
  /** what the house shows to be let in */
  token: string
  now?: () => Date
}): LettersSandbox {
  mkdirSync(join(dir, 'pdf'), { recursive: true })
  const letters = new Map<string, KeptLetter>()
  let ahead = 0
  let behaviour: LettersBehaviour = { down: false, dropAfterActing: 0 }
  const take = (line: JournalLine): void => {
    if ('letter' in line) letters.set(line.letter.key, line.letter)
    else ahead += line.minutes
  }

  const path = join(dir, 'journal.jsonl')
  if (existsSync(path)) {
    const bytes = readFileSync(path)
    const end = bytes.lastIndexOf(10) + 1
    // a line that a crash cut off was never answered
    if (end < bytes.length) truncateSync(path, end)
    for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') take(JSON.parse(line) as JournalLine)
  }
  const journal = openSync(path, 'a')
  const keep = (line: JournalLine): void => {
    writeSync(journal, `${JSON.stringify(line)}\n`)
    fsyncSync(journal)
    take(line)
  }

  const clock = (): number => now().getTime() + ahead * 60_000
  const shown = ({ digest: _digest, ...letter }: KeptLetter): LettersState['letters'][number] => ({
    ...letter,
    progress: progressOf(letter.recipient, (clock() - Date.parse(letter.takenAt)) / 60_000),
  })

  const sandbox: Omit<LettersSandbox, 'router'> & { find(key: string): LettersState['letters'][number] | undefined } = {
    state: () => ({
      behaviour,
      letters: [...letters.values()].map(shown).reverse(),
      counts: Object.fromEntries([...letters.keys()].map((key) => [key, 1])),
    }),
    find(key) {
      const found = letters.get(key)
      return found && shown(found)
    },
    submit(key, { recipient, pdf }) {
      const content = Buffer.from(pdf, 'base64')
      const digest = createHash('sha256').update(content).update(JSON.stringify(recipient)).digest('hex')
      const before = letters.get(key)
      if (before)
        return before.digest === digest
          ? { status: 200, letter: shown(before) }
          : { status: 409, code: 'key-used', error: 'This key was used for another letter' }
      const looked = lookAt(content)
      if (looked.kind === 'refused') return { status: 422, code: looked.code, error: looked.error }
      const problem = addressProblem(recipient)
      if (problem !== undefined) return { status: 422, code: 'address', error: problem }
      const reference = `L${String(letters.size + 1).padStart(8, '0')}`
      writeFileSync(join(dir, 'pdf', `${reference}.pdf`), content)
      const { pages } = looked
      const letter: KeptLetter = {
        ...{ reference, key, digest, recipient, pages, price: priceOf(pages, recipient.country), currency: 'EUR' as const },
        takenAt: new Date(clock()).toISOString(),
      }
      keep({ letter })
      return { status: 201, letter: shown(letter) }
    },
    passMinutes: (minutes) => keep({ minutes }),
    pdf: (reference) =>
      [...letters.values()].some((letter) => letter.reference === reference)
        ? readFileSync(join(dir, 'pdf', `${reference}.pdf`))
        : undefined,
    behave(change) {
      behaviour = { ...behaviour, ...Behaviour.partial().parse(change) } as LettersBehaviour
      return behaviour
    },
    close: () => closeSync(journal),
  }
  return { ...sandbox, router: createRouter(sandbox, token) }
}

const same = (a: string, b: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function createRouter(
  service: Omit<LettersSandbox, 'router'> & { find(key: string): LettersState['letters'][number] | undefined },
  token: string,
): Router {
  const router = express.Router()

  // ── the house's line ──
  const house = express.Router()
  house.use((request, response, next) => {
    if (service.state().behaviour.down) return void request.socket.destroy()
    if (!same(request.headers.authorization ?? '', `Bearer ${token}`))
      return void response.status(401).json({ error: 'Who are you?' })
    next()
  })
  house.post('/letters', express.json({ limit: '9mb' }), (request, response) => {
    const key = request.get('idempotency-key') ?? ''
    if (!/^[\x21-\x7e]{8,200}$/.test(key))
      return void response.status(400).json({ code: 'key', error: 'Idempotency-Key is missing' })
    const read = Submission.safeParse(request.body)
    if (!read.success) return void response.status(422).json({ code: 'form', error: z.prettifyError(read.error).slice(0, 500) })
    const answer = service.submit(key, read.data)
    const { dropAfterActing } = service.state().behaviour
    if (dropAfterActing > 0) {
      service.behave({ dropAfterActing: dropAfterActing - 1 })
      return void request.socket.destroy()
    }
    if ('letter' in answer) response.status(answer.status).json(answer.letter)
    else response.status(answer.status).json({ code: answer.code, error: answer.error })
  })
  house.get('/letters', (request, response) => {
    const { key } = request.query
    const found = typeof key === 'string' ? service.find(key) : undefined
    if (found) response.json(found)
    else response.status(404).json({ error: 'No such letter' })
  })
  house.get('/letters/:reference', (request, response) => {
    const found = service.state().letters.find(({ reference }) => reference === request.params.reference)
    if (found) response.json(found)
    else response.status(404).json({ error: 'No such letter' })
  })
  router.use('/v1', house)

  // ── the tester's ──
  router.use(express.json({ limit: '64kb' }))
  router.get('/state', (_request, response) => void response.json(service.state()))
  router.get('/pdf/:reference', (request, response) => {
    const pdf = service.pdf(request.params.reference)
    if (pdf) response.type('application/pdf').send(pdf)
    else response.status(404).json({ error: 'No such letter' })
  })
  const post = (at: string, work: (body: Record<string, unknown>) => unknown): void => {
    router.post(at, (request, response) => {
      // a page of another site can send a form, but not JSON, without asking first
      if (!request.is('application/json')) return void response.status(415).json({ error: 'Send JSON' })
      const body: unknown = request.body
      try {
        response.json(work((body ?? {}) as Record<string, unknown>) ?? { done: true })
      } catch {
        response.status(400).json({ error: 'wrong' })
      }
    })
  }
  post('/minutes', ({ minutes }) => service.passMinutes(Math.min(Math.max(Math.trunc(Number(minutes)) || 1, 1), 10_000)))
  post('/behaviour', (body) => service.behave(body))
  return router
}
