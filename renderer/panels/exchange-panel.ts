/** Lists recent exchanges, newest first; opened, one shows which header went where and why, and the bodies. */
import { controlApi, type ExchangeSummary } from '../client/control-api.js'
import { element, find } from '../element.js'
import { describeExchange } from './exchange-details.js'
import { formatDuration, formatTimeOfDay } from './format.js'

const verdicts: Readonly<Record<ExchangeSummary['verdict']['decision'], readonly [glyph: string, word: string]>> = {
  allow: ['✓', 'Allowed'],
  deny: ['✕', 'Denied'],
  error: ['△', 'Error'],
}
const tones = { allow: 'allow', deny: 'deny', error: 'open' } as const

/** @returns shows a list of exchanges. A row that stays in the list stays as it is, open or focused. */
export function createExchangePanel(panel: HTMLElement): (exchanges: readonly ExchangeSummary[]) => void {
  const list = find(panel, '.exchanges', HTMLElement)
  const empty = find(panel, '.empty', HTMLElement)
  let rows = new Map<string, HTMLLIElement>()
  return (exchanges) => {
    const next = new Map(exchanges.map((exchange) => [exchange.id, rows.get(exchange.id) ?? exchangeRow(exchange)]))
    for (const [id, row] of rows) if (!next.has(id)) row.remove()
    let before = list.firstElementChild
    for (const row of next.values()) {
      if (row === before) before = row.nextElementSibling
      else list.insertBefore(row, before)
    }
    rows = next
    empty.hidden = next.size > 0
  }
}

function exchangeRow(exchange: ExchangeSummary): HTMLLIElement {
  const { decision } = exchange.verdict
  const [glyph, word] = verdicts[decision]
  const mark = element('span', `mark ${tones[decision]}`, glyph)
  mark.setAttribute('aria-hidden', 'true')
  const status = exchange.response.status === 0 ? 'left' : String(exchange.response.status)
  const details = element(
    'details',
    decision === 'allow' ? '' : `tint-${tones[decision]}`,
    element(
      'summary',
      '',
      mark,
      element('span', 'at', formatTimeOfDay(exchange.startedAt)),
      element(
        'span',
        'what',
        [exchange.method ?? exchange.request.httpMethod, exchange.tool].filter(Boolean).join(' '),
      ),
      element(
        'span',
        'second',
        `${exchange.agent ?? exchange.caller?.subject ?? 'nobody'} → ${exchange.server ?? 'no server'}`,
      ),
      element('span', tones[decision], word),
      element('span', 'number', status),
      element('span', 'number', formatDuration(exchange.durationMs)),
    ),
  )
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) void load(details, exchange.id)
  })
  return element('li', '', details)
}

async function load(details: HTMLDetailsElement, id: string): Promise<void> {
  const content = element('div', 'content', 'Reading…')
  details.append(content)
  try {
    content.replaceChildren(...describeExchange(await controlApi.exchange(id)))
  } catch (error) {
    content.remove()
    details.open = false
    const said = error instanceof Error ? error.message : 'It could not be read.'
    find(details, 'summary', HTMLElement).title = said
  }
}
