/** A server says that a token has too few scopes: one with more is asked for once, and the request sent once more. */
import { GatewayError } from '../contract/errors.js'
import { parameterOf } from '../oauth/discover-endpoint.js'
import { tooFewScopes } from '../oauth/oauth-failure.js'
import type { ServerPlan } from '../credentials/compile-plan.js'
import { withRenewed } from '../servers/renew-headers.js'
import { HttpRefusal, type OutboundRequest } from '../servers/transport.js'

type Headers = HttpRefusal['headers']

/** The scopes that a refusal asks for (RFC 6750 §3.1); undefined where it is about something else. */
export function wantedScopes(status: number, headers: Headers): readonly string[] | undefined {
  if (status !== 403) return undefined
  const field = headers['www-authenticate']
  const challenge = Array.isArray(field) ? field.join(', ') : (field ?? '')
  if (parameterOf(challenge, 'error') !== 'insufficient_scope') return undefined
  return (parameterOf(challenge, 'scope') ?? '').split(' ').filter((scope) => scope !== '')
}

/** Whether a token of this server's may be widened, for one of its tools at least. */
export function mayWiden({ appAuth, appAuthByTool }: ServerPlan): boolean {
  return [appAuth, ...appAuthByTool.values()].some(({ demand }) => demand?.grant === 'client_credentials')
}

/** The server refused for want of these scopes. */
export class ScopesWanted extends GatewayError {
  constructor(readonly scopes: readonly string[]) {
    super('insufficient_scope', { detail: 'The server wants more scopes than the token of Gatehouse has.' })
  }
}

/**
 * @param work throws ScopesWanted, or HttpRefusal with such a challenge, where the server refuses
 * @throws GatewayError `insufficient_scope` where a token with more scopes is not to be had, or did not help
 */
export async function withWiderToken<T>(
  outbound: OutboundRequest,
  work: (outbound: OutboundRequest) => Promise<T>,
): Promise<T> {
  const { widen } = outbound
  if (widen === undefined) return work(outbound)
  try {
    return await work(outbound)
  } catch (error) {
    const scopes = scopesIn(error)
    if (scopes === undefined) throw error
    const headers = withRenewed(outbound.headers, await widen.ask(scopes))
    if (headers === undefined) throw tooFewScopes(scopes, 'there is no other.')
    return work({ ...outbound, headers }).catch((again: unknown) => {
      const still = scopesIn(again)
      if (still === undefined) throw again
      widen.wasInVain()
      throw tooFewScopes(still, 'one with it was refused as well.')
    })
  }
}

function scopesIn(error: unknown): readonly string[] | undefined {
  if (error instanceof ScopesWanted) return error.scopes
  return error instanceof HttpRefusal ? wantedScopes(error.status, error.headers) : undefined
}
