/** How far a gateway key reaches: which servers, and which of their tools by the servers' own names. Pure. */
import { matchesGlob } from '../contract/glob.js'
import type { GatewayKey } from '../vault/vault.js'

export function reachesServer(key: GatewayKey | undefined, slug: string): boolean {
  return key?.servers === undefined || key.servers.includes(slug)
}

export function reachesTool(key: GatewayKey | undefined, slug: string, tool: string): boolean {
  if (key?.tools === undefined) return true
  return key.tools.some((pattern) => matchesGlob(pattern, pattern.includes('/') ? `${slug}/${tool}` : tool))
}

/** Which tools of a server a key reaches; undefined where it reaches all. */
export function toolReach(key: GatewayKey | undefined, slug: string): ((tool: string) => boolean) | undefined {
  return key?.tools === undefined ? undefined : (tool) => reachesTool(key, slug, tool)
}
