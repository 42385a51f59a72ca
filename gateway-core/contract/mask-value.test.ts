import { expect, it } from 'vitest'
import { isSensitiveName, maskValue } from './mask-value.js'

it.each([
  ['Bearer 0123456789abcdef', 'Bearer ****cdef'],
  ['Bearer short', 'Bearer ****'],
  ['0123456789abcdef', '****cdef'],
  ['0123456789abcde', '****'],
  ['two words', '****'],
  ['first 0123456789abcdef', '****cdef'],
  ['', '****'],
])('shows of %j only %j', (value, shown) => {
  expect(maskValue(value)).toBe(shown)
})

it.each([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'dd-apikey',
  'x-auth-token',
  'x-client-secret',
])('takes %s for secret by its name', (name) => expect(isSensitiveName(name)).toBe(true))

it.each(['mcp-session-id', 'content-type', 'x-request-id', 'authorization-info'])(
  'does not take %s for secret',
  (name) => expect(isSensitiveName(name)).toBe(false),
)
