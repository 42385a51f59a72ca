/** What crosses between the main thread and the vault's: requests by method name, and errors as plain values. */
import { GatewayError, type ErrorCode, type ErrorDetails } from '../contract/errors.js'
import type { VaultThread } from './vault-thread.js'

export type ThreadMethod = keyof VaultThread

export interface ThreadRequest {
  readonly id: number
  readonly method: ThreadMethod
  readonly args: readonly unknown[]
}

export type ThreadResponse =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: ThreadError }

interface ThreadError extends Pick<ErrorDetails, 'detail' | 'fix' | 'errors'> {
  readonly code: ErrorCode
  /** Of an error that is not ours: its class and code, for the log. Never its message, which may quote values. */
  readonly origin?: string
}

export function toThreadError(error: unknown): ThreadError {
  if (error instanceof GatewayError)
    return { code: error.code, detail: error.detail, fix: error.fix, errors: error.errors }
  const code = error instanceof Error && 'code' in error ? ` ${String(error.code)}` : ''
  return { code: 'internal', origin: `${error instanceof Error ? error.name : typeof error}${code}` }
}

export function fromThreadError({ code, origin, ...details }: ThreadError): GatewayError {
  return new GatewayError(code, {
    ...details,
    ...(origin !== undefined && { cause: new Error(`in the vault’s thread: ${origin}`) }),
  })
}
