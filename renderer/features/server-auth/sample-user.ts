/** A person who signed in at an identity provider, as the gateway would know them: to show what goes out for one. */
import type { Sample } from './sent-preview.js'

const issuer = 'https://idp.example.com'
const claims = { iss: issuer, sub: 'ada', email: 'ada@example.com', name: 'Ada' }

function segment(value: object): string {
  return btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Nothing checks the signature where nothing is sent. */
const token = `${segment({ alg: 'RS256', typ: 'JWT' })}.${segment(claims)}.${btoa('not signed').replaceAll('=', '')}`

export const sampleUser: Required<Pick<Sample, 'caller' | 'headers'>> = {
  caller: `${issuer}#${claims.sub}`,
  headers: { authorization: `Bearer ${token}` },
}
