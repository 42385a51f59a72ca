/** What the merged server says of itself. Pure. */
import type { Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../../servers/server-session.js'
import { declares, type Member } from './member.js'

const maxInstructionsLength = 4_000
const maxAllInstructionsLength = 32_000

/**
 * Tools, prompts and resources are declared always: an agent of the older era learns capabilities once, and servers that
 * are not there yet may have any of them. What only some servers do is declared if one of them does it, or may.
 */
export function aboutMerged(members: readonly Member[], serverInfo: Params): ServerAbout {
  const may = (capability: string): boolean => members.some((member) => declares(member, capability) !== false)
  const instructions = instructionsOf(members)
  return {
    era: 'modern',
    protocolVersion: '2026-07-28',
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      ...(may('logging') ? { logging: {} } : {}),
      ...(may('completions') ? { completions: {} } : {}),
    },
    serverInfo,
    ...(instructions === '' ? {} : { instructions }),
  }
}

function instructionsOf(members: readonly Member[]): string {
  const parts = members.flatMap((member) => {
    const text = member.about()?.instructions?.trim().slice(0, maxInstructionsLength) ?? ''
    return text === '' ? [] : [`# ${member.title ?? member.slug} (names begin with ${member.slug}__)\n\n${text}`]
  })
  return parts.join('\n\n').slice(0, maxAllInstructionsLength)
}
