/** The names of the tools that servers listed last, by which it is known what of the settings cannot be done. Bounded. */
import type { Server } from '../../contract/profile.js'
import { compileToolView } from './tool-view.js'

const maxServers = 10_000
const maxNames = 10_000

export interface ListedTools {
  /**
   * @param names the server's own
   * @param isFirstPage whether a list begins with them; other pages are added to the one before
   */
  note(slug: string, server: Server, names: readonly string[], isFirstPage: boolean): void
  /** What of a server's settings cannot be done with the tools that it listed last, as sentences. */
  problems(slug: string, server: Server): readonly string[]
  forget(slug: string): void
}

interface Listed {
  /** Where the server was reached: another one has other tools. */
  readonly address: string
  readonly names: Set<string>
}

export function createListedTools(): ListedTools {
  const bySlug = new Map<string, Listed>()
  return {
    note: (slug, server, names, isFirstPage) => {
      const address = addressOf(server)
      const before = bySlug.get(slug)
      const listed = isFirstPage || before?.address !== address ? { address, names: new Set<string>() } : before
      for (const name of names) if (listed.names.size < maxNames) listed.names.add(name)
      if (before === undefined && bySlug.size >= maxServers) bySlug.clear()
      bySlug.set(slug, listed)
    },
    problems: (slug, server) => {
      const listed = bySlug.get(slug)
      if (listed?.address !== addressOf(server)) return []
      const { tools, tools_shown: shown } = server
      return compileToolView({ tools, shown }).listed([...listed.names].map((name) => ({ name }))).problems
    },
    forget: (slug) => void bySlug.delete(slug),
  }
}

function addressOf({ url, command, args }: Server): string {
  return JSON.stringify([url, command, args])
}
