/**
 * A profile with its secrets in an age v1 file, encrypted for a passphrase.
 *
 * The work factor is age's own default (scrypt, 2^18), since such a file is made to leave the machine and anyone who
 * has it may guess without end. One run takes about two seconds of computing and blocks its thread, so it runs in a
 * worker: calls through the gateway go on.
 *
 * @see [The age file encryption format, v1](https://age-encryption.org/v1)
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import * as z from 'zod'
import { GatewayError } from '../contract/errors.js'
import { secretNameSchema } from '../contract/profile.js'

const require = createRequire(import.meta.url)

const deadlineMs = 60_000
const maxPlainBytes = 8 * 1024 * 1024

export interface SealedProfile {
  readonly profile: Readonly<Record<string, unknown>>
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
}

/** What an age file held: a profile with its secrets, or any other text, which may be a profile file. */
export type OpenedFile =
  | { readonly kind: 'profile with secrets'; readonly content: SealedProfile }
  | { readonly kind: 'text'; readonly text: string }

const sealedSchema = z.strictObject({
  gatehouse_sealed: z.literal(1),
  profile: z.record(z.string(), z.unknown()),
  secrets: z.array(z.strictObject({ name: secretNameSchema, value: z.string().min(1) })),
})

/** @returns the file's bytes */
export async function sealProfile(content: SealedProfile, passphrase: string): Promise<Uint8Array> {
  const plain = new TextEncoder().encode(JSON.stringify({ gatehouse_sealed: 1, ...content }))
  const outcome = await runAge({ task: 'encrypt', passphrase, bytes: plain })
  if (outcome.bytes === undefined) throw new GatewayError('internal', { detail: 'The profile could not be encrypted.' })
  return outcome.bytes
}

/** @throws GatewayError `invalid_input` where it is not an age file, or the passphrase does not open it */
export async function openSealedFile(file: Uint8Array, passphrase: string): Promise<OpenedFile> {
  const outcome = await runAge({ task: 'decrypt', passphrase, bytes: file })
  if (outcome.bytes === undefined)
    throw new GatewayError('invalid_input', {
      detail: 'The passphrase does not open this file, or it is not an age file.',
      errors: [{ path: 'file', message: 'expected an age v1 file that the passphrase opens' }],
    })
  if (outcome.bytes.byteLength > maxPlainBytes) throw new GatewayError('payload_too_large')
  const text = decodeUtf8(outcome.bytes)
  const parsed = sealedSchema.safeParse(parseJson(text))
  if (!parsed.success) return { kind: 'text', text }
  return { kind: 'profile with secrets', content: { profile: parsed.data.profile, secrets: parsed.data.secrets } }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new GatewayError('invalid_input', {
      errors: [{ path: 'file', message: 'expected text in UTF-8 inside the age file' }],
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface AgeTask {
  readonly task: 'encrypt' | 'decrypt'
  readonly passphrase: string
  readonly bytes: Uint8Array
}

const outcomeSchema = z.object({ bytes: z.instanceof(Uint8Array).optional() })

/** The worker is text, not a file of its own, so that it runs alike from source, from a bundle and in a test. */
const workerSource = `
const { parentPort, workerData } = require('node:worker_threads')
import(workerData.ageUrl)
  .then(({ Decrypter, Encrypter }) => {
    const { task, passphrase, bytes } = workerData
    if (task === 'encrypt') {
      const encrypter = new Encrypter()
      encrypter.setPassphrase(passphrase)
      return encrypter.encrypt(bytes)
    }
    const decrypter = new Decrypter()
    decrypter.addPassphrase(passphrase)
    return decrypter.decrypt(bytes)
  })
  .then((bytes) => parentPort.postMessage({ bytes }), () => parentPort.postMessage({}))
`

/** @returns without bytes where age refused */
async function runAge(task: AgeTask): Promise<z.infer<typeof outcomeSchema>> {
  const ageUrl = pathToFileURL(require.resolve('age-encryption')).href
  const worker = new Worker(workerSource, { eval: true, workerData: { ...task, ageUrl }, execArgv: [], env: {} })
  try {
    const [message] = await once(worker, 'message', { signal: AbortSignal.timeout(deadlineMs) })
    return outcomeSchema.parse(message)
  } catch (cause) {
    throw new GatewayError('internal', { detail: 'The age file could not be worked on.', cause })
  } finally {
    await worker.terminate()
  }
}
