/** What the parts of the demo share: telling, the control API, and an agent. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Exchange, HeaderEntry } from '../../gateway-core/contract/exchange.js'

export interface Ready {
  readonly dataUrl: string
  readonly controlUrl: string
  readonly controlToken: string
}

export const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** @throws Error unless the answer was a 2xx */
export type ControlApi = <Answer = unknown>(method: string, path: string, body?: object) => Promise<Answer>

/** Calls a tool of a server as an agent would, with its key and one header that no server is to see. */
export async function callAsAgent(
  { dataUrl }: Ready,
  key: string,
  slug: string,
  tool: string,
  args: Record<string, unknown>,
): Promise<string> {
  const agent = new Client({ name: 'demo-agent', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(`${dataUrl}/mcp/${slug}`), {
    requestInit: { headers: { Authorization: `Bearer ${key}`, 'X-Internal-Trace': 'not for servers' } },
  })
  await agent.connect(transport as Parameters<Client['connect']>[0])
  const result = await agent.callTool({ name: tool, arguments: args })
  await agent.close()
  return textOf(result)
}

/** Tells what the gateway recorded of the last call of a tool. */
export async function explainLastCall(api: ControlApi, slug: string, tool: string): Promise<void> {
  const { items } = await api<{ items: Exchange[] }>('GET', `/exchanges?server=${slug}&tool=${tool}`)
  const [summary] = items
  if (summary === undefined) throw new Error('the call was not recorded')
  const { caller, verdict, request, response, timings } = await api<Exchange>('GET', `/exchanges/${summary.id}`)
  print('What went in')
  table(request.headers)
  print(`\nWho called: ${caller?.subject ?? 'nobody'} (${caller?.method ?? 'none'})`)
  print(`Shield: ${verdict.decision}${verdict.reason === undefined ? ', as it is off' : `, ${verdict.reason}`}\n`)
  print('What was kept back')
  table(request.stripped)
  print('\nWhat went out')
  table([...request.forwarded, ...request.injected])
  print(`\nAnswer: ${response.status} after ${timings.totalMs.toFixed(1)} ms`)
}

function table(headers: readonly (HeaderEntry & { readonly reason?: string })[]): void {
  for (const { name, value, source, reason } of headers) {
    const { rule = '', secret, accountId } = source
    const from = [rule, ...(secret === undefined ? [] : [`secret ${secret}`]), ...(accountId === undefined ? [] : [`account ${accountId}`])] // prettier-ignore
    const why = [reason, from.join(', ')].filter((text) => text !== undefined && text !== '').join('; ')
    print(`  ${name.padEnd(22)} ${value.padEnd(44)} ${why}`.trimEnd())
  }
}

function textOf(result: Awaited<ReturnType<Client['callTool']>>): string {
  const content: unknown = result['content']
  const [first]: unknown[] = Array.isArray(content) ? content : []
  return typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : JSON.stringify(result)
}

export function controlApi({ controlUrl, controlToken }: Ready): ControlApi {
  return async <Answer = unknown>(method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${controlUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${controlToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
}
