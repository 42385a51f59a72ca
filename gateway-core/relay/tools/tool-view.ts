/**
 * How a server's tools look to agents: which of them are shown, under which names, with which words. Pure.
 *
 * Settings, key patterns and Shield's policies name a tool as its server does. A name that agents see means something on
 * the way in and on the way out only, so that renaming a tool never changes what somebody may do.
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
   * The server's own name for one that an agent used; undefined where it is hidden or unknown.
   *
   * @param known the server's tools as last listed, and the same array while they are the same. Without them a tool that
   *   the settings do not mention is taken to exist, and no renaming to collide.
   */
  toServer(name: string, known?: readonly unknown[]): string | undefined
  /** The name that agents see; undefined where they see none. */
  toAgent(name: string, known?: readonly unknown[]): string | undefined
}

/** Both ways for the tools that are renamed; every other shown tool keeps its name. */
interface Renames {
  readonly toAgent: ReadonlyMap<string, string>
  readonly toServer: ReadonlyMap<string, string>
  /** Undefined where the server's tools are not known. */
  readonly names: ReadonlySet<string> | undefined
  readonly problems: readonly string[]
}

export function compileToolView(settings: ToolSettings): ToolView {
  const byName = new Map(Object.entries(settings.tools ?? {}))
  const isHidden = (name: string): boolean => {
    const hidden = byName.get(name)?.hidden
    if (hidden !== undefined) return hidden
    return settings.shown !== undefined && !settings.shown.some((pattern) => matchesGlob(pattern, name))
  }
  const wishes = new Map<string, string>()
  for (const [name, { rename }] of byName)
    if (rename !== undefined && rename !== name && !isHidden(name)) wishes.set(name, rename)

  const withoutList = resolveRenames(wishes, isHidden, undefined)
  const byList = new WeakMap<readonly unknown[], Renames>()
  const renamesFor = (known: readonly unknown[] | undefined): Renames => {
    if (known === undefined) return withoutList
    const made = byList.get(known) ?? resolveRenames(wishes, isHidden, namesOf(known))
    byList.set(known, made)
    return made
  }
  const toAgent = (name: string, renames: Renames): string | undefined => {
    if (isHidden(name) || renames.names?.has(name) === false) return undefined
    return renames.toAgent.get(name) ?? name
  }
  return {
    listed: (tools, mayUse) => {
      const renames = renamesFor(tools)
      const shown = tools.filter(isListedTool).flatMap((tool) => {
        const name = toAgent(tool.name, renames)
        if (name === undefined || mayUse?.(tool.name) === false) return []
        const description = byName.get(tool.name)?.description
        if (name === tool.name && description === undefined) return [tool]
        return [{ ...tool, name, ...(description === undefined ? {} : { description }) }]
      })
      return { tools: shown, problems: renames.problems }
    },
    toServer: (name, known) => {
      const renames = renamesFor(known)
      const renamed = renames.toServer.get(name)
      if (renamed !== undefined) return renamed
      return toAgent(name, renames) === name ? name : undefined
    },
    toAgent: (name, known) => toAgent(name, renamesFor(known)),
  }
}

/**
 * Which renamings hold. A tool that keeps its name wins over one that would take it, and the earlier setting over a later
 * one. A renaming that fails makes its tool keep its name in turn, so this goes on until nothing changes.
 */
function resolveRenames(
  wishes: ReadonlyMap<string, string>,
  isHidden: (name: string) => boolean,
  names: ReadonlySet<string> | undefined,
): Renames {
  const problems: string[] = []
  const open = new Map([...wishes].filter(([name]) => names?.has(name) !== false))
  const isKept = (name: string): boolean => !open.has(name) && !isHidden(name) && (names?.has(name) ?? wishes.has(name))
  let toServer = new Map<string, string>()
  for (let changed = true; changed;) {
    changed = false
    toServer = new Map()
    for (const [name, target] of open) {
      const holder = isKept(target) ? target : toServer.get(target)
      if (holder === undefined) toServer.set(target, name)
      else {
        open.delete(name)
        problems.push(renameProblem(name, target, holder))
        changed = true
      }
    }
  }
  return { toAgent: open, toServer, names, problems }
}

function renameProblem(name: string, target: string, holder: string): string {
  const whose = holder === target ? 'which is a tool of this server' : `as ${JSON.stringify(holder)} already is`
  return `${JSON.stringify(name)} keeps its name: it cannot be renamed to ${JSON.stringify(target)}, ${whose}.`
}

export function isListedTool(tool: unknown): tool is ListedTool {
  return typeof tool === 'object' && tool !== null && 'name' in tool && typeof tool.name === 'string'
}

function namesOf(tools: readonly unknown[]): ReadonlySet<string> {
  return new Set(tools.filter(isListedTool).map((tool) => tool.name))
}
