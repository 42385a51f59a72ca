/** When a person is asked: whenever nobody is signed in, and whenever what is asked for was not allowed this agent yet. */
import type { interactionPolicy } from 'oidc-provider'
import type { Grants } from './grants.js'
import type { Grant } from './sign-in-ports.js'

type Policy = typeof interactionPolicy

export function expectsApproval({ base, Check }: Policy, grants: Grants): interactionPolicy.DefaultPolicy {
  const policy = base()
  // Who was signed in may not be any more.
  policy
    .get('login')
    ?.checks.add(
      new Check('account_gone', 'End-User authentication is required', (ctx) => ctx.oidc.account === undefined),
    )
  const consent = policy.get('consent')
  consent?.checks.remove('native_client_prompt')
  consent?.checks.add(
    new Check('approval', 'End-User consent is required', async (ctx) => {
      const { result, entities, params } = ctx.oidc
      if (result?.consent !== undefined) return false
      const resource = String(params?.['resource'])
      if (entities.Grant?.getResourceScope(resource) === '' || entities.Grant === undefined) return true
      const grant = await grants.find(entities.Grant.jti)
      if (grant === undefined || !covers(grant, resource)) return true
      return grant.redirectUri !== withoutPort(String(params?.['redirect_uri']))
    }),
  )
  return policy
}

/** What was allowed at a server that is no more was not allowed at another one of its name. */
function covers({ servers, merged }: Grant, resource: string): boolean {
  const slug = /\/mcp\/([^/]+)$/.exec(resource)?.[1]
  return slug === undefined ? merged.length > 0 : servers.includes(slug)
}

/** A redirect URI as it is compared and shown: without its query, and of loopback without its port (RFC 8252 §7.3). */
export function withoutPort(redirectUri: string): string {
  if (!URL.canParse(redirectUri)) return redirectUri
  const url = new URL(redirectUri)
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  const host = isLoopback ? url.hostname : url.host
  return `${url.protocol}//${host}${url.pathname}`
}
