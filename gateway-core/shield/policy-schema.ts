/** What Shield's policies may speak of, as a Cedar schema: entities, actions, and the context of a call. */
import type { SchemaJson, Type } from '@cedar-policy/cedar-wasm/nodejs'
import type { ArgumentNode } from './argument-paths.js'

/** What of a message is judged as an action: methods of both eras, and `response` for an agent's answer to a server. */
const serverMethods = [
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/cancel',
  'tasks/update',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
  'notifications/elicitation/complete',
  'response',
] as const

const text: Type<string> = { type: 'String' }
const flag: Type<string> = { type: 'Boolean' }

/** By both of their names: what they say, and what MCP calls it. */
const annotationsType: Type<string> = {
  type: 'Record',
  attributes: Object.fromEntries(
    ['readOnly', 'destructive', 'idempotent', 'openWorld'].flatMap((name) => [
      [name, flag],
      [`${name}Hint`, flag],
    ]),
  ),
}

const resultType: Type<string> = {
  type: 'Record',
  attributes: { isError: flag, text },
}

/** @param phase policies that judge results see them, the others do not */
export function policySchema(argumentsUsed: ArgumentNode, phase: 'request' | 'result'): SchemaJson<string> {
  const context: Type<string> = {
    type: 'Record',
    attributes: {
      arguments: recordOf(argumentsUsed),
      annotations: annotationsType,
      detections: { type: 'Set', element: text },
      agent: text,
      ...(phase === 'result' ? { result: resultType } : {}),
    },
  }
  const action = (resourceTypes: string[]) => ({ appliesTo: { principalTypes: ['Caller'], resourceTypes, context } })
  const methods = phase === 'result' ? [] : serverMethods
  return {
    '': {
      entityTypes: {
        Caller: { shape: { type: 'Record', attributes: { email: text, method: text } } },
        Server: { shape: { type: 'Record', attributes: { server: text } } },
        Tool: {
          memberOfTypes: ['Server'],
          shape: { type: 'Record', attributes: { server: text, name: text } },
        },
      },
      actions: {
        'tools/call': action(['Tool', 'Server']),
        ...Object.fromEntries(methods.map((method) => [method, action(['Server'])])),
      },
    },
  }
}

function recordOf(node: ArgumentNode): Type<string> {
  return {
    type: 'Record',
    attributes: Object.fromEntries(
      [...node.children].map(([name, child]) => [
        name,
        child.children.size > 0 ? recordOf(child) : ((child.type ?? text) as Type<string>),
      ]),
    ),
  }
}
