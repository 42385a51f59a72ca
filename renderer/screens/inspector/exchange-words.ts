/** What a row and the pane say of an exchange in words. */
import { shapeFacetsOf } from '../../../gateway-core/contract/exchange-match.js'
import type { Exchange } from '../../client/api.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatDuration } from '../../strings/format.js'
import { t } from '../../strings/i18n.js'

export function agentOf({ agent, caller, lane }: Exchange): string {
  if (lane === 'auth') return t('inspector.gateway')
  return agent ?? caller?.subject ?? t('home.unknownAgent')
}

export function serverOf({ server }: Exchange): string {
  return server ?? t('inspector.allServers')
}

/** MCP method, or what a request of the gateway's own is for. */
export function methodOf({ method, request }: Exchange): string {
  return method ?? request.httpMethod
}

const authNames = {
  oauth2_authorization_code: 'inspector.auth.account',
  oauth2_client_credentials: 'inspector.auth.client',
  api_key: 'inspector.auth.key',
  bearer: 'inspector.auth.bearer',
  basic: 'inspector.auth.basic',
  token_broker: 'inspector.auth.broker',
  token_exchange: 'inspector.auth.exchange',
  passthrough: 'inspector.auth.passthrough',
} as const

/** Which kind of credential went out, in a word; undefined for none. */
export function authNameOf(exchange: Exchange): string | undefined {
  const { auth } = shapeFacetsOf(exchange)
  return auth in authNames ? t(authNames[auth as keyof typeof authNames]) : undefined
}

export interface HeaderCounts {
  readonly injected: number
  readonly stripped: number
  readonly replaced: number
}

function headerCounts({ request }: Exchange): HeaderCounts {
  const count = (disposition: string): number =>
    request.injected.filter((header) => header.disposition === disposition).length
  return { injected: count('injected'), stripped: request.stripped.length, replaced: count('replaced') }
}

/** Headers that changed, in signs: `+2 −3 ~1`. */
export function headerChanges(exchange: Exchange): string {
  const { injected, stripped, replaced } = headerCounts(exchange)
  return [injected > 0 && `+${injected}`, stripped > 0 && `−${stripped}`, replaced > 0 && `~${replaced}`]
    .filter((part) => part !== false)
    .join(' ')
}

/** The row as it is read out. */
export function rowNameOf(exchange: Exchange): string {
  return t('inspector.rowName', {
    verdict: t(`kit.verdict.${verdictOf(exchange)}`),
    agent: agentOf(exchange),
    server: serverOf(exchange),
    what: exchange.tool ?? methodOf(exchange),
    status: exchange.response.status,
    duration: formatDuration(exchange.durationMs),
  })
}

/** Whether it went wrong, whoever's fault it was. */
export function hasFailed({ errorCode, response }: Exchange): boolean {
  return errorCode !== undefined || response.status >= 400 || response.status === 0
}
