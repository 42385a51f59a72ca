/**
 * Scopes that servers asked for beside those that are configured for a client. Kept while they are of use, so that not each
 * call has to be refused first; asked for twice at most in ten minutes.
 */
import { StepUps } from './authorization/step-ups.js'

const maxKept = 1000

export class WiderScopes {
  /** By server and rule. */
  private readonly kept = new Map<string, readonly string[]>()
  private readonly stepUps = new StepUps()

  /** Beside those that are configured. */
  of(slug: string, rule: string): readonly string[] {
    return this.kept.get(keyOf(slug, rule)) ?? []
  }

  /**
   * @param all that are asked for
   * @returns whether they may be asked for once more
   */
  allow(slug: string, rule: string, all: readonly string[]): boolean {
    return this.stepUps.allow(keyOf(slug, rule), all)
  }

  keep(slug: string, rule: string, scopes: readonly string[]): void {
    const [oldest] = this.kept.keys()
    if (this.kept.size >= maxKept && oldest !== undefined) this.kept.delete(oldest)
    this.kept.set(keyOf(slug, rule), scopes)
  }

  drop(slug: string, rule: string): void {
    this.kept.delete(keyOf(slug, rule))
  }

  forgetServer(slug: string): void {
    for (const key of [...this.kept.keys()]) if (key.startsWith(`${slug} `)) this.kept.delete(key)
  }
}

/** No slug holds a space. */
function keyOf(slug: string, rule: string): string {
  return `${slug} ${rule}`
}
