/** What a server of the stateless era says, as agents of the older era read it. */
import { isRecord, type Answer, type Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../../servers/server-session.js'

export const legacyVersions: readonly string[] = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25']
const newestLegacyVersion = '2025-11-25'

/** The result of `initialize`. */
export function initializeResult(about: ServerAbout, asked: unknown): Params {
  return {
    protocolVersion: typeof asked === 'string' && legacyVersions.includes(asked) ? asked : newestLegacyVersion,
    capabilities: about.capabilities,
    // Optional in the stateless era, and not before.
    serverInfo: { name: 'unknown', version: '0', ...about.serverInfo },
    ...(about.instructions === undefined ? {} : { instructions: about.instructions }),
  }
}

/** What comes from a server of the older era is passed on as it is, but for a 404, which speaks of a session. */
export function toLegacy(method: string, answer: Answer, about: ServerAbout): Answer {
  if ('error' in answer) return about.era === 'legacy' && answer.httpStatus === 400 ? answer : { error: answer.error }
  if (about.era === 'legacy') return answer
  // Empty results are checked strictly by agents of the older era: no further field may be in them.
  const { resultType: _resultType, ttlMs: _ttlMs, cacheScope: _cacheScope, ...result } = answer.result
  if (method === 'tools/call') return { result: withStructuredObject(result) }
  if (method === 'tools/list') return { result: withObjectSchemas(result) }
  return { result }
}

/** Structured content had to be an object; another value is put into one, and into text where there is none. */
function withStructuredObject(result: Params): Params {
  const { structuredContent } = result
  if (structuredContent === undefined || isRecord(structuredContent)) return result
  const content: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : []
  const hasText = content.some((block) => isRecord(block) && block['type'] === 'text')
  return {
    ...result,
    content: hasText ? content : [...content, { type: 'text', text: JSON.stringify(structuredContent) }],
    structuredContent: { result: structuredContent },
  }
}

/** A tool whose output is not described as an object made the whole list invalid: its description is left out. */
function withObjectSchemas(result: Params): Params {
  const { tools } = result
  if (!Array.isArray(tools) || !tools.some(describesNoObject)) return result
  return {
    ...result,
    tools: tools.map((tool: unknown) => {
      if (!describesNoObject(tool)) return tool
      const { outputSchema: _outputSchema, ...rest } = tool
      return rest
    }),
  }
}

function describesNoObject(tool: unknown): tool is Params {
  if (!isRecord(tool) || tool['outputSchema'] === undefined) return false
  const { outputSchema } = tool
  return !isRecord(outputSchema) || outputSchema['type'] !== 'object'
}
