/** The built-in engine as it is configured: loaded when there are policies, replaced as a whole when they change. */
import { preparePolicySet, ofPhase, type Judgement, type PolicySet, type Question } from './cedar-engine.js'
import {
  compilePolicies,
  type Cedar,
  type CompiledPolicy,
  type PolicyProblem,
  type PolicySource,
} from './compile-policies.js'

interface Loaded {
  readonly request: PolicySet
  readonly result: PolicySet
}

/** What the policies need to know of a call. */
export interface PolicyNeeds {
  readonly detections: boolean
  readonly annotations: boolean
}

export interface PolicyEngine {
  /** Takes other policies. Calls wait until they are ready. */
  configure(policies: readonly PolicySource[]): void
  /** Undefined where there are no policies. @throws Error where they cannot be made ready */
  needs(phase: 'request' | 'result'): Promise<PolicyNeeds | undefined>
  /** By the policies as they are now. @throws Error where they cannot be made ready */
  judge(phase: 'request' | 'result', question: Question): Judgement
  /** Whether any policy is about results of this tool; of some tool of the server, where none is named. */
  judgesResults(server: string, tool: string | undefined): boolean
  readonly usesAnnotations: boolean
  readonly usesDetections: boolean
  /** Resolves when the policies are ready, or cannot be. */
  ready(): Promise<void>
  check(policies: readonly PolicySource[]): Promise<readonly PolicyProblem[]>
  /** Judges by other policies, one piece of work at a time. @throws PoliciesWrong */
  tryOut<T>(policies: readonly PolicySource[], work: (set: PolicySet) => Promise<T>): Promise<T>
}

export class PoliciesWrong extends Error {
  constructor(readonly problems: readonly PolicyProblem[]) {
    super(problems.map(({ policy, line, message }) => `${policy}, line ${line}: ${message}`).join('; '))
  }
}

let cedar: Promise<Cedar> | undefined

function loadCedar(): Promise<Cedar> {
  cedar ??= import('@cedar-policy/cedar-wasm/nodejs')
  return cedar
}

export function createPolicyEngine(): PolicyEngine {
  return new LoadingEngine()
}

class LoadingEngine implements PolicyEngine {
  private loaded: Loaded | undefined
  private failure: Error | undefined
  private loading: Promise<void> = Promise.resolve()
  /** The policies as text, to tell whether others are given; empty where there are none. */
  private configuration = ''
  private generation = 0
  private trying: Promise<unknown> = Promise.resolve()

  configure(policies: readonly PolicySource[]): void {
    const wanted = policies.length === 0 ? '' : JSON.stringify(policies.map(({ name, text }) => [name, text]))
    if (wanted === this.configuration) return
    this.configuration = wanted
    if (wanted !== '') {
      this.loading = this.load(policies, wanted)
      return
    }
    this.loaded = undefined
    this.failure = undefined
  }

  async needs(phase: 'request' | 'result'): Promise<PolicyNeeds | undefined> {
    if (this.configuration !== '') await this.loading
    if (this.configuration === '') return undefined
    const set = this.current()[phase]
    return set.policies.length === 0 ? undefined : set.use
  }

  judge(phase: 'request' | 'result', question: Question): Judgement {
    if (this.configuration === '') return { outcome: 'allow', policies: [] }
    return this.current()[phase].judge(question)
  }

  judgesResults(server: string, tool: string | undefined): boolean {
    const isAbout = ({ effect, about }: CompiledPolicy): boolean =>
      effect === 'forbid' &&
      (about === undefined ||
        (about.server === server && (tool === undefined || about.tool === undefined || about.tool === tool)))
    return this.loaded?.result.policies.some(isAbout) ?? false
  }

  get usesAnnotations(): boolean {
    const { loaded } = this
    return loaded !== undefined && (loaded.request.use.annotations || loaded.result.use.annotations)
  }

  get usesDetections(): boolean {
    const { loaded } = this
    return loaded !== undefined && (loaded.request.use.detections || loaded.result.use.detections)
  }

  ready(): Promise<void> {
    return this.loading
  }

  async check(policies: readonly PolicySource[]): Promise<readonly PolicyProblem[]> {
    return compilePolicies(await loadCedar(), policies).problems
  }

  tryOut<T>(policies: readonly PolicySource[], work: (set: PolicySet) => Promise<T>): Promise<T> {
    const result = this.trying.then(async () => {
      const module = await loadCedar()
      const compiled = compilePolicies(module, policies)
      if (compiled.problems.length > 0) throw new PoliciesWrong(compiled.problems)
      return work(preparePolicySet(module, 'tried-out', ofPhase(compiled.policies, 'request')))
    })
    this.trying = result.catch(() => undefined)
    return result
  }

  private async load(policies: readonly PolicySource[], wanted: string): Promise<void> {
    try {
      const module = await loadCedar()
      if (wanted !== this.configuration) return
      const compiled = compilePolicies(module, policies)
      if (compiled.problems.length > 0) throw new PoliciesWrong(compiled.problems)
      // Two names for each: what is in use is not overwritten while the next is made ready.
      const name = this.generation++ % 2 === 0 ? 'a' : 'b'
      this.loaded = {
        request: preparePolicySet(module, `request-${name}`, ofPhase(compiled.policies, 'request')),
        result: preparePolicySet(module, `result-${name}`, ofPhase(compiled.policies, 'result')),
      }
      this.failure = undefined
    } catch (error) {
      if (wanted !== this.configuration) return
      this.loaded = undefined
      this.failure = error instanceof Error ? error : new Error('the policies cannot be made ready')
    }
  }

  /** @throws Error where the policies cannot be made ready */
  private current(): Loaded {
    if (this.failure !== undefined) throw this.failure
    if (this.loaded === undefined) throw new Error('the policies are not ready')
    return this.loaded
  }
}
