/** A server that wants more scopes of the gateway's own client: they are asked for once, and the call is sent once more. */
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startMachineTeam, tokenOf, type MachineTeam } from '../peers/machine-team.js'
import { callModern } from '../peers/mcp-request.js'
import { answerJson, type RecordedRequest } from '../peers/recording-server.js'
import { at, type Answer } from '../peers/send.js'

let team: MachineTeam

beforeAll(async () => {
  team = await startMachineTeam()
})
afterAll(() => team?.close())
afterEach(() => team.reset())

const call = (slug: string): Promise<Answer> => callModern(team.url(slug), { key: team.key })
const scopeOf = (request: RecordedRequest): unknown => decodeJwt(tokenOf(request))['scope']
const asked = (): readonly unknown[] => team.provider.granted.map(({ parameters }) => parameters['scope'])

/** Refuses calls whose token lacks the scope. */
function wants(scope: string): void {
  team.server.answerWith((request, response) => {
    if (request.header('authorization') !== undefined && String(scopeOf(request)).split(' ').includes(scope))
      return false
    const challenge = `Bearer error="insufficient_scope", scope="${scope}"`
    answerJson(response, 403, { error: 'insufficient_scope' }, { 'www-authenticate': challenge })
    return true
  })
}

describe.each(['hidden-backend', 'kept', 'shared'])('a token by client credentials (%s)', (slug) => {
  it('is got once more with the scopes that the server wants beside, which later calls have from the start', async () => {
    wants('internal/read')
    expect((await call(slug)).status).toBe(200)
    expect(asked()).toEqual(['internal/write', 'internal/write internal/read'])
    team.provider.granted.length = 0
    const count = team.server.requests.length
    expect((await call(slug)).status).toBe(200)
    expect(new Set(team.server.requests.slice(count).map(scopeOf))).toEqual(new Set(['internal/write internal/read']))
  })

  it('that is not given ends in insufficient_scope, and spoils no other call', async () => {
    wants('internal/admin')
    const answers = [await call(slug), await call(slug), await call(slug), await call(slug)]
    expect(answers.map(({ status, json }) => [status, at(json, 'error.data.code')])).toEqual(
      answers.map(() => [403, 'insufficient_scope']),
    )
    expect(asked().filter((scope) => String(scope).includes('internal/admin')).length).toBeLessThanOrEqual(2)
    team.server.reset()
    expect((await call(slug)).status).toBe(200)
  })
})

it('a lack of scopes that is none of the gateway’s passes through', async () => {
  await team.gateway.putServer('open', { url: team.server.url })
  wants('internal/read')
  expect((await call('open')).status).toBe(403)
  expect(asked()).toEqual([])
})
