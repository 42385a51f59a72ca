import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { preparePolicySet, type Question } from './cedar-engine.js'
import { compilePolicies } from './compile-policies.js'
import { readAnnotations } from './tool-annotations.js'

const call: Question = {
  caller: { id: 'k1', subject: 'ada', email: 'ada@example.com', method: 'api_key' },
  server: 'github',
  method: 'tools/call',
  tool: 'create_issue',
  arguments: {},
  annotations: readAnnotations(undefined),
  detections: [],
  agent: 'cursor',
}

function judge(text: string, change: Partial<Question> = {}) {
  const { policies, problems } = compilePolicies(cedar, [{ name: 'test', text }])
  expect(problems).toEqual([])
  return preparePolicySet(cedar, 'test', policies).judge({ ...call, ...change })
}

function problemsOf(text: string) {
  return compilePolicies(cedar, [{ name: 'test', text }]).problems
}

describe('policies', () => {
  it('allow what none of them matches, and what one permits', () => {
    expect(judge('forbid(principal == Caller::"bob", action, resource);')).toEqual({ outcome: 'allow', policies: [] })
    expect(judge('permit(principal, action, resource);')).toEqual({ outcome: 'allow', policies: [] })
  })

  it('deny with the id and the reason of what forbids', () => {
    const text =
      '@id("no-writes") @reason("Not on this server.")\nforbid(principal, action, resource in Server::"github");'
    expect(judge(text)).toEqual({ outcome: 'deny', reason: 'Not on this server.', policies: ['no-writes'] })
    expect(judge(text, { server: 'gitlab' }).outcome).toBe('allow')
    expect(judge(text, { tool: undefined, method: 'tools/list' }).outcome).toBe('deny')
  })

  it('forbid although another permits, and deny although another asks', () => {
    const text = `permit(principal, action, resource);
      @id("ask") @decision("ask") forbid(principal, action, resource);
      @id("deny") forbid(principal, action == Action::"tools/call", resource == Tool::"github/create_issue");`
    expect(judge(text)).toMatchObject({ outcome: 'deny', policies: ['deny'] })
    expect(judge(text, { tool: 'other' })).toMatchObject({ outcome: 'ask', policies: ['ask'] })
  })

  it.each([
    ['context.arguments.path like "/etc/*"', { path: '/etc/passwd' }, 'deny'],
    ['context.arguments.path like "/etc/*"', { path: '/home' }, 'allow'],
    ['context.arguments.path like "/etc/*"', {}, 'allow'],
    ['context.arguments.path like "/etc/*"', { path: null }, 'allow'],
    ['context.arguments.path like "/etc/*"', { path: 5 }, 'deny'],
    ['!(context.arguments.mode == "safe")', {}, 'deny'],
    ['context.arguments.amount > 10', { amount: 11 }, 'deny'],
    ['context.arguments.amount > 10', { amount: 10 }, 'allow'],
    ['context.arguments.amount > 10', { amount: 10.5 }, 'deny'],
    ['context.arguments.amount > 10', { amount: 1e300 }, 'deny'],
    ['context.arguments.amount > 10', { amount: 1, rate: 0.5, nothing: null }, 'allow'],
    ['context.arguments.rate.greaterThan(decimal("0.1"))', { rate: 0.5 }, 'deny'],
    ['context.arguments.force', { force: true }, 'deny'],
    ['context.arguments.force', {}, 'allow'],
    ['context.arguments.a.b == "x" || context.arguments.c == 1', { c: 1 }, 'deny'],
    ['context.arguments.a.b == "x"', { a: { b: 'x' } }, 'deny'],
    ['context.arguments.a.b == "x"', { a: { b: 'y' } }, 'allow'],
    ['context.arguments.labels.contains("prod")', { labels: ['dev', 'prod', 1.5, null] }, 'deny'],
    ['["a", "b"].contains(context.arguments.mode)', { mode: 'b' }, 'deny'],
    ['context.arguments["odd key"] == "x"', { 'odd key': 'x' }, 'deny'],
    ['context.arguments has force', { force: false }, 'deny'],
    ['context.arguments has force', {}, 'allow'],
    ['context.arguments.x == "y"', { x: { __extn: { fn: 'ip', arg: 'nonsense' } } }, 'allow'],
    ['context.annotations.destructive && !context.annotations.readOnlyHint', {}, 'deny'],
    ['context.agent == "cursor"', {}, 'deny'],
    ['principal.email like "*@example.com"', {}, 'deny'],
  ])('judge %s of %j: %s', (condition, args, outcome) => {
    const text = `forbid(principal, action, resource) when { ${condition} };`
    expect(judge(text, { arguments: args }).outcome).toBe(outcome)
  })

  it('are false where a caller has no email, or no agent is known', () => {
    const text = 'forbid(principal, action, resource) when { principal.email like "*" || context.agent like "*" };'
    const caller = { id: 'k', subject: 's', method: 'api_key' } as const
    expect(judge(text, { caller, agent: undefined }).outcome).toBe('allow')
  })

  it('see what detectors found', () => {
    const text = 'forbid(principal, action, resource) when { context.detections.contains("secret:github") };'
    expect(judge(text, { detections: ['secret:github'] }).outcome).toBe('deny')
    expect(judge(text).outcome).toBe('allow')
  })

  it('judge results where they say so', () => {
    const text = '@on("result") forbid(principal, action, resource) when { context.result.text like "*secret*" };'
    expect(judge(text, { result: { isError: false, text: 'a secret' } }).outcome).toBe('deny')
  })

  it('are named by their text where they have no id', () => {
    const text = 'permit(principal, action, resource);\nforbid(principal, action, resource);'
    expect(judge(text).policies).toEqual(['test#2'])
  })
})

describe('a wrong policy', () => {
  it('is refused with its line, counted in characters of any kind', () => {
    const text =
      '// ünïcödé ✓\npermit(principal, action, resource);\nforbid(principal, action, resource)\nwhen { a b };'
    expect(problemsOf(text)).toEqual([
      { policy: 'test', line: 4, message: expect.stringContaining('unexpected token `b`') as string },
    ])
  })

  it.each([
    ['forbid(principal, action == Action::"tool/call", resource);', 'did you mean'],
    ['forbid(principal, action, resource == Tol::"a/b");', 'unrecognized entity type'],
    ['forbid(principal, action, resource)\n\nwhen { context.detection.contains("x") };', 'detection'],
    ['forbid(principal, action, resource) when { context.arguments.a + "x" == 1 };', 'unexpected type'],
    ['forbid(principal, action, resource) when { context.result.isError };', 'result'],
    ['@decision("maybe") forbid(principal, action, resource);', '@decision'],
    ['@on("tuesday") forbid(principal, action, resource);', '@on'],
    ['@decision("ask") permit(principal, action, resource);', '@decision'],
    ['forbid(principal == ?principal, action, resource);', 'template'],
  ])('is refused: %s', (text, message) => {
    const problems = problemsOf(text)
    expect(problems.map((problem) => problem.message).join()).toContain(message)
    expect(problems[0]?.line).toBe(text.includes('\n\n') ? 3 : 1)
  })
})

describe('a judgement', () => {
  const text = `
    @id("prod") forbid(principal, action, resource) when { context.arguments.env == "prod" };
    @id("bob") forbid(principal == Caller::"bob", action, resource);`
  const counted = () => {
    let asked = 0
    const counting: typeof cedar = {
      ...cedar,
      statefulIsAuthorized: (question) => {
        asked += 1
        return cedar.statefulIsAuthorized(question)
      },
    }
    const { policies } = compilePolicies(cedar, [{ name: 'test', text }])
    return { set: preparePolicySet(counting, 'counted', policies), asked: () => asked }
  }

  it('is made once for calls that policies cannot tell apart', () => {
    const { set, asked } = counted()
    for (const title of ['one', 'two', 'three'])
      expect(set.judge({ ...call, arguments: { title, env: 'test' } }).outcome).toBe('allow')
    expect(asked()).toBe(1)
  })

  it('is made anew for whatever a policy may see', () => {
    const { set, asked } = counted()
    const prod = { ...call, arguments: { env: 'prod' } }
    const bob = { ...call, caller: { ...call.caller, subject: 'bob' } }
    for (let round = 0; round < 2; round++) {
      expect(set.judge(call).outcome).toBe('allow')
      expect(set.judge(prod).policies).toEqual(['prod'])
      expect(set.judge(bob).policies).toEqual(['bob'])
      expect(set.judge({ ...prod, server: 'gitlab' }).policies).toEqual(['prod'])
      expect(set.judge({ ...call, detections: ['secret'] }).outcome).toBe('allow')
    }
    expect(asked()).toBe(5)
  })

  it('is not remembered of what is long', () => {
    const { set, asked } = counted()
    const long = { ...call, arguments: { env: 'x'.repeat(2000) } }
    for (let round = 0; round < 2; round++) expect(set.judge(long).outcome).toBe('allow')
    expect(asked()).toBe(2)
  })
})
