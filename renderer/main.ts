/** The status page: reads the control API, shows it, and reads again what an event says has changed. */
import { controlApi, ProblemError, watchEvents, type EventName, type GatewayStatus } from './client/control-api.js'
import { copyButton, element, find } from './element.js'
import { createExchangePanel } from './panels/exchange-panel.js'
import { createKeyPanel } from './panels/key-panel.js'
import { createServerPanel } from './panels/server-panel.js'
import { createVaultPanel } from './panels/vault-panel.js'

const shownExchanges = 20
/** Events that come faster than this, in milliseconds, are answered with one reading. */
const refreshEveryMs = 500

const panels = {
  vault: find(document, '#vault', HTMLElement),
  servers: find(document, '#servers', HTMLElement),
  keys: find(document, '#keys', HTMLElement),
  exchanges: find(document, '#exchanges', HTMLElement),
}
const gateway = find(document, '#gateway', HTMLElement)
const notice = find(document, '#notice', HTMLElement)

const showVault = createVaultPanel(panels.vault, () => refresh('status'))
const showServers = createServerPanel(panels.servers, () => refresh('server'))
const showKeys = createKeyPanel(panels.keys, () => refresh('server'))
const showExchanges = createExchangePanel(panels.exchanges)

const vaultWords: Readonly<Record<GatewayStatus['vault'], string>> = {
  unlocked: 'vault unlocked',
  locked: 'vault locked',
  uninitialized: 'no vault yet',
}
const notSignedIn = 'This page is not signed in. Run `gatehouse ui` in a terminal and open the link that it prints.'
let status: GatewayStatus | undefined

const readers: Readonly<Record<EventName, () => Promise<void>>> = {
  async status() {
    status = await controlApi.status()
    showGateway(status)
    showVault(status.vault)
    for (const panel of [panels.servers, panels.keys, panels.exchanges]) panel.hidden = status.vault !== 'unlocked'
    if (status.vault === 'unlocked') await Promise.all([read('server'), read('exchange')])
  },
  async server() {
    if (status?.vault !== 'unlocked') return
    const [servers, keys] = await Promise.all([controlApi.servers(), controlApi.keys()])
    showServers(servers.items, status.dataUrl)
    showKeys(keys.items)
  },
  async exchange() {
    if (status?.vault !== 'unlocked') return
    showExchanges((await controlApi.exchanges(shownExchanges)).items)
  },
}
/** What could not be read last time, and why. */
const failures = new Map<EventName, string>()

async function read(what: EventName): Promise<void> {
  try {
    await readers[what]()
    failures.delete(what)
  } catch (error) {
    const signedOut = error instanceof ProblemError && error.status === 401
    if (what === 'status') gateway.textContent = signedOut ? 'Not signed in' : 'Not connected'
    failures.set(what, signedOut ? notSignedIn : error instanceof Error ? error.message : String(error))
  }
  const [failure] = failures.values()
  notice.hidden = failure === undefined
  notice.textContent = failure ?? ''
}

const waiting = new Set<EventName>()

/** Reads soon; asked for many times in between, once. */
function refresh(what: EventName): void {
  if (waiting.has(what)) return
  waiting.add(what)
  setTimeout(() => {
    waiting.delete(what)
    void read(what)
  }, refreshEveryMs)
}

function showGateway({ dataUrl, version, vault }: GatewayStatus): void {
  gateway.replaceChildren(
    element('span', 'dot', '●'),
    ` Running, ${vaultWords[vault]} · agents call `,
    element('code', '', dataUrl),
    copyButton(dataUrl, 'the gateway’s address'),
    element('span', 'second', `v${version}`),
  )
  gateway.firstElementChild?.setAttribute('aria-hidden', 'true')
}

void read('status').then(() => {
  if (status === undefined) return
  watchEvents(refresh, (open) => {
    if (open) void read('status')
    else gateway.textContent = 'The gateway does not answer; trying again…'
  })
})
