/** Which parts of OAuth the authorization server has, and for what tokens may be asked. */
import type { Configuration } from 'oidc-provider'
import { randomHex } from '../random-hex.js'
import { onlyScope } from './provider-parts.js'
import { serverOf } from './resources.js'
import { RequestRate } from './request-rate.js'
import { accessTokenSeconds } from './signing-keys.js'
import type { SignInPorts } from './sign-in-ports.js'

/** The library takes nothing for what was granted; its types do not know of that. */
const whatWasGranted = undefined as unknown as string

/** @param kid of the key that signs; undefined for any */
export function featuresOf(
  issuer: string,
  kid: string | undefined,
  ports: Pick<SignInPorts, 'offered'>,
  errors: typeof import('oidc-provider').errors,
): NonNullable<Configuration['features']> {
  // Whoever sends a browser here names a document, before anybody is asked.
  const documents = new RequestRate(60, 60_000)
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    dPoP: { enabled: false },
    registration: {
      enabled: true,
      initialAccessToken: false,
      issueRegistrationAccessToken: false,
      idFactory: () => `agent_${randomHex(12)}`,
    },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    clientIdMetadataDocument: { enabled: true, ack: 'draft-02', allowFetch: async () => documents.allow() },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx) => {
        if (ctx.oidc.route === 'token') return whatWasGranted
        throw new errors.InvalidTarget('the parameter "resource" is required (RFC 8707)')
      },
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => {
        if (Array.isArray(ctx.oidc.params?.['resource'])) throw new errors.InvalidTarget('one resource at a time')
        const server = serverOf(issuer, resource, ports.offered())
        const isOpen = server !== undefined && (server.isInteractive || ctx.oidc.route === 'token')
        if (!isOpen) throw new errors.InvalidTarget('no server that agents sign in to has this URL')
        return {
          scope: onlyScope,
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: accessTokenSeconds,
          jwt: { sign: { alg: 'ES256', ...(kid === undefined ? {} : { kid }) } },
        }
      },
    },
  }
}
