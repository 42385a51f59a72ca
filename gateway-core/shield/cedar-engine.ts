/**
 * Shield's own engine. Nothing that matches allows, a `forbid` that matches denies or asks; so does one that cannot be
 * evaluated, as what is uncertain must not pass.
 */
import type { CedarValueJson, EntityJson, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs'
import type { Caller } from '../contract/caller.js'
import type { ToolAnnotations } from './tool-annotations.js'
import { argumentsFor } from './cedar-values.js'
import { noUse, type ArgumentNode, type ContextUse } from './argument-paths.js'
import type { Cedar, CompiledPolicy, PolicyPhase } from './compile-policies.js'

/** One call, or its result, as policies see it. */
export interface Question {
  readonly caller: Caller
  /** Slug. */
  readonly server: string
  /** MCP method; `response` for an agent's answer. */
  readonly method: string
  readonly tool: string | undefined
  readonly arguments: unknown
  readonly annotations: ToolAnnotations | undefined
  readonly detections: readonly string[]
  readonly agent: string | undefined
  /** What is judged where it is not the request. */
  readonly result?: { readonly isError: boolean; readonly text: string }
}

export interface Judgement {
  readonly outcome: 'allow' | 'deny' | 'ask'
  readonly reason?: string
  /** Ids of the policies that decided. */
  readonly policies: readonly string[]
}

export interface PolicySet {
  /** What of a call has to be known. */
  readonly use: ContextUse
  readonly policies: readonly CompiledPolicy[]
  judge(question: Question): Judgement
}

const allowed: Judgement = { outcome: 'allow', policies: [] }

/** Judgements that are remembered, and how long what they were made of may be as JSON. */
const maxRemembered = 1000
const maxRememberedLength = 1024

/**
 * Makes ready what is to be judged by. Sets that are made ready are never freed by the library, so a name is used again
 * and again, and what was made under it before must not be used any longer.
 *
 * @throws Error where the library refuses policies that were compiled
 */
export function preparePolicySet(cedar: Cedar, name: string, policies: readonly CompiledPolicy[]): PolicySet {
  const byKey = new Map(policies.map((policy, index) => [`p${index}`, policy]))
  const staticPolicies = Object.fromEntries([...byKey].map(([key, { json }]) => [key, json]))
  const prepared = cedar.preparsePolicySet(name, { staticPolicies })
  if (prepared.type === 'failure')
    throw new Error(`the policies cannot be made ready: ${prepared.errors[0]?.message ?? 'no reason given'}`)
  const use = mergedUse(policies)
  if (byKey.size === 0) return { use, policies, judge: () => allowed }
  return {
    use,
    policies,
    judge: remembering((question) => {
      const answer = cedar.statefulIsAuthorized({ ...question, preparsedPolicySetId: name })
      if (answer.type === 'failure')
        return { outcome: 'deny', reason: 'The call cannot be judged by the policies.', policies: [] }
      const { reason, errors } = answer.response.diagnostics
      return judgementOf(
        reason.flatMap((key) => byKey.get(key) ?? []),
        errors.flatMap(({ policyId }) => byKey.get(policyId) ?? []),
      )
    }, use),
  }
}

type CedarQuestion = Omit<StatefulAuthorizationCall, 'preparsedPolicySetId'>

/**
 * Policies see no more of a call than what they use, and judge it by nothing else, so that most calls are like one before;
 * asking the library anew costs more than the rest of the request.
 */
function remembering(judge: (question: CedarQuestion) => Judgement, use: ContextUse): PolicySet['judge'] {
  const remembered = new Map<string, Judgement>()
  return (question) => {
    const asked = cedarQuestion(question, use)
    const key = JSON.stringify(asked)
    const known = remembered.get(key)
    if (known !== undefined) return known
    const judgement = judge(asked)
    if (key.length > maxRememberedLength) return judgement
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(key, judgement)
    return judgement
  }
}

function cedarQuestion(question: Question, use: ContextUse): CedarQuestion {
  const { caller, server, tool, method } = question
  const resource = tool === undefined ? { type: 'Server', id: server } : { type: 'Tool', id: `${server}/${tool}` }
  return {
    principal: { type: 'Caller', id: caller.subject },
    action: { type: 'Action', id: method },
    resource,
    context: contextOf(question, use),
    entities: entitiesOf(question, resource),
  }
}

function judgementOf(matching: readonly CompiledPolicy[], failing: readonly CompiledPolicy[]): Judgement {
  const forbids = matching.filter(({ effect }) => effect === 'forbid')
  const broken = failing.filter(({ effect }) => effect === 'forbid')
  const all = [...forbids, ...broken]
  if (all.length === 0) return allowed
  const denying = all.filter(({ asks }) => !asks)
  const deciding = denying.length > 0 ? denying : all
  return {
    outcome: denying.length > 0 ? 'deny' : 'ask',
    reason: deciding.map((policy) => reasonOf(policy, broken.includes(policy))).join(' '),
    policies: deciding.map(({ id }) => id),
  }
}

function reasonOf({ id, reason, asks }: CompiledPolicy, isBroken: boolean): string {
  if (isBroken) return `The policy ${id} cannot be evaluated for this call: a value has another type than it expects.`
  return reason ?? (asks ? `The policy ${id} asks for an approval.` : `The policy ${id} forbids this.`)
}

function contextOf(question: Question, use: ContextUse): Record<string, CedarValueJson> {
  const { agent, annotations, result } = question
  return {
    arguments: argumentsFor(question.arguments, use.arguments, use.wholeArguments),
    annotations: annotations === undefined ? {} : { ...annotations },
    detections: [...question.detections],
    ...(agent === undefined ? {} : { agent }),
    ...(result === undefined ? {} : { result: { ...result } }),
  }
}

function entitiesOf({ caller, server, tool }: Question, target: { type: string; id: string }): EntityJson[] {
  const serverId = { type: 'Server', id: server }
  const { email, method, subject } = caller
  return [
    {
      uid: { type: 'Caller', id: subject },
      attrs: { method, ...(email === undefined ? {} : { email }) },
      parents: [],
    },
    { uid: serverId, attrs: { server }, parents: [] },
    ...(tool === undefined ? [] : [{ uid: target, attrs: { server, name: tool }, parents: [serverId] }]),
  ]
}

function mergedUse(policies: readonly CompiledPolicy[]): ContextUse {
  const merged = noUse()
  for (const { use } of policies) {
    merged.wholeArguments ||= use.wholeArguments
    merged.detections ||= use.detections
    merged.annotations ||= use.annotations
    for (const name of use.arguments.children.keys()) merged.arguments.children.set(name, leaf)
  }
  return merged
}

/** Of arguments that are given to policies only the outermost names matter. */
const leaf: ArgumentNode = { children: new Map() }

/** Splits policies by what they judge. */
export function ofPhase(policies: readonly CompiledPolicy[], phase: PolicyPhase): readonly CompiledPolicy[] {
  return policies.filter((policy) => policy.phase === phase)
}
