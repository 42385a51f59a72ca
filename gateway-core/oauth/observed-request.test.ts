import { expect, it } from 'vitest'
import { maskHeaders, maskText, purposeOf } from './observed-request.js'

const url = new URL('https://as.test/token')
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()

it('tells by the request what it is for', () => {
  const post = (fields: Record<string, string>) => purposeOf(url, { method: 'POST', body: form(fields) })
  expect(post({ grant_type: 'client_credentials' })).toBe('token')
  expect(post({ grant_type: 'authorization_code', code: 'c' })).toBe('token')
  expect(post({ grant_type: 'refresh_token' })).toBe('refresh')
  expect(post({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' })).toBe('exchange')
  expect(post({ token: 't', token_type_hint: 'refresh_token' })).toBe('revocation')
  expect(purposeOf(url, { method: 'POST', body: '{"redirect_uris":[]}' })).toBe('registration')
  expect(purposeOf(new URL('https://as.test/.well-known/openid-configuration'), { method: 'GET' })).toBe('discovery')
  expect(purposeOf(new URL('https://a.test/api/v1/downstream-tokens/x'), { method: 'GET' })).toBe('broker')
})

it('keeps no value of which it is not known that it is harmless', () => {
  const secrets = ['code', 'client_secret', 'refresh_token', 'code_verifier', 'client_assertion', 'subject_token', 'password', 'of_the_future'] // prettier-ignore
  const sent = form({ grant_type: 'refresh_token', scope: 'a b', ...Object.fromEntries(secrets.map((name) => [name, `value-of-${name}`])) }) // prettier-ignore
  const kept = maskText(sent, 'refresh')
  expect(kept).toContain('grant_type=refresh_token&scope=a+b')
  expect(kept).not.toContain('value-of')
  const answer = { access_token: 'value-of-a', expires_in: 60, nested: [{ id_token: 'value-of-b', x: 'value-of-c' }] }
  expect(JSON.parse(maskText(JSON.stringify(answer), 'token'))).toEqual({
    access_token: '****',
    expires_in: 60,
    nested: [{ id_token: '****', x: '****' }],
  })
  expect(maskText('<html>value-of-a page</html>', 'token')).toBe('****')
  expect(maskText('', 'token')).toBe('')
  expect(JSON.parse(maskText('{"issuer":"https://as.test","client_secret":"value-of-a"}', 'discovery'))).toEqual({
    issuer: 'https://as.test',
    client_secret: '****',
  })
})

it('leaves of a credential in a header its scheme', () => {
  expect(maskHeaders({ authorization: 'Basic Z2F0ZTpzZWNyZXQ=', accept: 'application/json', cookie: 'a=b' })).toEqual({
    authorization: 'Basic ****',
    accept: 'application/json',
    cookie: '****',
  })
})
