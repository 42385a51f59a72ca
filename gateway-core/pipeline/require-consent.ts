/** Whether a person has to say yes before a tool is called for them: once more, or to try it out. */
import type { Recognised } from '../callers/recognise-caller.js'
import { GatewayError } from '../contract/errors.js'
import { isRecord, type Params } from '../contract/json-rpc.js'
import { ownListedTools } from './list-tools.js'
import type { PipelinePorts } from './ports.js'

/**
 * Lets those pass that do not destroy by what is known of them, and those that somebody said yes to. What nobody can say
 * anything of counts as destructive.
 *
 * @param tool the server's own name of it
 * @throws GatewayError `conflict` where a person has to say yes
 */
export async function requireConsent(
  slug: string,
  tool: string,
  confirm: boolean | undefined,
  recognised: Recognised,
  ports: PipelinePorts,
): Promise<void> {
  if (confirm === true) return
  const definition =
    knownTool(slug, tool, recognised, ports) ?? (await askForTool(slug, tool, recognised, ports).catch(() => undefined))
  if (definition !== undefined && !saysItDestroys(definition['annotations'])) return
  const name = tool.slice(0, 128)
  throw new GatewayError('conflict', {
    detail:
      definition === undefined
        ? `Nothing is known of the tool ${name}, which may destroy something.`
        : `The tool ${name} may destroy something.`,
    fix: 'Send it with confirm: true if that is meant.',
    errors: [{ path: 'confirm', message: 'expected true' }],
  })
}

/**
 * Of a tool that says it changes something, what it leaves unsaid is as the specification has it. One that says nothing
 * of its effects is not asked about, as that is most tools, and a question that always comes is answered unread.
 *
 * @see MCP 2026-07-28, schema, ToolAnnotations
 */
function saysItDestroys(annotations: unknown): boolean {
  const said = isRecord(annotations) ? annotations : {}
  if (said['readOnlyHint'] === true) return false
  return typeof said['destructiveHint'] === 'boolean' ? said['destructiveHint'] : said['readOnlyHint'] === false
}

/** As this caller last had it listed. */
function knownTool(slug: string, tool: string, { caller }: Recognised, ports: PipelinePorts): Params | undefined {
  const { catalogue, mergedState } = ports
  const lists = [
    mergedState.lists.lastKnown(slug, caller.id, 'tools/list')?.items,
    catalogue.last(slug, caller.id, 'tools/list')?.['tools'],
  ]
  for (const list of lists) {
    const found = Array.isArray(list) ? list.find((one: unknown) => isRecord(one) && one['name'] === tool) : undefined
    if (isRecord(found)) return found
  }
  return undefined
}

/** @throws GatewayError, HttpRefusal where the server cannot be asked */
async function askForTool(
  slug: string,
  tool: string,
  recognised: Recognised,
  ports: PipelinePorts,
): Promise<Params | undefined> {
  for await (const found of ownListedTools(slug, ports, recognised)) if (found['name'] === tool) return found
  return undefined
}
