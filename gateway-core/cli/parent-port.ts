/**
 * The gateway's end of the port to the desktop app, where the app has started it as a `utilityProcess`: the vault's key
 * comes over it, never by an argument, the environment or a file.
 */
import { GatewayError } from '../contract/errors.js'
import { toGatewaySchema, type FromGateway, type ToGateway } from '../contract/gateway-process.js'
import type { Keychain } from '../vault/vault.js'

/** Longer than a person needs to answer the operating system's question. */
const answerTimeoutMs = 120_000

/** As Electron puts it at `process.parentPort`. */
export interface MessagePortToParent {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown
}

export interface App {
  /** Undefined where the operating system keeps no key for the app. */
  readonly keychain: Keychain | undefined
  /** Resolves when the app wants the gateway to stop. */
  readonly stopRequested: Promise<'app'>
  /** Called when a person has asked for the vault to be opened with the kept key. */
  onUnlock(unlock: () => Promise<void>): void
}

/** @returns undefined where no app started this process */
export function findParentPort(): MessagePortToParent | undefined {
  const port: unknown = Reflect.get(process, 'parentPort')
  return isPort(port) ? port : undefined
}

function isPort(port: unknown): port is MessagePortToParent {
  return typeof port === 'object' && port !== null && 'postMessage' in port && 'on' in port
}

/** Listens, and waits for the app's first message. What is not one of its messages is passed over. */
export function meetApp(port: MessagePortToParent, fallback: () => Promise<Keychain | undefined>): Promise<App> {
  const questions = new Questions((message) => port.postMessage(message))
  let requestStop: (value: 'app') => void = () => undefined
  const stopRequested = new Promise<'app'>((resolve) => (requestStop = resolve))
  let unlock: (() => Promise<void>) | undefined
  return new Promise((resolve) => {
    port.on('message', ({ data }) => {
      const message = toGatewaySchema.safeParse(data).data
      if (message === undefined) return
      if (message.type === 'hello') {
        const keychain = message.keychain ? keychainOfApp(questions, fallback) : undefined
        resolve({ keychain, stopRequested, onUnlock: (listener) => (unlock = listener) })
      } else if (message.type === 'stop') requestStop('app')
      else if (message.type === 'unlock') void unlockFor(message.id, unlock, (answer) => port.postMessage(answer))
      else questions.answered(message)
    })
  })
}

async function unlockFor(
  id: number,
  unlock: (() => Promise<void>) | undefined,
  answer: (message: FromGateway) => void,
): Promise<void> {
  try {
    if (unlock === undefined) throw new GatewayError('vault_locked', { detail: 'The gateway is still starting.' })
    await unlock()
    answer({ type: 'unlocked', id })
  } catch (error) {
    const failure = error instanceof GatewayError ? (error.detail ?? error.message) : 'The vault could not be opened.'
    answer({ type: 'unlocked', id, failure })
  }
}

/** A key that was kept before there was an app, by the command line, is found too. */
function keychainOfApp(questions: Questions, fallback: () => Promise<Keychain | undefined>): Keychain {
  return {
    async read(account) {
      const key = await questions.ask((id) => ({ type: 'key-wanted', id, account }))
      return key ?? (await (await fallback())?.read(account))
    },
    async write(account, key) {
      await questions.ask((id) => ({ type: 'key-made', id, account, key }))
    },
  }
}

type Answer = Exclude<ToGateway, { type: 'hello' | 'unlock' | 'stop' }>

/** Questions to the app that wait for their answers. */
class Questions {
  private readonly waiting = new Map<number, (answer: Answer) => void>()
  private lastId = 0

  constructor(private readonly post: (message: FromGateway) => void) {}

  ask(question: (id: number) => FromGateway): Promise<Uint8Array | undefined> {
    const id = ++this.lastId
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        this.waiting.delete(id)
        reject(unanswered('The app did not answer.'))
      }, answerTimeoutMs)
      this.waiting.set(id, (answer) => {
        clearTimeout(timeout)
        if (answer.type === 'key-failed') reject(unanswered(answer.message))
        else resolve(answer.type === 'key' ? answer.key : undefined)
      })
      this.post(question(id))
    })
  }

  answered(answer: Answer): void {
    this.waiting.get(answer.id)?.(answer)
    this.waiting.delete(answer.id)
  }
}

function unanswered(detail: string): GatewayError {
  return new GatewayError('vault_wrong_key', { detail, fix: 'Unlock with the passphrase or the recovery key.' })
}
