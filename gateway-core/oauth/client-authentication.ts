/** How the gateway proves to a token endpoint which client it is. */
import { ClientSecretPost, None, type ClientAuth } from 'oauth4webapi'
import type { ClientCredentials, TokenExchange } from '../contract/profile.js'
import { privateKeyJwt } from './private-key.js'

export interface OpenedSecret {
  readonly value: string
  readonly generation: number
}

/** Opens a secret by name for the destination that its configuration names. */
export type OpenSecret = (name: string) => Promise<OpenedSecret>

export interface OpenedClient {
  readonly clientId: string
  /** What is secret in it. */
  readonly secrets: readonly string[]
  /** Another one where the client is proven by another secret than before. */
  readonly generation: number
  /** @throws GatewayError `secret_unusable` where a key is none */
  prove(): Promise<ClientAuth>
}

/** @throws what `open` throws */
export async function openClient(client: ClientCredentials | TokenExchange, open: OpenSecret): Promise<OpenedClient> {
  const { client_id: clientId = '', client_auth: method, client_secret: secretRef, private_key: keyRef } = client
  if (keyRef !== undefined && (method === 'private_key_jwt' || (method === undefined && secretRef === undefined))) {
    const { value, generation } = await open(keyRef.secret)
    const prove = (): Promise<ClientAuth> => privateKeyJwt(value, client.signing_algorithm, keyRef.secret)
    return { clientId, secrets: [value], generation, prove }
  }
  if (secretRef === undefined)
    return { clientId, secrets: [], generation: 0, prove: async () => (clientId === '' ? () => undefined : None()) }
  const { value, generation } = await open(secretRef.secret)
  const authentication = method === 'client_secret_post' ? ClientSecretPost(value) : clientSecretBasic(value)
  return { clientId, secrets: [value], generation, prove: async () => authentication }
}

/**
 * As RFC 6749 §2.3.1 and appendix B have it: both parts form-encoded, then joined. Form-encoding leaves `-`, `.` and `_`
 * as they are, which servers that forget to decode understand as well.
 */
export function clientSecretBasic(secret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    const pair = `${formEncoded(client.client_id)}:${formEncoded(secret)}`
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
