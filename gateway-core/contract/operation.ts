/** What one operation of the control API is. */
import type { z } from 'zod'

/** `secret`: a secret comes in or goes out, or the vault is opened or closed. */
type Effect = 'read' | 'write' | 'secret'
type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete'

export interface Operation {
  readonly method: HttpMethod
  /** Below `apiPrefix`, parameters in braces. */
  readonly path: string
  readonly summary: string
  readonly effect: Effect
  /** Whether it is refused with `vault_locked` while the vault is not open. */
  readonly needsVault: boolean
  /** A browser’s session is not enough. */
  readonly needsControlToken?: true
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** Of a JSON body. */
  readonly body?: z.ZodType
  /** Without a body it is taken as an empty object. */
  readonly bodyMayBeMissing?: true
  /** The registry checks the body by this schema, words what is wrong for a person, and drops read-only keys. */
  readonly bodyCheckedByRegistry?: true
  /** The body is a profile file, in one of `profileMediaTypes`. */
  readonly takesFile?: true
  /** Statuses of success; the first is the usual one. */
  readonly statuses: readonly [number, ...number[]]
  /** Of the JSON answer. Without one there is no body, or one of `answerTypes`. */
  readonly answer?: z.ZodType
  /** Media types that are answered beside or instead of JSON. */
  readonly answerTypes?: readonly string[]
}

/** What most operations that only read are like. */
export const read = { effect: 'read', needsVault: true, statuses: [200] } as const
/** What most operations that change something are like. */
export const write = { effect: 'write', needsVault: true, statuses: [204] } as const
