/** How far a caller's key, or what a person allowed an agent, reaches: which servers, and which of their tools by the servers' own names. Pure. */
import { matchesGlob } from '../contract/glob.js'

/** Undefined parts are without bound. */
export interface Reach {
  readonly id: string
  readonly servers?: readonly string[]
  readonly tools?: readonly string[]
}

export function reachesServer(reach: Reach | undefined, slug: string): boolean {
  return reach?.servers === undefined || reach.servers.includes(slug)
}

export function reachesTool(reach: Reach | undefined, slug: string, tool: string): boolean {
  if (reach?.tools === undefined) return true
  return reach.tools.some((pattern) => matchesGlob(pattern, pattern.includes('/') ? `${slug}/${tool}` : tool))
}

/** Which tools of a server a caller reaches; undefined where it reaches all. */
export function toolReach(reach: Reach | undefined, slug: string): ((tool: string) => boolean) | undefined {
  return reach?.tools === undefined ? undefined : (tool) => reachesTool(reach, slug, tool)
}
