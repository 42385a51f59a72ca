/** Lists the agents' keys, and makes a new one, which is shown this once. */
import { controlApi, type CreatedKey, type KeyAnswer } from '../client/control-api.js'
import { copyButton, element, find } from '../element.js'
import { onSubmit } from './form.js'
import { formatMoment } from './format.js'

/** @returns shows a list of keys */
export function createKeyPanel(panel: HTMLElement, onCreated: () => void): (keys: readonly KeyAnswer[]) => void {
  const rows = find(panel, '.rows', HTMLElement)
  const empty = find(panel, '.empty', HTMLElement)
  const created = find(panel, '.created', HTMLElement)
  onSubmit(panel, async (field) => {
    created.replaceChildren(...describeCreated(await controlApi.createKey(field('name'))))
    onCreated()
  })
  return (keys) => {
    rows.replaceChildren(...keys.map(keyRow))
    empty.hidden = keys.length > 0
  }
}

function describeCreated({ name, key }: CreatedKey): Node[] {
  return [
    element('p', '', `The key for ${name}, shown this once. Agents send it as the header X-Gatehouse-APIKey:`),
    element('p', 'line', element('code', 'key', key), copyButton(key, `the key for ${name}`)),
  ]
}

function keyRow(key: KeyAnswer): HTMLLIElement {
  const used = key.lastUsedAt === undefined ? 'never used' : `last used ${formatMoment(key.lastUsedAt)}`
  const until = key.expiresAt === undefined ? '' : `, until ${formatMoment(key.expiresAt)}`
  const reach = key.servers === undefined ? 'all servers' : key.servers.join(', ')
  return element(
    'li',
    '',
    element(
      'div',
      'grow',
      element('div', 'line', element('strong', '', key.name), element('code', '', `…${key.hint}`)),
      element('div', 'second', `${reach}, ${used}${until}`),
    ),
  )
}
