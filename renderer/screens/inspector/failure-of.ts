/** What the gateway answered an agent with, as the page's own errors are told. */
import { ApiProblem, type ProblemCode } from '../../client/api.js'
import { answerText, isRecord, parsed, type Whole } from './messages.js'

/** Undefined where the gateway itself had nothing to complain of. */
export function failureOf(exchange: Whole): ApiProblem | undefined {
  if (exchange.errorCode === undefined) return undefined
  const answered = parsed(answerText(exchange))
  const error = isRecord(answered) && isRecord(answered['error']) ? answered['error'] : {}
  const data = isRecord(error['data']) ? error['data'] : {}
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  const [detail, fix] = [text(data['detail']) ?? text(data['reason']), text(data['fix'])]
  return new ApiProblem({
    // The recorder takes codes from the closed set only.
    code: exchange.errorCode as ProblemCode,
    status: exchange.response.status,
    title: text(error['message']) ?? exchange.errorCode,
    ...(detail !== undefined && { detail }),
    ...(fix !== undefined && { fix }),
  })
}

/** Codes of what goes wrong before the caller is known: the hop from the agent is the one that breaks. */
const inboundCodes = new Set([
  'origin_refused',
  'unauthenticated',
  'insufficient_scope',
  'method_not_allowed',
  'unsupported_media_type',
  'payload_too_large',
  'payload_unscannable',
  'invalid_request',
])
/** Codes of what the gateway itself stops, so that nothing is sent. */
const gatewayCodes = new Set([
  ...['vault_locked', 'unknown_server', 'unknown_session', 'unknown_tool', 'shield_denied', 'approval_denied'],
  ...['server_disabled', 'header_conflict', 'not_supported'],
])

/** Whether anything of it left the gateway. */
export function wasSent(exchange: Whole): boolean {
  const broken = brokenHop(exchange)
  return broken === undefined || broken === 'outbound'
}

/** Which hop an exchange broke on. */
export function brokenHop({ errorCode, response, verdict }: Pick<Whole, 'errorCode' | 'response' | 'verdict'>) {
  if (errorCode !== undefined && inboundCodes.has(errorCode)) return 'inbound'
  if (verdict.decision === 'deny' || (errorCode !== undefined && gatewayCodes.has(errorCode))) return 'gateway'
  return errorCode !== undefined || response.status >= 400 ? 'outbound' : undefined
}
