/**
 * How a server's tools look to agents: which of them are shown, under which names, with which words. Pure.
 *
 * Settings, key patterns and Shield's policies name a tool as its server does. A name that agents see means something on
 * the way in and on the way out only, so that renaming a tool never changes what somebody may do.
 *
 * A person's word counts for more than a server's: a tool that is renamed has its new name whatever else the server calls
 * so, now or later. The tool that had the name is not shown.
 */
import { matchesGlob } from '../../contract/glob.js'
import type { Params } from '../../contract/json-rpc.js'

export interface ToolSetting {
  readonly hidden?: boolean | undefined
  /** The name that agents see instead. */
  readonly rename?: string | undefined
  readonly description?: string | undefined
}

export interface ToolSettings {
  /** By the server's own names. */
  readonly tools?: Readonly<Record<string, ToolSetting>> | undefined
  /**
   * Globs over the server's own names: a tool that matches none is hidden, unless its setting says `hidden: false`.
   * Undefined shows every tool.
   */
  readonly shown?: readonly string[] | undefined
}

/** A tool as `tools/list` has it. */
export type ListedTool = Params & { readonly name: string }

export interface ViewedTools {
  /** In the server's order. */
  readonly tools: readonly ListedTool[]
  /** What of the settings could not be done, as sentences. */
  readonly problems: readonly string[]
}

export interface ToolView {
  /** @param mayUse asked with the server's own name; a tool that it refuses is left out */
  listed(tools: readonly unknown[], mayUse?: (tool: string) => boolean): ViewedTools
  /**
   * The server's own name for one that an agent used; undefined where it is hidden. Whether the server has the tool is
   * for the server to say: what a name means must not depend on which list was read last.
   */
  toServer(name: string): string | undefined
  /** The name that agents see; undefined where they see none. */
  toAgent(name: string): string | undefined
}

export function compileToolView(settings: ToolSettings): ToolView {
  const byName = new Map(Object.entries(settings.tools ?? {}))
  const isHidden = (name: string): boolean => {
    const hidden = byName.get(name)?.hidden
    if (hidden !== undefined) return hidden
    return settings.shown !== undefined && !settings.shown.some((pattern) => matchesGlob(pattern, name))
  }
  const { renamed, targets, conflicts } = readRenames(byName, isHidden)
  const toAgent = (name: string): string | undefined => {
    if (isHidden(name)) return undefined
    return renamed.get(name) ?? (targets.has(name) ? undefined : name)
  }
  return {
    listed: (tools, mayUse) => {
      const problems: string[] = [...conflicts]
      const shown = tools.filter(isListedTool).flatMap((tool) => {
        const name = toAgent(tool.name)
        const target = isHidden(tool.name) || renamed.has(tool.name) ? undefined : targets.get(tool.name)
        if (target !== undefined) problems.push(shadowed(tool.name, target))
        if (name === undefined || mayUse?.(tool.name) === false) return []
        const description = byName.get(tool.name)?.description
        if (name === tool.name && description === undefined) return [tool]
        return [{ ...tool, name, ...(description === undefined ? {} : { description }) }]
      })
      return { tools: shown, problems }
    },
    toServer: (name) => targets.get(name) ?? (toAgent(name) === name ? name : undefined),
    toAgent,
  }
}

/** The renamings that hold: of two that want one name, the first. */
function readRenames(
  settings: ReadonlyMap<string, ToolSetting>,
  isHidden: (name: string) => boolean,
): {
  readonly renamed: ReadonlyMap<string, string>
  readonly targets: ReadonlyMap<string, string>
  readonly conflicts: readonly string[]
} {
  const renamed = new Map<string, string>()
  const targets = new Map<string, string>()
  const conflicts: string[] = []
  for (const [name, { rename }] of settings) {
    if (rename === undefined || rename === name || isHidden(name)) continue
    const holder = targets.get(rename)
    if (holder === undefined) {
      renamed.set(name, rename)
      targets.set(rename, name)
    } else
      conflicts.push(
        `${quoted(name)} is not renamed to ${quoted(rename)}, as ${quoted(holder)} already is: give it another name.`,
      )
  }
  return { renamed, targets, conflicts }
}

function shadowed(name: string, holder: string): string {
  return `${quoted(name)} is not shown, as ${quoted(holder)} is renamed to that: rename one of them to something else.`
}

function quoted(name: string): string {
  return JSON.stringify(name)
}

export function isListedTool(tool: unknown): tool is ListedTool {
  return typeof tool === 'object' && tool !== null && 'name' in tool && typeof tool.name === 'string'
}
