/** Which URLs of the gateway a token may be for (RFC 8707). */
import type { OfferedServer } from './sign-in-ports.js'

export interface Resource {
  /** Empty for all servers as one. */
  readonly slug: string
  readonly isInteractive: boolean
}

/** @returns undefined where the resource is none of this gateway's */
export function serverOf(issuer: string, resource: string, offered: readonly OfferedServer[]): Resource | undefined {
  if (resource === `${issuer}/mcp`)
    return offered.some(({ isMember }) => isMember)
      ? { slug: '', isInteractive: offered.some((server) => server.isInteractive && server.isMember) }
      : undefined
  const prefix = `${issuer}/mcp/`
  if (!resource.startsWith(prefix)) return undefined
  const found = offered.find(({ slug }) => slug === resource.slice(prefix.length))
  return found && { slug: found.slug, isInteractive: found.isInteractive }
}
