/** The merged server over scripted ones, with an agent that asks it. */
import { GatewayError } from '../../../contract/errors.js'
import type { Answer, Params } from '../../../contract/json-rpc.js'
import type { SessionCall } from '../../../servers/server-session.js'
import type { Member } from '../member.js'
import { createMergedState } from '../member-lists.js'
import { createMergedSession } from '../merged-session.js'
import { createManualClock } from './manual-clock.js'
import { createAgent, toCall } from './scripted-member.js'

export function startMerged(...given: readonly Member[]) {
  const clock = createManualClock()
  const state = createMergedState(clock)
  const agent = createAgent()
  const members: Member[] = [...given]
  const open = () => createMergedSession({ members: () => [...members], state, serverInfo: { name: 'gatehouse' } })
  const session = open()
  const ask = (method: string, params?: Params, more: Partial<SessionCall> = {}): Promise<Answer> =>
    session.call(toCall(agent, method, params, more))
  const resultOf = async (method: string, params?: Params): Promise<Params> => {
    const answer = await ask(method, params)
    if ('error' in answer) throw new Error(answer.error.message)
    return answer.result
  }
  const toolNames = async (): Promise<readonly unknown[]> => namesOf(await resultOf('tools/list'))
  return { clock, state, agent, members, session, open, ask, resultOf, toolNames }
}

export function namesOf(result: Params): readonly unknown[] {
  return (result['tools'] as readonly Params[]).map(({ name }) => name)
}

/** For `ScriptedMember.answer`. */
export const refuse = (code: 'server_unreachable' | 'credential_rejected', detail: string) => (): Promise<Answer> =>
  Promise.reject(new GatewayError(code, { detail }))
