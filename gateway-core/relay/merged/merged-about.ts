/** What the merged server says of itself. Pure. */
import type { Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../../servers/server-session.js'
import { declares, type Member } from './member.js'

const maxInstructionsLength = 4_000
const maxAllInstructionsLength = 32_000

/**
 * Tools, prompts and resources are declared always: an agent of the older era learns capabilities once, and servers that
 * are not there yet may have any of them. What only some servers do is declared if one of them does it, or may.
 *
 * What takes a look at every server is found out when it is read: each call reads the era alone.
 */
export function aboutMerged(members: () => readonly Member[], serverInfo: Params): ServerAbout {
  const may = (capability: string): boolean => members().some((member) => declares(member, capability) !== false)
  return {
    era: 'modern',
    protocolVersion: '2026-07-28',
    serverInfo,
    get capabilities() {
      return {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        ...(may('logging') ? { logging: {} } : {}),
        ...(may('completions') ? { completions: {} } : {}),
      }
    },
    get instructions() {
      return instructionsOf(members())
    },
  }
}

function instructionsOf(members: readonly Member[]): string | undefined {
  const parts = members.flatMap((member) => {
    const text = member.about()?.instructions?.trim().slice(0, maxInstructionsLength) ?? ''
    return text === '' ? [] : [`# ${member.title ?? member.slug} (names begin with ${member.slug}__)\n\n${text}`]
  })
  return parts.length === 0 ? undefined : parts.join('\n\n').slice(0, maxAllInstructionsLength)
}
