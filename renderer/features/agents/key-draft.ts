import type { AddKeyData } from '../../client/api.js'

/** Days until a key ends; undefined for never. */
export const daysByExpiry = { never: undefined, d1: 1, d7: 7, d30: 30, d90: 90, d365: 365 } as const
export type Expiry = keyof typeof daysByExpiry
export const expiries = Object.keys(daysByExpiry) as readonly Expiry[]

/** A key as it is typed. Empty is left out. */
export interface KeyDraft {
  readonly name: string
  readonly subject: string
  readonly email: string
  /** Name of the agent on whose paths alone it is good. */
  readonly agent: string
  /** Slugs; none means all. */
  readonly servers: readonly string[]
  /** Patterns with commas between them. */
  readonly tools: string
  readonly expiry: Expiry
}

const dayMs = 86_400_000

/** What the control API is asked for. @param nowMs epoch milliseconds */
export function keyBody(draft: KeyDraft, nowMs: number): NonNullable<AddKeyData['body']> {
  const tools = draft.tools.split(/[\s,]+/).filter((tool) => tool !== '')
  const days = daysByExpiry[draft.expiry]
  const [subject, email] = [draft.subject.trim(), draft.email.trim()]
  return {
    name: draft.name.trim(),
    ...(subject !== '' && { subject }),
    ...(email !== '' && { email }),
    ...(draft.agent !== '' && { agent: draft.agent }),
    ...(draft.servers.length > 0 && { servers: [...draft.servers] }),
    ...(tools.length > 0 && { tools }),
    ...(days !== undefined && { expiresAt: new Date(nowMs + days * dayMs).toISOString() }),
  }
}
