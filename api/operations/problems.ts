import type { Said } from '../../workflows/policy/said'
import { said } from '../../workflows/policy/said'
import type { Problem, RightName, Section } from './types'

/** The only errors an operation throws on purpose. Anything else is a fault of ours: 500, logged, its text never shown. */
export class OperationProblem extends Error {
  override readonly name = 'OperationProblem'
  constructor(
    readonly problem: Problem,
    /** for the log, never for the person */
    cause?: unknown,
  ) {
    super(problem.problem, { cause })
  }
}

/** 401: somebody has to log in first. */
export class Unauthenticated extends OperationProblem {
  constructor() {
    super({ problem: 'unauthenticated', status: 401, reason: said('problem.unauthenticated') })
  }
}

/** 403: names the section asked for and the sections that are open to this person. */
export class Forbidden extends OperationProblem {
  constructor(section: Section | null, right: RightName, open: Section[]) {
    super({
      problem: 'forbidden',
      status: 403,
      reason: said('problem.forbidden', section ? { section, right } : { right }),
      section,
      right,
      open,
    })
  }
}

/** 403: a request that may only look (a GET, or a form without a good token) wanted to change something. */
export class LookOnly extends OperationProblem {
  constructor() {
    super({ problem: 'csrf', status: 403, reason: said('problem.csrf') })
  }
}

/** 404: not there, or not this person's: the two can't be told apart from outside. */
export class NotFound extends OperationProblem {
  constructor() {
    super({ problem: 'not-found', status: 404, reason: said('problem.not-found') })
  }
}

/** 400: what to mend, by field ('email', 'holder.postcode'); '' is the form as a whole. */
export class Invalid extends OperationProblem {
  constructor(fields: Record<string, Said>) {
    super({ problem: 'invalid', status: 400, reason: said('problem.invalid'), fields })
  }
}

/** 429: too often; when to try again. */
export class TooMany extends OperationProblem {
  constructor(retryAfterSeconds: number) {
    super({
      problem: 'too-many',
      status: 429,
      reason: said('problem.too-many', { minutes: Math.max(1, Math.ceil(retryAfterSeconds / 60)) }),
      retryAfterSeconds,
    })
  }
}

/** 503: a part of the house does not answer; nothing is lost, asking again is safe. */
export class Unavailable extends OperationProblem {
  constructor(reason: Said = said('problem.unavailable'), cause?: unknown) {
    super({ problem: 'unavailable', status: 503, reason, retryAfterSeconds: 10 }, cause)
  }
}

export const problemOf = (error: unknown): Problem | undefined => (error instanceof OperationProblem ? error.problem : undefined)
