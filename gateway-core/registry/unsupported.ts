/** What a profile may say that this version cannot do yet. It is kept and exported as written. */
import type { ResolvedServer } from '../contract/resolved-server.js'

/** Everything of a server that this version leaves undone, one sentence each. */
export function unsupportedWarnings(server: ResolvedServer): readonly string[] {
  const at = `mcpServers.${server.slug}`
  const warnings: string[] = []
  return warnings
}
