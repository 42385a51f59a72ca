/** Lists the servers with their states, and adds one by its URL. */
import { controlApi, type ServerAnswer } from '../client/control-api.js'
import { copyButton, element, find } from '../element.js'
import { onSubmit } from './form.js'
import { suggestSlug } from './suggest-slug.js'

const states: Readonly<Record<ServerAnswer['state']['status'], readonly [glyph: string, word: string, tone: string]>> =
  {
    ready: ['●', 'Ready', 'allow'],
    sign_in_needed: ['△', 'Sign-in needed', 'open'],
    unreachable: ['✕', 'Unreachable', 'deny'],
    disabled: ['–', 'Disabled', 'quiet'],
    error: ['✕', 'Error', 'deny'],
  }

/** @returns shows a list of servers; `dataUrl` is where agents call */
export function createServerPanel(
  panel: HTMLElement,
  onAdded: () => void,
): (servers: readonly ServerAnswer[], dataUrl: string) => void {
  const rows = find(panel, '.rows', HTMLElement)
  const empty = find(panel, '.empty', HTMLElement)
  const slug = find(panel, '#server-slug', HTMLInputElement)
  const url = find(panel, '#server-url', HTMLInputElement)
  let suggested = ''
  url.addEventListener('input', () => {
    if (slug.value !== suggested) return
    suggested = suggestSlug(url.value)
    slug.value = suggested
  })
  onSubmit(panel, async (field) => {
    await controlApi.addServer(field('slug'), field('url'))
    suggested = ''
    onAdded()
  })
  return (servers, dataUrl) => {
    rows.replaceChildren(...servers.map((server) => serverRow(server, dataUrl)))
    empty.hidden = servers.length > 0
  }
}

function serverRow(server: ServerAnswer, dataUrl: string): HTMLLIElement {
  const [glyph, word, tone] = states[server.state.status]
  const mark = element('span', `mark ${tone}`, glyph)
  mark.setAttribute('aria-hidden', 'true')
  const address = `${dataUrl}/mcp/${server.slug}`
  return element(
    'li',
    '',
    mark,
    element(
      'div',
      'grow',
      element('div', 'line', element('strong', '', server.slug), element('span', tone, word)),
      element('div', 'mono second', targetOf(server)),
      server.state.reason === undefined ? undefined : element('div', 'second', server.state.reason),
      element(
        'div',
        'line second',
        'Agents call ',
        element('code', '', address),
        copyButton(address, `the address of ${server.slug}`),
      ),
    ),
  )
}

/** A command is shown with the names of the secrets in it, which is how it was written. */
function targetOf({ url, command = '', args = [] }: ServerAnswer): string {
  const shown = args.map((value) => (typeof value === 'string' ? value : `{ secret: ${value.secret} }`))
  return url ?? [command, ...shown].join(' ')
}
