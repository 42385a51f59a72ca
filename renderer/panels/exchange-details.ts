/** One exchange in full: verdict, phases, every header with its source, and the bodies. All of it already masked. */
import type { HeaderEntry } from '../../gateway-core/contract/exchange.js'
import type { Exchange } from '../client/control-api.js'
import { element, type Child } from '../element.js'
import { formatBody, formatDuration } from './format.js'

const kinds: Readonly<Record<HeaderEntry['source']['kind'], string>> = {
  inbound: 'from the agent',
  agent_auth: 'agent auth',
  app_auth: 'app auth',
  outbound_header: 'outbound header',
  protocol: 'protocol',
  gateway: 'gateway',
}

/** How a header fared on its way: a sign to see, a word to hear, a tone. */
const fates = {
  forwarded: ['=', 'Forwarded', 'same'],
  stripped: ['−', 'Stripped', 'removed'],
  injected: ['+', 'Injected', 'added'],
  replaced: ['~', 'Replaced', 'changed'],
  generated: ['•', 'Generated', 'generated'],
} as const

export function describeExchange(exchange: Exchange): HTMLElement[] {
  const { request, response, verdict } = exchange
  return [
    facts(exchange),
    section(
      'Headers on the way out',
      headerTable([
        ...request.forwarded.map((entry) => headerRow('forwarded', entry)),
        ...request.stripped.map((entry) => headerRow('stripped', entry, entry.reason)),
        ...request.injected.map((entry) => headerRow(entry.disposition, entry, entry.reason)),
      ]),
    ),
    bodySection('Request', request.body, request.truncated),
    section(
      'Response headers',
      headerTable(response.headers.map((entry) => headerRow('forwarded', entry, undefined, 'from the server'))),
    ),
    bodySection('Response', response.body, response.truncated),
    ...(response.events === undefined || response.events.length === 0
      ? []
      : [
          section(
            `Events (${response.events.length})`,
            element('pre', '', response.events.map(({ atMs, data }) => `${formatDuration(atMs)}  ${data}`).join('\n')),
          ),
        ]),
    ...(verdict.policies.length === 0 ? [] : [section('Policies', element('p', '', verdict.policies.join(', ')))]),
  ]
}

function facts({ request, response, verdict, timings, errorCode, requestId, caller }: Exchange): HTMLElement {
  const phases = [
    ['caller', timings.callerMs],
    ['Shield', timings.shieldMs],
    ['credential', timings.credentialMs],
    ['connect', timings.connectMs],
    ['first byte', timings.firstByteMs],
    ['total', timings.totalMs],
  ] as const
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Request', `${request.httpMethod} ${request.path}`],
    ['Answer', response.status === 0 ? 'The agent left before there was one' : String(response.status)],
    ['Error', errorCode],
    ['Caller', caller === null ? undefined : `${caller.subject} (${caller.method}, ${caller.id})`],
    ['Verdict', [verdict.decision, verdict.reason].filter(Boolean).join(': ')],
    ['Time', phases.map(([name, durationMs]) => `${name} ${formatDuration(durationMs)}`).join(', ')],
    ['Request id', requestId],
  ]
  const list = element('dl', 'facts')
  for (const [name, value] of rows)
    if (value !== undefined) list.append(element('dt', '', name), element('dd', 'mono', value))
  return list
}

function section(title: string, ...children: readonly Child[]): HTMLElement {
  return element('section', '', element('h3', '', title), ...children)
}

function bodySection(title: string, body: string | undefined, truncated: boolean | undefined): HTMLElement {
  const text = body === undefined || body === '' ? 'No body' : formatBody(body)
  const pre = element('pre', '', text)
  // A region that scrolls must be reachable with the keyboard.
  pre.tabIndex = 0
  return section(
    `${title} body`,
    pre,
    truncated === true ? element('p', 'second', 'Only the beginning was kept.') : undefined,
  )
}

function headerTable(rows: readonly HTMLTableRowElement[]): HTMLElement {
  if (rows.length === 0) return element('p', 'second', 'None')
  return element('table', 'headers', element('tbody', '', ...rows))
}

/** @param origin said in place of what the entry's source is called */
function headerRow(
  fate: keyof typeof fates,
  entry: HeaderEntry,
  reason?: string,
  origin?: string,
): HTMLTableRowElement {
  const [sign, word, tone] = fates[fate]
  const signCell = element('td', 'sign', element('span', '', sign), element('span', 'heard', word))
  signCell.firstElementChild?.setAttribute('aria-hidden', 'true')
  const { kind, rule, secret } = entry.source
  const why = [origin ?? kinds[kind], rule, secret === undefined ? undefined : `secret ${secret}`, reason]
  const value = entry.masked ? `${entry.value} (masked)` : entry.value
  const name = element('th', 'mono', entry.name)
  name.scope = 'row'
  return element(
    'tr',
    tone,
    signCell,
    name,
    element('td', 'mono', value),
    element('td', 'second', why.filter((part) => part !== undefined && part !== '').join(' · ')),
  )
}
