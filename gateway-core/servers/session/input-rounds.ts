/**
 * Answers a stateless server's `input_required` in place of an agent that does not know it: asks the agent, and sends
 * the request again with what it said (2026-07-28, patterns/mrtr).
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isRecord, type Answer, type Params } from '../../contract/json-rpc.js'
import { toAbortSignal, type StopSignal } from '../../stop-signal.js'
import type { AgentPeer } from '../server-session.js'
import { CallCancelled } from './call-cancelled.js'
import { canBeAsked } from './capabilities.js'
import { rpcCodes } from './protocol-names.js'

const maxRounds = 10
const maxInputsPerRound = 32
/** Between rounds in which nothing is asked. */
const paceMs = 250

export interface InputRounds {
  readonly params: Params | undefined
  readonly agent: AgentPeer
  readonly signal: StopSignal
  /** Makes the request under a new id. */
  send(params: Params | undefined): Promise<Answer>
}

/** @throws as `send`, and `CallCancelled` */
export async function sendWithInputs(rounds: InputRounds): Promise<Answer> {
  let answer = await rounds.send(rounds.params)
  for (let round = 0; ; round++) {
    if (!('result' in answer) || answer.result['resultType'] !== 'input_required') return answer
    if (round === maxRounds) return failure(`The server wanted input more than ${maxRounds} times.`)
    const { inputRequests, requestState } = answer.result
    const gathered = await gatherInputs(inputRequests, rounds)
    if ('error' in gathered) return gathered
    const params: Record<string, unknown> = { ...rounds.params }
    delete params['inputResponses']
    delete params['requestState']
    if (Object.keys(gathered.inputs).length > 0) params['inputResponses'] = gathered.inputs
    else if (requestState === undefined) return failure('The server wanted input, and did not say which.')
    else await pause(rounds.signal)
    if (requestState !== undefined) params['requestState'] = requestState
    answer = await rounds.send(params)
  }
}

type Gathered = { readonly inputs: Record<string, Params> } | Extract<Answer, { error: unknown }>

async function gatherInputs(inputRequests: unknown, { agent, signal }: InputRounds): Promise<Gathered> {
  const entries = isRecord(inputRequests) ? Object.entries(inputRequests) : []
  if (entries.length > maxInputsPerRound) return failure('The server wanted too much input at once.')
  const asks: { readonly key: string; readonly method: string; readonly params: Params | undefined }[] = []
  for (const [key, entry] of entries) {
    if (!isRecord(entry) || typeof entry['method'] !== 'string') return failure('The server wanted input of no kind.')
    const params = isRecord(entry['params']) ? entry['params'] : undefined
    if (!canBeAsked(agent.capabilities, entry['method'], params))
      return { error: { code: rpcCodes.methodNotFound, message: `The agent does not answer ${entry['method']}.` } }
    asks.push({ key, method: entry['method'], params })
  }
  const answers = await Promise.all(asks.map(({ method, params }) => agent.ask(method, params, signal)))
  if (signal.aborted) throw new CallCancelled()
  const inputs: [string, Params][] = []
  for (const [index, answer] of answers.entries()) {
    if ('error' in answer) return { error: answer.error }
    inputs.push([asks[index]?.key ?? '', answer.result])
  }
  // Not assigned one by one: a key may be `__proto__`.
  return { inputs: Object.fromEntries(inputs) }
}

async function pause(signal: StopSignal): Promise<void> {
  try {
    await delay(paceMs, undefined, { signal: toAbortSignal(signal) })
  } catch {
    throw new CallCancelled()
  }
}

function failure(message: string): { readonly error: { readonly code: number; readonly message: string } } {
  return { error: { code: rpcCodes.internal, message } }
}
