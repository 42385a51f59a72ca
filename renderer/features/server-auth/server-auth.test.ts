import { describe, expect, it } from 'vitest'
import { serverSchema } from '../../../gateway-core/contract/profile.js'
import type { ExplainResponse } from '../../client/api.js'
import { appAuthFields, appAuthTypes, blankAppAuth, blankHeader, recipeFields, recipeTypes } from './auth-fields.js'
import { changedKeys, isSame } from './changed-keys.js'
import { agentAuthOf, appAuthOf, withAgentAuth, withAppAuth } from './effective-auth.js'
import { parseHeaderLines, sentLines } from './sent-lines.js'

type Entry = ExplainResponse['outbound'][number]
const entry = (name: string, value: string, disposition: Entry['disposition'] = 'injected'): Entry => ({
  ...{ name, value, masked: false, source: { kind: 'app_auth' }, reason: 'because', disposition },
})
const explained = (outbound: ExplainResponse['outbound'], stripped: ExplainResponse['stripped'] = []) => ({
  ...{ allowed: true, caller: null, verdict: { decision: 'allow' as const, policies: [], durationMs: 0 } },
  ...{ url: 'https://x.example/mcp', outbound, stripped, problems: [] },
})

describe('what would be sent', () => {
  it('says what differs from what is saved', () => {
    const saved = explained([entry('a', '1'), entry('b', '1'), entry('c', '1')])
    const lines = sentLines(explained([entry('a', '1'), entry('b', '2'), entry('d', '1')]), saved)
    expect(lines.map(({ name, change, before }) => [name, change, before])).toEqual([
      ['a', undefined, undefined],
      ['b', 'changed', '1'],
      ['d', 'added', undefined],
      ['c', 'removed', undefined],
    ])
  })

  it('tells a header that is stripped and set anew apart', () => {
    const { disposition: _gone, ...stripped } = entry('authorization', 'Bearer ****')
    const lines = sentLines(explained([entry('authorization', 'Bearer x')], [stripped]))
    expect(lines.map(({ id, fate }) => [id, fate])).toEqual([
      ['out authorization', 'injected'],
      ['in authorization', 'stripped'],
    ])
  })

  it('reads headers as people paste them', () => {
    expect(parseHeaderLines('X-A: 1\n\n x-b :two: 2 \nnonsense')).toEqual({
      headers: { 'X-A': '1', 'x-b': 'two: 2' },
      bad: ['nonsense'],
    })
  })
})

describe('fields', () => {
  const fillers: Readonly<Record<string, unknown>> = {
    ...{ text: 'https://a.example/x', secret: { secret: 's' }, secretName: 's', textOrSecret: 'x', words: ['x'] },
    ...{ flag: true, resource: false, json: { keys: [] } },
  }
  const filled = (blank: object, fields: (typeof appAuthFields)['none']): object => ({
    ...blank,
    ...Object.fromEntries(
      fields.map(({ key, kind, options }) => [key, kind === 'choice' ? options?.[0] : fillers[kind]]),
    ),
  })
  const problems = (config: object): unknown =>
    serverSchema.safeParse({ url: 'https://a.example/mcp', ...config }).error?.issues

  it.each(appAuthTypes)('of %s are those of the schema', (type) => {
    const appAuth = { ...filled(blankAppAuth(type), appAuthFields[type]), ...(type === 'api_key' && { name: 'x-key' }) }
    expect(problems({ app_auth: appAuth })).toBeUndefined()
  })

  it.each(recipeTypes)('of the header %s are those of the schema', (type) => {
    expect(
      problems({ outbound_headers: [{ ...filled(blankHeader(type), recipeFields[type]), header: 'x-y' }] }),
    ).toBeUndefined()
  })
})

describe('a shorthand', () => {
  const url = 'https://a.example/mcp'

  it('is shown as what it means', () => {
    expect([agentAuthOf({ url }), appAuthOf({ url })]).toEqual([{ type: 'gateway' }, { type: 'none' }])
    const mode = { url, auth_mode: 'oauth_passthrough' } as const
    expect([agentAuthOf(mode), appAuthOf(mode)]).toEqual([{ type: 'passthrough' }, { type: 'passthrough' }])
  })

  it('is spelt out where it no longer holds', () => {
    const mode = { url, auth_mode: 'oauth_passthrough' } as const
    const spelt = { url, agent_auth: { type: 'passthrough' }, connection: 'per_request', app_auth: { type: 'none' } }
    expect(withAppAuth(mode, { type: 'none' })).toEqual(spelt)
    expect(withAgentAuth(mode, { type: 'gateway' })).toEqual({
      ...{ ...spelt, app_auth: { type: 'passthrough' }, agent_auth: { type: 'gateway' } },
    })
    expect(serverSchema.safeParse(withAppAuth(mode, { type: 'none' })).success).toBe(true)
  })
})

it('compares configurations whatever the order of their keys', () => {
  expect(isSame({ a: 1, b: { c: 2, d: [1] } }, { b: { d: [1], c: 2 }, a: 1 })).toBe(true)
  expect(changedKeys<object>({ a: 1, b: 1 }, { b: 2, c: 3 })).toEqual(['a', 'b', 'c'])
})
