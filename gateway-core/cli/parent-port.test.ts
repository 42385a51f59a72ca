import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { FromGateway, ToGateway } from '../contract/gateway-process.js'
import { meetApp, type App } from './parent-port.js'

/** Both ends of a port in one process. `answer` is what the app does with a message. */
class Port extends EventEmitter {
  readonly posted: FromGateway[] = []
  constructor(private readonly answer: (message: FromGateway) => ToGateway | undefined = () => undefined) {
    super()
  }
  postMessage(message: FromGateway): void {
    this.posted.push(message)
    const answer = this.answer(message)
    if (answer !== undefined) queueMicrotask(() => this.tell(answer))
  }
  tell(data: unknown): void {
    this.emit('message', { data })
  }
}

const noFallback = async (): Promise<undefined> => undefined

async function meet(port: Port, keychain = true, fallback: Parameters<typeof meetApp>[1] = noFallback): Promise<App> {
  const met = meetApp(port, fallback)
  for (const noise of [undefined, 7, { type: 'unknown' }, { type: 'hello' }, { type: 'key', id: 'x' }]) port.tell(noise)
  port.tell({ type: 'hello', keychain })
  return met
}

describe('the port to the app', () => {
  it('asks for a key, and hands one over to be kept', async () => {
    const kept = new Map<string, Uint8Array>()
    const port = new Port((message) => {
      if (message.type === 'key-made') {
        kept.set(message.account, message.key)
        return { type: 'kept', id: message.id }
      }
      if (message.type !== 'key-wanted') return undefined
      const key = kept.get(message.account)
      return { type: 'key', id: message.id, ...(key && { key }) }
    })
    const { keychain } = await meet(port)
    expect(await keychain?.read('a1')).toBeUndefined()
    await keychain?.write('a1', Uint8Array.of(1, 2, 3))
    const [mine, other] = await Promise.all([keychain?.read('a1'), keychain?.read('b2')])
    expect([mine, other]).toEqual([Uint8Array.of(1, 2, 3), undefined])
  })

  it('finds a key that was kept before there was an app', async () => {
    const port = new Port((message) => (message.type === 'key-wanted' ? { type: 'key', id: message.id } : undefined))
    const key = Uint8Array.of(9)
    const { keychain } = await meet(port, true, async () => ({ read: async () => key, write: async () => undefined }))
    expect(await keychain?.read('a1')).toEqual(key)
  })

  it('has no keychain where the app has none', async () => {
    expect((await meet(new Port(), false)).keychain).toBeUndefined()
  })

  it('fails as a wrong key where the app cannot read it', async () => {
    const port = new Port((message) => ({ type: 'key-failed', id: message.id, message: 'The keychain is locked.' }))
    const { keychain } = await meet(port)
    await expect(keychain?.read('a1')).rejects.toMatchObject({
      code: 'vault_wrong_key',
      detail: 'The keychain is locked.',
    })
  })

  it('stops when the app says so', async () => {
    const port = new Port()
    const app = await meet(port)
    port.tell({ type: 'stop' })
    expect(await app.stopRequested).toBe('app')
  })

  it('opens the vault when a person has asked, and says what went wrong in words only', async () => {
    const port = new Port()
    const app = await meet(port)
    const answered = async (id: number): Promise<FromGateway | undefined> => {
      port.tell({ type: 'unlock', id })
      await new Promise((resolve) => setImmediate(resolve))
      return port.posted.at(-1)
    }
    expect(await answered(1)).toEqual({ type: 'unlocked', id: 1, failure: 'The gateway is still starting.' })
    app.onUnlock(async () => undefined)
    expect(await answered(2)).toEqual({ type: 'unlocked', id: 2 })
    app.onUnlock(async () => Promise.reject(new TypeError('planted-secret')))
    expect(JSON.stringify(await answered(3))).not.toContain('planted-secret')
  })
})
