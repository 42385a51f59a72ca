/** What the authorization server is made of, by whichever name it is asked. */
import type { Grants } from './grants.js'
import type { People } from './people.js'
import type { SignInPorts } from './sign-in-ports.js'

/** The one scope: how far a token reaches is in its audience and in what the person allowed. */
export const onlyScope = 'mcp'

export interface ProviderParts {
  readonly ports: SignInPorts
  readonly grants: Grants
  readonly people: People
  /** One access token by itself. @returns whether it was one of the gateway's own */
  revoke(token: string, issuer: string): Promise<boolean>
}
