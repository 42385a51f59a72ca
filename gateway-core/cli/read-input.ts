/** How secrets and files reach the command line: standard input, a file, or a prompt that does not echo. Never an argument. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Arguments } from './command.js'
import { CommandError } from './command-error.js'

const maxSecretBytes = 128 * 1024

/** The value from `--file`, else from standard input; asked for on a terminal. One trailing line break is removed. */
export async function readSecret(args: Arguments, question: string): Promise<string> {
  const file = args.text('file')
  if (file !== undefined) return readSecretFile(file)
  return process.stdin.isTTY ? promptSecret(question) : readStandardInput()
}

/** All of standard input as one secret. One trailing line break is removed. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    const buffer = Buffer.from(chunk as Uint8Array)
    bytes += buffer.byteLength
    if (bytes > maxSecretBytes) throw new CommandError('Standard input is too long for a secret.')
    chunks.push(buffer)
  }
  return secretFrom(Buffer.concat(chunks), 'Standard input')
}

/** A file that holds one secret. One trailing line break is removed. */
export async function readSecretFile(path: string): Promise<string> {
  return secretFrom(await readBytes(path), path)
}

/** @throws CommandError naming the file */
export async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CommandError(`${path} cannot be read: ${code}`)
  })
}

/** Asks on the terminal, through standard error, without showing what is typed. */
export function promptSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return Promise.reject(new CommandError('There is no terminal to ask on.'))
  process.stderr.write(`${question}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  return new Promise((resolve, reject) => {
    reader.once('line', (line) => {
      resolve(line)
      reader.close()
    })
    reader.once('SIGINT', () => reader.close())
    reader.once('close', () => {
      process.stderr.write('\n')
      reject(new CommandError('Nothing was typed.'))
    })
  })
}

function secretFrom(bytes: Buffer, from: string): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new CommandError(`${from} is not UTF-8.`)
  }
  const secret = withoutLineBreak(text)
  if (secret === '') throw new CommandError(`${from} is empty.`)
  return secret
}

/** Removes one trailing line break. */
export function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}
