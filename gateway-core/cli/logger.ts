/** The log: JSON lines on standard error. What could hold a secret is left out whoever logs it. */
import pino, { type Logger } from 'pino'

const secretKeys = [
  'authorization', 'cookie', 'key', 'token', 'controlToken', 'passphrase', 'recoveryKey', 'password', 'secret', 'value',
] // prettier-ignore

export function createLogger(): Logger {
  return pino(
    {
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '(hidden)' },
      serializers: { err: describeError },
    },
    pino.destination({ fd: 2, sync: false }),
  )
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
