/** What can be decided about a server's outbound headers when it is saved, so that a request need not. */
import { GatewayError, type FieldError } from '../contract/errors.js'
import type { AppAuth, OutboundHeader } from '../contract/profile.js'
import type { ResolvedServer } from '../contract/resolved-server.js'
import { accountClientKey, type AccountClientConfig } from './account-client.js'
import { compileAppAuth, type CompiledAppAuth } from './app-auth.js'
import { isReservedForGateway } from './header-rules.js'
import type { Target } from './planned.js'

export interface CompiledHeader {
  /** Lower case. */
  readonly name: string
  /** Profile path, e.g. `mcpServers.x.outbound_headers[0]`. */
  readonly rule: string
  readonly recipe: OutboundHeader
}

export interface ServerPlan {
  readonly url: string
  readonly target: Target
  readonly destination: string
  readonly appAuth: CompiledAppAuth
  readonly appAuthByTool: ReadonlyMap<string, CompiledAppAuth>
  /**
   * The clients that accounts are connected with, each by its key. The server's own has the empty one; tools whose
   * `app_auth` is the same share one, and so an account.
   */
  readonly accountClients: ReadonlyMap<string, AccountClientConfig>
  readonly outboundHeaders: readonly CompiledHeader[]
  /** Lower-case patterns of headers that are not forwarded. */
  readonly restricted: readonly string[]
  readonly restrictedRule: string
}

/**
 * Compiles a server's rules.
 *
 * @throws GatewayError `header_conflict` where two rules claim one header, or a rule claims one that is the gateway's own
 */
export function compilePlan(server: ResolvedServer): ServerPlan {
  const at = `mcpServers.${server.slug}`
  const { config } = server
  const outboundHeaders = (config.outbound_headers ?? []).map((recipe, index) => ({
    name: recipe.header.toLowerCase(),
    rule: `${at}.outbound_headers[${index}]`,
    recipe,
  }))
  const appAuth = compileAppAuth(server.appAuth, `${at}.app_auth`, '')
  const appAuthByTool = new Map(
    Object.entries(config.tools ?? {}).flatMap(([tool, settings]): [string, CompiledAppAuth][] =>
      settings.app_auth === undefined
        ? []
        : [
            [
              tool,
              compileAppAuth(settings.app_auth, `${at}.tools.${tool}.app_auth`, clientKeyOf(settings.app_auth, server)),
            ],
          ],
    ),
  )
  refuseConflicts([appAuth, ...appAuthByTool.values()], outboundHeaders)
  const url = config.url ?? ''
  const target = targetOf(url)
  return {
    url,
    target,
    destination: url === '' ? `command:${server.slug}` : target.origin,
    appAuth,
    appAuthByTool,
    accountClients: accountClientsOf(server),
    outboundHeaders,
    restricted: (config.restricted_inbound_headers ?? []).map((pattern) => pattern.toLowerCase()),
    restrictedRule: `${at}.restricted_inbound_headers`,
  }
}

function clientKeyOf(auth: AppAuth, { appAuth }: ResolvedServer): string {
  return auth.type === 'oauth2_authorization_code' ? accountClientKey(auth, appAuth) : ''
}

function accountClientsOf({ appAuth, config }: ResolvedServer): ReadonlyMap<string, AccountClientConfig> {
  const clients = new Map<string, AccountClientConfig>()
  // A command takes no headers, and so no token.
  if (config.url === undefined) return clients
  if (appAuth.type === 'oauth2_authorization_code') clients.set('', appAuth)
  for (const { app_auth: auth } of Object.values(config.tools ?? {}))
    if (auth?.type === 'oauth2_authorization_code') clients.set(accountClientKey(auth, appAuth), auth)
  return clients
}

function targetOf(url: string): Target {
  if (url === '') return { origin: '', path: '' }
  const { origin, pathname, search } = new URL(url)
  return { origin, path: pathname + search }
}

function refuseConflicts(appAuths: readonly CompiledAppAuth[], headers: readonly CompiledHeader[]): void {
  const errors: FieldError[] = []
  const ruleByName = new Map<string, string>()
  for (const { name, rule } of headers) {
    const other = ruleByName.get(name)
    if (other !== undefined) errors.push({ path: rule, message: conflictMessage(name, other) })
    else if (isReservedForGateway(name))
      errors.push({
        path: rule,
        message: `the header ${name} is the gateway’s or the transport’s own: choose another name`,
      })
    else ruleByName.set(name, rule)
  }
  for (const { header, rule } of appAuths) {
    if (header === undefined) continue
    const other = ruleByName.get(header)
    if (other !== undefined) errors.push({ path: other, message: conflictMessage(header, rule) })
    if (isReservedForGateway(header))
      errors.push({
        path: rule,
        message: `the header ${header} is the gateway’s or the transport’s own: choose another name`,
      })
  }
  if (errors.length > 0)
    throw new GatewayError('header_conflict', {
      detail: errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
      fix: 'Give each header to one rule.',
      errors,
    })
}

function conflictMessage(name: string, other: string): string {
  return `the header ${name} is already set by ${other}: remove one of the two`
}
