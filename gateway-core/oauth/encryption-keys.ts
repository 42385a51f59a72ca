/** The gateway's own keys, for which a token broker encrypts what it answers. Made when they are first asked for. */
import {
  calculateJwkThumbprint,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CompactDecryptGetKey,
  type JWK,
} from 'jose'
import type { SecretStore } from '../vault/vault.js'

/** No person can choose a name with a colon. */
const secretName = 'gatehouse:encryption-keys'
const destination = 'gatehouse'

export interface EncryptionKeys {
  /** The public halves, as a JWK Set. @throws GatewayError `vault_locked` */
  publicKeys(): Promise<{ readonly keys: readonly JWK[] }>
  /** @throws Error where a compact JWE is not for these keys, or not whole */
  decrypt(jwe: string): Promise<string>
  forget(): void
}

export function createEncryptionKeys(secrets: Pick<SecretStore, 'open' | 'put'>): EncryptionKeys {
  let loading: Promise<readonly JWK[]> | undefined
  const load = (): Promise<readonly JWK[]> => {
    const started = loading ?? readOrMake(secrets)
    loading = started
    started.catch(() => {
      if (loading === started) loading = undefined
    })
    return started
  }
  return {
    publicKeys: async () => ({ keys: (await load()).map(publicHalf) }),
    decrypt: async (jwe) => {
      const keys = await load()
      const getKey: CompactDecryptGetKey = async ({ kid, alg }) => {
        const key = keys.find((each) => (kid === undefined ? alg.startsWith(each.alg ?? '-') : each.kid === kid))
        if (key === undefined) throw new Error('it is encrypted for another key')
        return importJWK(key, alg)
      }
      const { plaintext } = await compactDecrypt(jwe, getKey, {
        keyManagementAlgorithms: ['ECDH-ES', 'ECDH-ES+A256KW', 'RSA-OAEP-256'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return new TextDecoder().decode(plaintext)
    },
    forget: () => (loading = undefined),
  }
}

async function readOrMake(secrets: Pick<SecretStore, 'open' | 'put'>): Promise<readonly JWK[]> {
  const known = await secrets.open(secretName, undefined, destination)
  if (known.outcome === 'value') return JSON.parse(known.value) as readonly JWK[]
  const made = JSON.stringify([await makeKey('ECDH-ES'), await makeKey('RSA-OAEP-256')])
  await secrets.put({ name: secretName, value: made }, [destination])
  // Another process may have made some at the same time; whoever wrote last has it.
  const kept = await secrets.open(secretName, undefined, destination)
  return JSON.parse(kept.outcome === 'value' ? kept.value : made) as readonly JWK[]
}

async function makeKey(alg: 'ECDH-ES' | 'RSA-OAEP-256'): Promise<JWK> {
  const options = alg === 'ECDH-ES' ? { crv: 'P-256' } : { modulusLength: 3072 }
  const { privateKey } = await generateKeyPair(alg, { ...options, extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'enc', alg }
}

function publicHalf({ kty, crv, x, y, n, e, kid, use, alg }: JWK): JWK {
  const all = { kty, crv, x, y, n, e, kid, use, alg }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
