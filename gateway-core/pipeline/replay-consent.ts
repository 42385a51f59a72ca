/** Whether a person has to say yes before a tool is called once more. */
import type { Recognised } from '../callers/recognise-caller.js'
import { isRecord } from '../contract/json-rpc.js'
import { ownListedTools } from './list-tools.js'
import type { PipelinePorts } from './ports.js'

/**
 * Whether its server says that a tool destroys, or cannot be asked what it says.
 *
 * @see MCP 2026-07-28, schema, ToolAnnotations
 */
export async function mayDestroy(
  slug: string,
  tool: string | null,
  recognised: Recognised,
  ports: PipelinePorts,
): Promise<boolean> {
  if (tool === null) return false
  const definition = await findTool(slug, tool, recognised, ports).catch(() => undefined)
  if (definition === undefined) return true
  const annotations = isRecord(definition['annotations']) ? definition['annotations'] : {}
  return annotations['destructiveHint'] === true && annotations['readOnlyHint'] !== true
}

/** @throws GatewayError, HttpRefusal where the server cannot be asked */
async function findTool(
  slug: string,
  tool: string,
  recognised: Recognised,
  ports: PipelinePorts,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for await (const found of ownListedTools(slug, ports, recognised)) if (found['name'] === tool) return found
  return undefined
}
