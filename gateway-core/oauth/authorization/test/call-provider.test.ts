import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { callProvider } from '../call-provider.js'

const endpoint = new URL('https://as.example/token')
const metadata = { issuer: 'https://as.example', token_endpoint: endpoint.href }
const client = { client_id: 'gatehouse' }

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const idToken = (times: object): string =>
  `${part({ alg: 'RS256' })}.${part({ iss: metadata.issuer, sub: 'ada', aud: 'gatehouse', ...times })}.canary`

const redeem = (times: object, date: Date): Promise<unknown> =>
  callProvider(
    'get a token',
    endpoint,
    async () =>
      Response.json(
        { access_token: 'canary', token_type: 'bearer', id_token: idToken(times) },
        { headers: { date: date.toUTCString() } },
      ),
    async (options) => {
      const verifier = oauth.generateRandomCodeVerifier()
      const code = oauth.validateAuthResponse(metadata, client, new URLSearchParams('code=c'), oauth.expectNoState)
      const response = await oauth.authorizationCodeGrantRequest(
        ...([metadata, client, oauth.None(), code, 'http://127.0.0.1/oauth/callback', verifier, options] as const),
      )
      return oauth.processAuthorizationCodeResponse(metadata, client, response)
    },
  )

const seconds = (minutes: number): number => Math.floor(Date.now() / 1000) + 60 * minutes

describe('an ID token that is not of this time', () => {
  it('is a matter of clocks where the provider’s differs, with both times', async () => {
    const told = await redeem({ iat: seconds(-14), exp: seconds(-4) }, new Date(Date.now() - 14 * 60_000)).catch(
      (error: unknown) => error,
    )
    const facts = [
      expect.stringContaining('not of this time'),
      expect.stringMatching(/^Its "exp": it says \S+Z, and by this machine’s clock it is \S+Z\.$/),
      expect.stringMatching(/^By the provider’s clock it is \S+Z, by this machine’s \S+Z\.$/),
    ]
    expect(told).toMatchObject({ diagnosis: { code: 'CLOCK_SKEW', title: 'Your clock is 14 min ahead', facts } })
    expect(JSON.stringify(told)).not.toContain('canary')
  })

  it('blames neither clock where both agree', async () => {
    await expect(redeem({ iat: seconds(-14), exp: seconds(-4) }, new Date())).rejects.toMatchObject({
      diagnosis: {
        code: 'CLOCK_SKEW',
        title: 'One of two clocks is wrong',
        facts: [{}, {}].map(() => expect.any(String)),
      },
    })
  })

  it('is none where it fits', async () => {
    await expect(redeem({ iat: seconds(0), exp: seconds(5) }, new Date())).resolves.toMatchObject({
      token_type: 'bearer',
    })
  })
})
