/**
 * The log: JSON lines on standard error and, from when it is open, in the log file. What could hold a secret is left out
 * whoever logs it.
 */
import { pino, type Logger } from 'pino'
import type { LogFile } from './log-file.js'

const secretKeys = [
  'authorization', 'cookie', 'key', 'token', 'controlToken', 'passphrase', 'recoveryKey', 'password', 'secret', 'value',
] // prettier-ignore

export interface Log {
  readonly logger: Logger
  /** Lines from now on go there, too. */
  keepIn(file: Pick<LogFile, 'write'>): void
  /** Resolves when standard error has taken everything. */
  flush(): Promise<void>
}

export function createLog(): Log {
  const standardError = pino.destination({ fd: 2, sync: false })
  const destinations = pino.multistream(standardError)
  const logger = pino(
    {
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '(hidden)' },
      serializers: { err: describeError },
    },
    destinations,
  )
  return {
    logger,
    keepIn: (file) => void destinations.add({ stream: file }),
    flush: () => new Promise((resolve) => standardError.flush(() => resolve())),
  }
}

/**
 * An error without its message unless its class promises that no input is quoted: a parser's message shows what it
 * could not read.
 */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = 'code' in error ? String(error.code) : undefined
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return {
    name: error.name,
    ...(code !== undefined && { code }),
    ...(error.name === 'GatewayError' && { message: error.message }),
    stack: frames.map((line) => line.trim()),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}
