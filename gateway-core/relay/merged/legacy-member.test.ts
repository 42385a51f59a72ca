import { expect, it } from 'vitest'
import type { Params } from '../../contract/json-rpc.js'
import type { SessionCall } from '../../servers/server-session.js'
import { askLegacyMember } from './legacy-member.js'
import { createAgent, toCall } from './test/scripted-member.js'

async function ask(params: Params | undefined, result: Params = {}) {
  const sent: SessionCall[] = []
  const call = toCall(createAgent(), 'tools/call', params)
  const answer = await askLegacyMember(call, async (made) => {
    sent.push(made)
    return { result }
  })
  return { answer, sent: sent.map((made) => made.params) }
}

it('sends a server of the older era nothing that only the stateless one has a word for', async () => {
  const _meta = { 'io.modelcontextprotocol/logLevel': 'debug', progressToken: 7, own: 1 }
  const { sent } = await ask({ name: 'x', arguments: { requestState: 'kept' }, inputResponses: {}, _meta })
  expect(sent).toEqual([{ name: 'x', arguments: { requestState: 'kept' }, _meta: { progressToken: 7, own: 1 } }])
  expect((await ask(undefined)).sent).toEqual([undefined])
})

it('makes no call anew whose state this gateway does not hold, nor one whose page was not opened', async () => {
  const expired = await ask({ name: 'x', requestState: 'of another process' })
  expect(expired).toMatchObject({ sent: [], answer: { error: { code: -32602 } } })
  const declined = await ask({ name: 'x', inputResponses: { 'url-1': { action: 'decline' } } })
  expect(declined).toMatchObject({ sent: [], answer: { error: { code: -32603 } } })
  expect((await ask({ name: 'x', inputResponses: { 'url-1': { action: 'accept' } } })).sent).toEqual([{ name: 'x' }])
})

it('takes no word of such a server for one of the stateless era', async () => {
  const { answer } = await ask({ name: 'x' }, { resultType: 'input_required', content: [] })
  expect(answer).toEqual({ result: { content: [] } })
})
