/** What an operation of the control API answered when it did not do what it was asked. */
import type { Problem } from './generated/index.js'

/** `no_answer`: the gateway was not reached. The others are the gateway's closed set. */
export type ProblemCode = Problem['code'] | 'no_answer'

/** Every query and mutation fails with this. `message` is for people; it never holds a secret. */
export class ApiProblem extends Error {
  readonly code: ProblemCode
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  /** What the reader can do about it, as one imperative sentence. */
  readonly fix: string | undefined
  /** Invalid fields of the input. */
  readonly errors: NonNullable<Problem['errors']>

  constructor(problem: Omit<Problem, 'code' | 'type'> & { readonly code: ProblemCode }) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiProblem'
    this.code = problem.code
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.fix = problem.fix
    this.errors = problem.errors ?? []
  }

  /** What is wrong with one field of the input, by its dotted path; undefined where nothing is. */
  fieldError(path: string): string | undefined {
    return this.errors.find((error) => error.path === path)?.message
  }
}

/**
 * Makes a problem of whatever was thrown or answered.
 * @param answered the parsed body of a failed answer, or what was thrown
 * @param status 0 where there was no answer
 */
export function problemOf(answered: unknown, status: number): ApiProblem {
  if (answered instanceof ApiProblem) return answered
  if (isProblem(answered)) return new ApiProblem(answered)
  if (status === 0)
    return new ApiProblem({ code: 'no_answer', status, title: 'The gateway does not answer.', fix: 'Start it again.' })
  return new ApiProblem({ code: 'internal', status, title: `The gateway answered ${status}.` })
}

/** Whether something thrown only says that nobody waits for the answer any more. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError'
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'code' in value && 'status' in value
}
