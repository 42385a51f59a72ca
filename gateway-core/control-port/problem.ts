/** Where every error of the control port becomes a problem document (RFC 9457). */
import type { FastifyReply } from 'fastify'
import type { Logger } from 'pino'
import type { Problem } from '../contract/control-api.js'
import { errorTable, GatewayError } from '../contract/errors.js'

/** @see [RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457.html#section-3) */
export function problemOf(error: GatewayError): Problem {
  const { httpStatus, title } = errorTable[error.code]
  return {
    type: `https://gatehouse.dev/errors#${error.code}`,
    title,
    status: httpStatus,
    ...(error.detail !== undefined && { detail: error.detail }),
    code: error.code,
    ...(error.fix !== undefined && { fix: error.fix }),
    ...(error.connectUrl !== undefined && { connectUrl: error.connectUrl }),
    ...(error.diagnosis !== undefined && { diagnosis: error.diagnosis }),
    ...(error.errors !== undefined && { errors: error.errors }),
  }
}

/**
 * Makes a GatewayError of anything that was thrown. What Fastify itself refuses while it reads a body keeps its
 * meaning; everything else is `internal`, and only its name and stack are logged, since a message may quote input.
 */
export function gatewayErrorOf(error: unknown, logger: Logger): GatewayError {
  if (error instanceof GatewayError) {
    if (errorTable[error.code].httpStatus === 500)
      logger.error({ code: error.code, stack: stackOf(error) }, 'control port failed')
    return error
  }
  switch (errorCodeOf(error)) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError('unsupported_media_type', { fix: 'Send the body as application/json.' })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError('payload_too_large')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new GatewayError('invalid_input', { detail: 'The body is not valid JSON.' })
    case 'FST_ERR_BAD_URL':
      return new GatewayError('not_found')
  }
  logger.error({ stack: stackOf(error) }, 'control port failed')
  return new GatewayError('internal', { cause: error })
}

/** Answers an error, on the API as a problem document. */
export function sendProblem(reply: FastifyReply, error: GatewayError): FastifyReply {
  const problem = problemOf(error)
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="gatehouse control"')
  // As bytes, since to text Fastify would add a charset, which JSON has none of.
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)))
}

function errorCodeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** The call stack without the first line, which holds the message. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return [error.name, ...(error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))].join('\n')
}
