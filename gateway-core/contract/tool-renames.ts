/** Names that tools are given: no two tools that are shown may have one name, or agents could not call both. Pure. */
import { matchesGlob } from './glob.js'

interface ToolNames {
  readonly tools?: Readonly<
    Record<string, { readonly hidden?: boolean | undefined; readonly rename?: string | undefined }>
  >
  readonly tools_shown?: readonly string[] | undefined
}

export interface RenameConflict {
  /** The server's own name of the tool whose renaming cannot be done. */
  readonly tool: string
  readonly message: string
}

/** Hidden tools have no name that could be taken, and neither has the old name of one that is renamed itself. */
export function renameConflicts({ tools = {}, tools_shown: shown }: ToolNames): readonly RenameConflict[] {
  const settings = Object.entries(tools)
  const isShown = ([name, { hidden }]: (typeof settings)[number]): boolean =>
    hidden === undefined ? shown === undefined || shown.some((pattern) => matchesGlob(pattern, name)) : !hidden
  const holders = new Map<string, string>()
  const visible = settings.filter(isShown)
  for (const [name, { rename }] of visible) if (rename === undefined || rename === name) holders.set(name, name)
  return visible.flatMap(([tool, { rename }]): RenameConflict[] => {
    if (rename === undefined || rename === tool) return []
    const holder = holders.get(rename)
    if (holder === undefined) {
      holders.set(rename, tool)
      return []
    }
    const why = holder === rename ? 'the server has a tool of this name' : `${JSON.stringify(holder)} is renamed to it`
    return [{ tool, message: `expected a name that no other tool has, as ${why}` }]
  })
}
