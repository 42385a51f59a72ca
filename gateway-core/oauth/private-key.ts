/**
 * Proves a client by a signature with its private key.
 *
 * @see [RFC 7523 §2.2](https://www.rfc-editor.org/rfc/rfc7523.html#section-2.2)
 */
import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import { modifyAssertion, PrivateKeyJwt, type ClientAuth } from 'oauth4webapi'
import { GatewayError } from '../contract/errors.js'

/**
 * The assertion is for `issuer` of the authorization server, where the token endpoint stands if nobody has told it.
 *
 * @param wanted the algorithm; otherwise the key's own, or the usual one for a key of its kind
 * @param name of the secret that holds the key, for people
 * @throws GatewayError `secret_unusable`
 */
export async function privateKeyJwt(
  pemOrJwk: string,
  wanted: string | undefined,
  name = 'private_key',
): Promise<ClientAuth> {
  try {
    const jwk = readKey(pemOrJwk)
    const alg = wanted ?? jwk.alg ?? usualAlgorithm(jwk)
    const key = await importJWK(jwk, alg)
    if (key instanceof Uint8Array) throw new Error('a symmetric key')
    return PrivateKeyJwt(jwk.kid === undefined ? { key } : { key, kid: jwk.kid }, {
      [modifyAssertion]: (header) => {
        header['alg'] = alg
      },
    })
  } catch {
    // What a parser says about a key may quote it.
    throw new GatewayError('secret_unusable', {
      detail: `The secret ${name} is no private key that can sign${wanted === undefined ? '' : ` with ${wanted}`}.`,
      fix: `Store a PEM or a JWK: gatehouse secrets set ${name} --file KEY.pem`,
    })
  }
}

function readKey(text: string): JWK & JsonWebKey {
  const trimmed = text.trim()
  const key = trimmed.startsWith('{')
    ? createPrivateKey({ key: JSON.parse(trimmed) as JsonWebKey, format: 'jwk' })
    : createPrivateKey(trimmed)
  const { kid, alg } = trimmed.startsWith('{') ? (JSON.parse(trimmed) as { kid?: unknown; alg?: unknown }) : {}
  return {
    ...(key.export({ format: 'jwk' }) as JWK),
    ...(typeof kid === 'string' ? { kid } : {}),
    ...(typeof alg === 'string' ? { alg } : {}),
  }
}

function usualAlgorithm({ kty, crv }: JWK): string {
  if (kty === 'RSA') return 'RS256'
  if (kty === 'OKP') return 'EdDSA'
  return crv === 'P-384' ? 'ES384' : crv === 'P-521' ? 'ES512' : 'ES256'
}
