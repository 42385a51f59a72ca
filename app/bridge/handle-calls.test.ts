import { describe, expect, it } from 'vitest'
import { bridgeNames, callChannel, type BridgeAnswer } from './bridge-names.js'
import { handleCalls, isTrusted, type BridgeHandlers, type Sender } from './handle-calls.js'

const page: Sender = { origin: 'http://127.0.0.1:4284', isTopFrame: true, webContentsId: 1 }
const trusted = { origin: 'http://127.0.0.1:4284', webContentsId: 1 }

type Listener = (sender: Sender, input: unknown) => Promise<BridgeAnswer>

function bridge(over: Partial<BridgeHandlers> = {}) {
  const called: unknown[] = []
  const listeners = new Map<string, Listener>()
  const all = Object.fromEntries(
    bridgeNames.map((name) => [name, (input: unknown) => void called.push([name, input])]),
  ) as unknown as BridgeHandlers
  handleCalls({ handle: (channel, listener) => void listeners.set(channel, listener) }, () => trusted, {
    ...all,
    ...over,
  })
  const call = (name: (typeof bridgeNames)[number], input?: unknown, sender = page): Promise<BridgeAnswer> =>
    listeners.get(callChannel(name))?.(sender, input) ?? Promise.reject(new Error('no listener'))
  return { call, called, listeners }
}

describe('who may ask', () => {
  it.each([
    { ...page, origin: 'https://evil.example' },
    { ...page, origin: 'http://127.0.0.1:4283' },
    { ...page, origin: undefined },
    { ...page, origin: 'null' },
    { ...page, isTopFrame: false },
    { ...page, webContentsId: 2 },
  ])('nobody but the page in the window: %o', async (sender) => {
    const { call, called } = bridge()
    for (const name of bridgeNames) expect(await call(name, undefined, sender)).toMatchObject({ ok: false })
    expect(called).toEqual([])
  })

  it('nobody while there is no page', () => {
    expect(isTrusted({ ...page, origin: undefined }, { origin: undefined, webContentsId: 1 })).toBe(false)
  })
})

describe('what may be asked', () => {
  it.each([
    ['copySecret', 7],
    ['copySecret', ''],
    ['copySecret', 'x'.repeat(65_537)],
    ['openExternal', { url: 'https://example.com' }],
    ['revealFolder', '../../etc'],
    ['setPreferences', { startAtLogin: 'yes' }],
    ['setPreferences', { __proto__: { x: 1 }, invented: 1 }],
    ['setMenuCommands', [{ id: 'x' }]],
    ['lock', 'off'],
    ['getState', 'anything'],
    ['installUpdate', {}],
  ] as const)('%s refuses %j', async (name, input) => {
    const { call, called } = bridge()
    const answer = await call(name, input)
    expect(answer.ok).toBe(false)
    expect(called).toEqual([])
  })

  it('hands a checked input on, and the answer back', async () => {
    const { call } = bridge({ revealFolder: (folder) => `opened ${folder}` })
    expect(await call('revealFolder', 'logs')).toEqual({ ok: true, value: 'opened logs' })
  })

  it('tells the message of a failure and nothing else of it', async () => {
    const { call } = bridge({
      installUpdate: async () => Promise.reject(Object.assign(new Error('There is no update.'), { planted: 'secret' })),
    })
    expect(await call('installUpdate')).toEqual({ ok: false, message: 'There is no update.' })
  })
})
