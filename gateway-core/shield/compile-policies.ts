/**
 * Reads and checks policies in Cedar: each text may hold several. What is wrong is found when a policy is saved, with its
 * line; what is right comes back in the form in which it is judged.
 */
import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { noteUse, noUse, withGuards, type ContextUse } from './argument-paths.js'
import { policySchema } from './policy-schema.js'

/** The module, loaded. It is large, so only who has policies loads it. */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs')

export interface PolicySource {
  readonly name: string
  readonly text: string
}

export interface PolicyProblem {
  /** Name of the policies. */
  readonly policy: string
  /** 1-based, within the text. */
  readonly line: number
  readonly message: string
}

export type PolicyPhase = 'request' | 'result'

export interface CompiledPolicy {
  /** What `@id` says, else the name of its text, with a number where that holds several. */
  readonly id: string
  /** What `@reason` says. */
  readonly reason: string | undefined
  readonly effect: 'permit' | 'forbid'
  readonly asks: boolean
  readonly phase: PolicyPhase
  /** The one server, or the one tool `{slug}/{tool}`, that it is about; undefined where it may be about all. */
  readonly about: { readonly server: string; readonly tool?: string } | undefined
  readonly use: ContextUse
  readonly json: PolicyJson
}

/** What is wrong is in `problems`; the rest is in `policies`. */
export function compilePolicies(
  cedar: Cedar,
  sources: readonly PolicySource[],
): { readonly policies: readonly CompiledPolicy[]; readonly problems: readonly PolicyProblem[] } {
  const policies: CompiledPolicy[] = []
  const problems: PolicyProblem[] = []
  for (const { name, text } of sources) {
    const fail = (offset: number, message: string): void =>
      void problems.push({ policy: name, line: lineAt(text, offset), message })
    const parts = cedar.policySetTextToParts(text)
    if (parts.type === 'failure') {
      for (const error of parts.errors) fail(offsetOf(error), describe(error))
      continue
    }
    if (parts.policy_templates.length > 0) fail(0, 'expected policies, and found a template (?principal or ?resource)')
    let from = 0
    for (const [index, part] of parts.policies.entries()) {
      const start = Math.max(0, text.indexOf(part, from))
      from = start + part.length
      const startByte = Buffer.byteLength(text.slice(0, start))
      const id = parts.policies.length === 1 ? name : `${name}#${index + 1}`
      const compiled = compileOne(cedar, part, id, (offset, message) => fail(startByte + offset, message))
      if (compiled !== undefined) policies.push(compiled)
    }
  }
  return { policies, problems }
}

function compileOne(
  cedar: Cedar,
  text: string,
  defaultId: string,
  fail: (offset: number, message: string) => void,
): CompiledPolicy | undefined {
  const parsed = cedar.policyToJson(text)
  if (parsed.type === 'failure') {
    for (const error of parsed.errors) fail(offsetOf(error), describe(error))
    return undefined
  }
  const { json } = parsed
  const { id = defaultId, reason, decision = 'deny', on = 'request' } = json.annotations ?? {}
  const wrong = wrongAnnotation(json, decision, on)
  if (wrong !== undefined) fail(0, wrong)
  const phase = on === 'result' ? 'result' : 'request'
  const use = noUse()
  for (const { body } of json.conditions) noteUse(body, use, { type: 'Boolean' })
  const checked = cedar.validate({
    validationSettings: { mode: 'strict' },
    schema: policySchema(use.arguments, phase),
    policies: { staticPolicies: { policy: text } },
  })
  const errors =
    checked.type === 'failure' ? checked.errors : checked.validationErrors.map((validation) => validation.error)
  for (const error of errors) fail(offsetOf(error), describe(error))
  return {
    id,
    reason: reason === '' ? undefined : reason,
    effect: json.effect,
    asks: decision === 'ask',
    phase,
    about: aboutOf(json),
    use,
    json: { ...json, conditions: json.conditions.map(({ kind, body }) => ({ kind, body: withGuards(body) })) },
  }
}

function wrongAnnotation(json: PolicyJson, decision: string, on: string): string | undefined {
  if (decision !== 'ask' && decision !== 'deny') return 'expected @decision("ask") or @decision("deny")'
  if (on !== 'request' && on !== 'result') return 'expected @on("request") or @on("result")'
  if (decision === 'ask' && json.effect === 'permit')
    return 'expected @decision on a forbid: what is permitted is not asked'
  if (decision === 'ask' && on === 'result')
    return 'expected @decision("ask") on requests only: a result is there already'
  return undefined
}

function aboutOf({ resource }: PolicyJson): CompiledPolicy['about'] {
  if (!('entity' in resource)) return undefined
  const { entity } = resource
  const { type, id } = '__entity' in entity ? entity.__entity : entity
  if (type === 'Server') return { server: id }
  const slash = id.indexOf('/')
  return type === 'Tool' && slash > 0 ? { server: id.slice(0, slash), tool: id.slice(slash + 1) } : undefined
}

/** Cedar counts in bytes of UTF-8. */
function lineAt(text: string, byteOffset: number): number {
  const before = Buffer.from(text).subarray(0, byteOffset)
  let line = 1
  for (const byte of before) if (byte === 0x0a) line++
  return line
}

function offsetOf({ sourceLocations }: DetailedError): number {
  return sourceLocations?.[0]?.start ?? 0
}

function describe({ message, help, sourceLocations }: DetailedError): string {
  const said = message
    .replace(/^for policy `[^`]*`, /, '')
    .replace(/^failed to parse policies from string: /, '')
    .replaceAll('``', '`')
  const hint = help ?? sourceLocations?.[0]?.label
  return hint === null || hint === undefined || hint === '' ? said : `${said} (${hint})`
}
