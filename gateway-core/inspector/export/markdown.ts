/** An exchange as a section of a report in Markdown, for an issue or a chat. */
import type { Exchange, HeaderEntry } from '../../contract/exchange.js'

export function markdownSection(exchange: Exchange): string {
  const { request, response, verdict, timings } = exchange
  const call = [exchange.method ?? request.httpMethod, exchange.tool].filter((part) => part !== null).join(' ')
  const lines = [
    `## ${inline(call)} at ${inline(exchange.server ?? 'all servers')}: ${response.status}`,
    '',
    `- exchange ${code(exchange.id)}, request ${code(exchange.requestId)}, ${exchange.startedAt}`,
    `- caller ${code(exchange.caller?.subject ?? 'unknown')}${exchange.recognisedBy === undefined ? '' : `: ${inline(exchange.recognisedBy)}`}`,
    `- verdict **${verdict.decision}**${verdict.reason === undefined ? '' : `: ${inline(verdict.reason)}`}${verdict.policies.map((policy) => `, ${code(policy)}`).join('')}`,
    ...(exchange.errorCode === undefined ? [] : [`- error ${code(exchange.errorCode)}`]),
    ...(exchange.problems ?? []).map((problem) => `- ${inline(problem)}`),
    `- ${timings.totalMs.toFixed(1)} ms: ${Object.entries(timings)
      .filter(([name, ms]) => name !== 'totalMs' && ms > 0)
      .map(([name, ms]) => `${name.slice(0, -2)} ${Number(ms).toFixed(1)}`)
      .join(', ')}`,
    ...(request.url === undefined ? [] : [`- sent to ${code(request.url)}`]),
    '',
    '| header | value | what became of it |',
    '| --- | --- | --- |',
    ...request.forwarded.map((entry) => row(entry, 'forwarded')),
    ...request.stripped.map((entry) => row(entry, `stripped: ${entry.reason}`)),
    ...request.injected.map((entry) => row(entry, `${entry.disposition}: ${entry.reason}`)),
    ...(request.query ?? []).map((entry) => row(entry, 'added to the query')),
    '',
    ...block('Request', request.body),
    ...block('Response', response.body),
    ...block('Events', response.events?.map(({ atMs, data }) => `${atMs.toFixed(1)} ms: ${data}`).join('\n')),
  ]
  return `${lines.join('\n')}\n`
}

function row({ name, value }: HeaderEntry, what: string): string {
  return `| ${inline(name)} | ${code(value)} | ${inline(what)} |`
}

/** What a server said must not become markup of the report. */
function inline(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|!~&]/g, (character) => `\\${character}`).replace(/\s+/g, ' ')
}

function code(text: string): string {
  const flat = text.replace(/\s+/g, ' ').replaceAll('|', '\\|')
  const fence = '`'.repeat(longestRun(flat) + 1)
  return flat.includes('`') ? `${fence} ${flat} ${fence}` : `\`${flat}\``
}

function block(title: string, text: string | undefined): string[] {
  if (text === undefined || text === '') return []
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return [`### ${title}`, '', fence, text, fence, '']
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
}
