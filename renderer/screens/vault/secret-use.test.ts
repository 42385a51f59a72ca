import { expect, it } from 'vitest'
import { secretId, serversUsing } from './secret-use.js'

it('finds the servers in where a secret is used, once each, and nothing else', () => {
  expect(
    serversUsing([
      'mcpServers.github.app_auth.token',
      'mcpServers.github.outbound_headers[0].secret',
      'mcpServers.ci.env.TOKEN',
      'shield.remote.credential',
    ]),
  ).toEqual(['github', 'ci'])
})

it('tells the values of subjects apart', () => {
  expect(new Set([secretId({ name: 'a' }), secretId({ name: 'a', subject: 'b' }), secretId({ name: 'ab' })]).size).toBe(
    3,
  )
})
