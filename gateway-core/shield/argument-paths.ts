/**
 * What a policy looks at, read from its conditions. Arguments of tools have no schema here: their types are taken from
 * how a policy uses them, and an argument that a call does not have makes the comparison false instead of an error.
 */
import type { Expr } from '@cedar-policy/cedar-wasm/nodejs'

export type ArgumentType =
  | { readonly type: 'String' | 'Long' | 'Boolean' }
  | { readonly type: 'Extension'; readonly name: string }
  | { readonly type: 'Set'; readonly element: ArgumentType }

/** Arguments by name, as far as policies mention them. */
export interface ArgumentNode {
  type?: ArgumentType
  readonly children: Map<string, ArgumentNode>
}

export interface ContextUse {
  readonly arguments: ArgumentNode
  /** Whether the arguments are looked at as a whole. */
  wholeArguments: boolean
  detections: boolean
  annotations: boolean
}

export function noUse(): ContextUse {
  return { arguments: { children: new Map() }, wholeArguments: false, detections: false, annotations: false }
}

interface Chain {
  readonly root: 'context' | 'principal' | 'action' | 'resource'
  readonly path: readonly string[]
}

/** An expression of the form `context.a.b`; undefined where it is another. */
function chainOf(expr: Expr): Chain | undefined {
  const node = expr as Record<string, unknown>
  if ('Var' in node) return { root: node['Var'] as Chain['root'], path: [] }
  if (!('.' in node)) return undefined
  const { left, attr } = node['.'] as { left: Expr; attr: string }
  const before = chainOf(left)
  return before && { ...before, path: [...before.path, attr] }
}

/** The expressions within another, with the operator's name. */
function partsOf(expr: Expr): { readonly operator: string; readonly parts: readonly Expr[] } {
  const [operator = '', operand] = Object.entries(expr)[0] ?? []
  if (operator === 'Value' || operator === 'Var' || operator === 'Slot') return { operator, parts: [] }
  if (Array.isArray(operand)) return { operator, parts: operand as Expr[] }
  if (operator === 'Record') return { operator, parts: Object.values(operand as Record<string, Expr>) }
  const named = operand as Readonly<Record<string, Expr | undefined>>
  const names = ['left', 'right', 'arg', 'if', 'then', 'else', 'in']
  return { operator, parts: names.flatMap((name) => (typeof named[name] === 'object' ? [named[name]] : [])) }
}

const stringType: ArgumentType = { type: 'String' }
const longType: ArgumentType = { type: 'Long' }
const booleanType: ArgumentType = { type: 'Boolean' }
const decimalType: ArgumentType = { type: 'Extension', name: 'decimal' }
const addressType: ArgumentType = { type: 'Extension', name: 'ipaddr' }

/** Types of operands that the operator alone tells. */
const operandTypes: Readonly<Record<string, ArgumentType>> = {
  like: stringType,
  '+': longType,
  '-': longType,
  '*': longType,
  neg: longType,
  '&&': booleanType,
  '||': booleanType,
  '!': booleanType,
  lessThan: decimalType,
  lessThanOrEqual: decimalType,
  greaterThan: decimalType,
  greaterThanOrEqual: decimalType,
  isIpv4: addressType,
  isIpv6: addressType,
  isLoopback: addressType,
  isMulticast: addressType,
  isInRange: addressType,
}

function typeOf(expr: Expr): ArgumentType | undefined {
  const { operator, parts } = partsOf(expr)
  if (operator === 'Value') {
    const value: unknown = (expr as { Value: unknown }).Value
    if (typeof value === 'string') return stringType
    if (typeof value === 'number') return longType
    return typeof value === 'boolean' ? booleanType : undefined
  }
  if (operator === 'Set') {
    const element = parts.map(typeOf).find((type) => type !== undefined)
    return element && { type: 'Set', element }
  }
  if (['+', '-', '*', 'neg'].includes(operator)) return longType
  if (operator === 'decimal') return decimalType
  if (operator === 'ip') return addressType
  const chain = chainOf(expr)
  if (chain?.root !== 'context' && chain !== undefined) return stringType
  if (chain?.path[0] === 'detections') return { type: 'Set', element: stringType }
  return chain?.path[0] === 'annotations' ? booleanType : undefined
}

/** Notes what an expression looks at, and what types its arguments must have for that. */
export function noteUse(expr: Expr, use: ContextUse, expected?: ArgumentType): void {
  const chain = chainOf(expr)
  if (chain !== undefined) {
    noteChain(chain, use, expected)
    return
  }
  const { operator, parts } = partsOf(expr)
  if (operator === 'has') {
    noteHas(expr, use)
    return
  }
  const [left, right] = parts
  if (operator === 'contains' && left !== undefined && right !== undefined) {
    const set = typeOf(left)
    noteUse(left, use, { type: 'Set', element: typeOf(right) ?? stringType })
    noteUse(right, use, set?.type === 'Set' ? set.element : undefined)
    return
  }
  if (operator === 'if-then-else') {
    const [condition, ...branches] = parts
    if (condition !== undefined) noteUse(condition, use, booleanType)
    for (const branch of branches) noteUse(branch, use, expected)
    return
  }
  const type = operandType(operator, parts, expected)
  for (const part of parts) noteUse(part, use, type)
}

function operandType(
  operator: string,
  parts: readonly Expr[],
  expected: ArgumentType | undefined,
): ArgumentType | undefined {
  const fixed = operandTypes[operator]
  if (fixed !== undefined) return fixed
  const known = parts.map(typeOf).find((type) => type !== undefined)
  if (operator === '==' || operator === '!=') return known
  if (['<', '<=', '>', '>='].includes(operator)) return known ?? longType
  if (['containsAll', 'containsAny', 'isEmpty'].includes(operator)) return known ?? { type: 'Set', element: stringType }
  if (operator === 'Set') return expected?.type === 'Set' ? expected.element : known
  return undefined
}

function noteHas(expr: Expr, use: ContextUse): void {
  const { left, attr } = (expr as { has: { left: Expr; attr: string | string[] } }).has
  const chain = chainOf(left)
  if (chain === undefined) noteUse(left, use)
  else noteChain({ ...chain, path: [...chain.path, ...[attr].flat()] }, use, undefined)
}

function noteChain({ root, path }: Chain, use: ContextUse, type: ArgumentType | undefined): void {
  if (root !== 'context') return
  const [first, ...names] = path
  if (first === undefined || first === 'detections') use.detections = true
  if (first === undefined || first === 'annotations') use.annotations = true
  if (first === undefined || (first === 'arguments' && names.length === 0)) use.wholeArguments = true
  if (first !== 'arguments') return
  let node = use.arguments
  for (const name of names) {
    const child = node.children.get(name) ?? { children: new Map() }
    node.children.set(name, child)
    node = child
  }
  if (type !== undefined) node.type ??= type
}

/**
 * The same condition, in which each comparison that needs an argument, `context.agent` or `principal.email` is false where
 * there is none. What stands within an `if` stays as its author wrote it.
 */
export function withGuards(expr: Expr): Expr {
  const node = expr as unknown as Readonly<Record<string, { left: Expr; right: Expr; arg: Expr } | undefined>>
  for (const operator of ['&&', '||'] as const) {
    const operand = node[operator]
    if (operand === undefined) continue
    return { [operator]: { left: withGuards(operand.left), right: withGuards(operand.right) } } as Expr
  }
  if (node['!'] !== undefined) return { '!': { arg: withGuards(node['!'].arg) } }
  if ('if-then-else' in expr) {
    const branches = (expr as { 'if-then-else': { if: Expr; then: Expr; else: Expr } })['if-then-else']
    return {
      'if-then-else': {
        if: withGuards(branches.if),
        then: withGuards(branches.then),
        else: withGuards(branches.else),
      },
    }
  }
  return guardsOf(expr).reduceRight((inner, guard) => ({ '&&': { left: guard, right: inner } }), expr)
}

/** Tests of presence, the outer ones of a path first. */
function guardsOf(expr: Expr): Expr[] {
  const chain = chainOf(expr)
  if (chain !== undefined) return guardsOfChain(chain)
  const { operator, parts } = partsOf(expr)
  if (operator === 'if-then-else') return []
  return parts.flatMap(guardsOf)
}

function guardsOfChain({ root, path }: Chain): Expr[] {
  const isOptional = root === 'context' ? path[0] === 'arguments' || path[0] === 'agent' : root === 'principal'
  if (!isOptional) return []
  const guards: Expr[] = []
  let left: Expr = { Var: root }
  for (const [index, attr] of path.entries()) {
    const isThere = root === 'context' && index === 0 && attr === 'arguments'
    if (!isThere) guards.push({ has: { left, attr } })
    left = { '.': { left, attr } }
  }
  return guards
}
