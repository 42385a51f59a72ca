/** Every screen in every theme: nothing that axe finds, nothing that the browser complains of, and pictures to look at. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

/** Each address, and the words that are there once it is ready. A screen adds its own. */
const screens = [
  { name: 'home', path: '/', ready: 'Recent denials and failures' },
  { name: 'servers', path: '/servers', ready: 'servers' },
  { name: 'server', path: '/servers?selected=everything', ready: 'Remove server' },
  { name: 'inspector', path: '/inspector', ready: 'Nothing has called yet' },
  { name: 'no-agents', path: '/agents', ready: 'No agent yet' },
  { name: 'connect-agent', path: '/agents?sheet=connect', ready: 'Make a key' },
  { name: 'no-accounts', path: '/vault', ready: 'No account yet' },
  { name: 'profiles', path: '/profiles', ready: 'Import a profile' },
  { name: 'shield', path: '/shield', ready: 'Turn on' },
  { name: 'settings', path: '/settings?section=keyboard', ready: 'Reset all keys' },
  { name: 'add-server', path: '/servers?add=', ready: 'Add a server' },
] as const

describe.skipIf(chromiumPath === undefined)('the screens', () => {
  let gateway: RunningGateway
  let everything: EverythingServer
  let open: OpenPage

  beforeAll(async () => {
    gateway = await startGateway()
    everything = await startEverything()
    await gateway.putServer('everything', { url: everything.url })
    await gateway.putServer('gone', {
      url: 'http://127.0.0.1:9/mcp',
      app_auth: { type: 'bearer', token: { secret: 'GONE_TOKEN' } },
    })
    await gateway.putServer('off', { url: 'https://mcp.example.com/mcp', enabled: false })
    await Promise.all(['gone', 'everything'].map((slug) => gateway.api('POST', `/servers/${slug}/probe`)))
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await everything?.close()
    await gateway?.stop()
  })

  it.each(screens)('$name reads in every theme', async ({ name, path, ready }) => {
    await open.goTo(path)
    await open.page.getByText(ready).first().waitFor()
    expect(await open.violationsInThemes(name)).toEqual([])
  })

  it.each([
    ['at the smallest window', 880, 560],
    ['at twice the size', 640, 400],
  ])('nothing is cut off %s', async (_what, width, height) => {
    await open.page.setViewportSize({ width, height })
    for (const { name, path, ready } of screens) {
      await open.goTo(path)
      await open.page.getByText(ready).first().waitFor()
      // What scrolls up and down must not have to be scrolled sideways as well.
      const overflowing = await open.page.evaluate(() =>
        Array.from(document.querySelectorAll('*'))
          .filter((element) => element.scrollWidth > element.clientWidth && element.tagName !== 'PRE')
          .filter(
            (element) =>
              element === document.documentElement || /auto|scroll/.test(getComputedStyle(element).overflowX),
          )
          .map((element) => `${element.tagName} ${element.className}`),
      )
      expect({ name, overflowing }).toEqual({ name, overflowing: [] })
      await open.picture(`${name}-${width}`)
    }
  })

  it('break no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
