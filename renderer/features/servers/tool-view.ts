/** How a server's settings change what agents see of its tools. */
import { matchesGlob } from '../../../gateway-core/contract/glob.js'
import type { ListToolsResponse, PutServerData } from '../../client/api.js'

export type Tool = ListToolsResponse['items'][number]

type Config = Pick<PutServerData['body'], 'tools' | 'tools_shown'>

/** @param name the server's own */
export function isToolShown({ tools, tools_shown: shown }: Config, name: string): boolean {
  const hidden = tools?.[name]?.hidden
  if (hidden !== undefined) return !hidden
  return shown === undefined || shown.some((pattern) => matchesGlob(pattern, name))
}

/** As agents know it. */
export function toolNameForAgents({ tools }: Config, name: string): string {
  return tools?.[name]?.rename ?? name
}

/** Tools that have settings of their own, by the server's names. */
export function toolNamesOf({ tools }: Config): readonly string[] {
  return Object.keys(tools ?? {})
}
