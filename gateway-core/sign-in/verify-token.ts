/** Verifies the gateway's own access tokens (RFC 9068), and finds whom they stand for. No disk, after the first. */
import { createHash } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose'
import type { MintedCaller, MintedTokens } from '../contract/minted-token.js'
import { isLoopbackHost } from '../contract/profile.js'
import type { Grants } from './grants.js'
import type { People } from './people.js'
import type { Grant, SignInPorts } from './sign-in-ports.js'
import { localAccount } from './local-account.js'
import { RevokedTokens } from './revoked-tokens.js'
import type { SigningKeys } from './signing-keys.js'
import { timesApart, withBothTimes } from '../token-times.js'

const maxVerified = 5_000
const maxTokenLength = 8 * 1024
const leewaySeconds = 30
/** Refresh tokens and codes begin so, to be known for what they are wherever they turn up. */
export const opaquePrefix = 'gh_oauth_'

interface Verified {
  readonly payload: JWTPayload
  readonly grantId: string
}

export class TokenReader implements MintedTokens {
  private readonly verified = new Map<string, Verified>()
  private readonly revoked: RevokedTokens

  constructor(
    private readonly keys: SigningKeys,
    private readonly grants: Grants,
    private readonly people: People,
    private readonly ports: Pick<SignInPorts, 'identityProvider' | 'nowMs' | 'store'>,
    /** Whether an issuer is this gateway, by one of its names. */
    private readonly isOwnIssuer: (issuer: string) => boolean,
  ) {
    this.revoked = new RevokedTokens(ports)
  }

  async isOurs(bearer: string): Promise<boolean> {
    if (bearer.startsWith(opaquePrefix)) return true
    const token = readUnverified(bearer)
    if (token === undefined) return false
    if (token.issuer !== undefined && this.isOwnIssuer(token.issuer)) return true
    // Made here while the port was another one.
    if (token.type !== 'at+jwt' || token.issuer === undefined || !isLoopbackUrl(token.issuer)) return false
    const { keys } = await this.keys.load()
    return keys.some(({ kid }) => kid === token.kid)
  }

  async identify(bearer: string, baseUrl: string, slug: string): Promise<MintedCaller> {
    if (bearer.startsWith(opaquePrefix)) throw new Error('this is a refresh token, which is good at /oauth/token only')
    const { payload, grantId } = await this.verify(bearer, baseUrl)
    const audience = [payload.aud ?? []].flat()
    const isMerged = audience.includes(`${baseUrl}/mcp`)
    if (!isMerged && (slug === '' || !audience.includes(`${baseUrl}/mcp/${slug}`)))
      throw new Error('it was made for another server ("aud")')
    if (payload.jti === undefined || (await this.revoked.has(payload.jti))) throw new Error('it has been revoked')
    const grant = await this.grants.find(grantId)
    if (grant === undefined) throw new Error('the access has been revoked; sign in again')
    if (!isMerged && !grant.servers.includes(slug))
      throw new Error('the access to this server has ended; sign in again')
    return this.callerOf(grant, baseUrl, isMerged ? grant.merged : [slug])
  }

  /** One token by itself; its grant stays (RFC 7009 §2.1). @returns whether it is one of ours */
  async revoke(bearer: string, baseUrl: string): Promise<boolean> {
    const verified = await this.verify(bearer, baseUrl).catch(() => undefined)
    const { jti, exp } = verified?.payload ?? {}
    if (jti === undefined || exp === undefined) return false
    await this.revoked.add({ jti, endsMs: (exp + leewaySeconds) * 1000 })
    return true
  }

  /** What was verified is verified anew: a key or the vault has changed. */
  forget(): void {
    this.verified.clear()
    this.revoked.forget()
  }

  /** Another process may have revoked some. */
  forgetRevoked(): void {
    this.revoked.forget()
  }

  private async callerOf(grant: Grant, baseUrl: string, servers: readonly string[]): Promise<MintedCaller> {
    const { id, clientId, clientName, subject } = grant
    const reach = { id, clientName, servers }
    const configured = this.ports.identityProvider.issuer()
    if (grant.accountId === localAccount) {
      if (configured !== undefined) throw new Error('the team signs in at its identity provider; sign in again')
      const caller = { id: `${baseUrl}#${subject}`, subject, method: 'oauth', client: clientId } as const
      return { caller, claims: { sub: subject }, grant: reach }
    }
    const person = await this.people.alive(grant.accountId)
    if (person === undefined) throw new Error('the session at the identity provider has ended; sign in again')
    const { issuer, sub, claims, accessToken, expiresMs = Infinity } = person
    const email = claims['email']
    return {
      caller: {
        id: grant.accountId,
        subject: sub,
        issuer,
        email: typeof email === 'string' ? email : undefined,
        method: 'oauth',
        client: clientId,
      },
      claims,
      providerToken: expiresMs > this.ports.nowMs() ? accessToken : undefined,
      grant: reach,
    }
  }

  private async verify(bearer: string, baseUrl: string): Promise<Verified> {
    const id = createHash('sha256').update(`${baseUrl} ${bearer}`).digest('base64')
    const nowSeconds = this.ports.nowMs() / 1000
    const known = this.verified.get(id)
    if (known !== undefined) {
      if ((known.payload.exp ?? 0) + leewaySeconds > nowSeconds) return known
      this.verified.delete(id)
      throw new Error(`"exp" claim timestamp check failed: ${timesApart(known.payload.exp ?? 0, this.ports.nowMs())}`)
    }
    const { publicKeys } = await this.keys.load()
    const { payload } = await jwtVerify(bearer, createLocalJWKSet({ keys: [...publicKeys] }), {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: baseUrl,
      clockTolerance: leewaySeconds,
      currentDate: new Date(this.ports.nowMs()),
      requiredClaims: ['exp', 'sub', 'aud', 'client_id', 'jti', 'grant'],
    }).catch((error: unknown) => {
      throw withBothTimes(error, this.ports.nowMs())
    })
    const grantId = payload['grant']
    if (typeof grantId !== 'string') throw new Error('"grant" claim is not text')
    if (this.verified.size >= maxVerified) this.verified.clear()
    const verified = { payload, grantId }
    this.verified.set(id, verified)
    return verified
  }
}

interface Unverified {
  readonly issuer: string | undefined
  readonly kid: string | undefined
  readonly type: string | undefined
}

function readUnverified(bearer: string): Unverified | undefined {
  if (bearer.length > maxTokenLength || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(bearer)) return undefined
  try {
    const { kid, typ } = decodeProtectedHeader(bearer)
    const { iss } = decodeJwt(bearer)
    return { issuer: typeof iss === 'string' ? iss : undefined, kid, type: typ }
  } catch {
    return undefined
  }
}

function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && isLoopbackHost(new URL(text).hostname)
}
