/** An agent's file, opened to be imported from or edited. */
import { agentAppNames, type AgentApp } from '../contract/agent-entry.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentFile } from './agent-files.js'
import { readConfigFile, type ConfigFile } from './config-file.js'
import { isEntry, UnreadableConfig, type ConfigText } from './config-text.js'
import { configTexts } from './config-texts.js'
import { findAgent } from './find-agents.js'
import { shortPath, type Machine } from './machine.js'

export interface OpenConfig {
  readonly known: AgentFile
  readonly name: string
  /** As people write it. */
  readonly shortPath: string
  readonly file: ConfigFile
  readonly format: ConfigText
  /** Keys that lead to the servers in this file. */
  readonly container: readonly string[]
}

/**
 * @param path of a file that Gatehouse wrote, where it is known
 * @throws GatewayError `invalid_input`, with the line where the file cannot be parsed
 */
export async function openConfig(app: AgentApp, machine: Machine, path?: string): Promise<OpenConfig> {
  const found = await findAgent(app, machine)
  const file = await readConfigFile(path ?? found.path, machine)
  const format = configTexts[found.format]
  const short = shortPath(machine, file.path)
  const container = explaining(short, () => containerIn(found, format, file.text))
  return { known: found, name: agentAppNames[app], shortPath: short, file, format, container }
}

/** opencode's second version keeps servers one level deeper than its first. */
function containerIn(known: AgentFile, format: ConfigText, text: string): readonly string[] {
  if (known.app !== 'opencode') return known.container
  const mcp = format.top(text, 'mcp')
  return isEntry(mcp) && isEntry(mcp['servers']) ? ['mcp', 'servers'] : known.container
}

/** Says of which file it is that a text cannot be read. @throws GatewayError `invalid_input` */
export function explaining<T>(short: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof UnreadableConfig)) throw error
    throw new GatewayError('invalid_input', {
      detail: `${short}, line ${error.line}: the file ${error.message}. It was left as it is.`,
      fix: 'Mend that line, or add the gateway by hand.',
      errors: [{ path: '', line: error.line, message: error.message }],
      cause: error,
    })
  }
}
