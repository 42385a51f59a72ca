/** What a server says of a tool's effects. Hints: a server may say anything. */
import { isRecord } from '../contract/json-rpc.js'

/** Each by both of its names: as people say it, and as MCP calls it. */
export interface ToolAnnotations {
  readonly readOnly: boolean
  readonly readOnlyHint: boolean
  readonly destructive: boolean
  readonly destructiveHint: boolean
  readonly idempotent: boolean
  readonly idempotentHint: boolean
  readonly openWorld: boolean
  readonly openWorldHint: boolean
}

/**
 * What is not said is as the specification has it: not read-only, destructive, not idempotent, open world.
 *
 * @see MCP 2025-11-25, schema, ToolAnnotations
 */
export function readAnnotations(annotations: unknown): ToolAnnotations {
  const said = isRecord(annotations) ? annotations : {}
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = said[name]
    return typeof value === 'boolean' ? value : otherwise
  }
  const readOnly = flag('readOnlyHint', false)
  // The destructive hint means something only for tools that change anything.
  const destructive = !readOnly && flag('destructiveHint', true)
  const idempotent = flag('idempotentHint', false)
  const openWorld = flag('openWorldHint', true)
  return {
    readOnly,
    readOnlyHint: readOnly,
    destructive,
    destructiveHint: destructive,
    idempotent,
    idempotentHint: idempotent,
    openWorld,
    openWorldHint: openWorld,
  }
}

const unsaid = readAnnotations(undefined)

export interface KnownAnnotations {
  of(server: string, tool: string | undefined): ToolAnnotations
  /** Notes what a list of a server says. Tools that are not in it stay as they were. */
  note(server: string, tools: readonly unknown[]): void
  forget(server: string): void
}

const maxTools = 50_000

export function createKnownAnnotations(): KnownAnnotations {
  const servers = new Map<string, Map<string, ToolAnnotations>>()
  let count = 0
  return {
    of: (server, tool) => (tool === undefined ? unsaid : (servers.get(server)?.get(tool) ?? unsaid)),
    note: (server, tools) => {
      const known = servers.get(server) ?? new Map<string, ToolAnnotations>()
      servers.set(server, known)
      for (const tool of tools) {
        if (!isRecord(tool) || typeof tool['name'] !== 'string') continue
        if (!known.has(tool['name'])) {
          // Beyond the bound nothing is known, and what is not known counts as destructive.
          if (count >= maxTools) continue
          count++
        }
        known.set(tool['name'], readAnnotations(tool['annotations']))
      }
    },
    forget: (server) => {
      count -= servers.get(server)?.size ?? 0
      servers.delete(server)
    },
  }
}
