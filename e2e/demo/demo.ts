/**
 * The whole story in one run: an agent with a key of its own calls a server that wants an API key, and one that wants its
 * user's OAuth token; and what the gateway can say about it afterwards.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { tellOfAccounts } from './account-story.js'
import { tellOfKeys } from './key-story.js'
import { controlApi, print, type Ready } from './story.js'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-demo-'))
const passphraseFile = join(folder, 'passphrase')
writeFileSync(passphraseFile, randomBytes(24).toString('base64url'), { mode: 0o600 })

const gateway = spawn(
  process.execPath,
  [
    fileURLToPath(new URL('../gateway/gatehouse.js', import.meta.url)),
    ...[
      'serve',
      '--json',
      '--port',
      '0',
      '--control-port',
      '0',
      '--data-dir',
      join(folder, 'data'),
      '--passphrase-file',
      passphraseFile,
    ],
  ],
  { stdio: ['ignore', 'pipe', 'ignore'] },
)

try {
  const ready = JSON.parse(await firstLine()) as Ready
  await tellStory(ready)
} finally {
  gateway.kill('SIGTERM')
  if (gateway.exitCode === null) await new Promise((resolve) => gateway.once('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
}

function firstLine(): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: gateway.stdout }).once('line', resolve)
    gateway.once('exit', (code) => reject(new Error(`the gateway ended with ${code ?? 'a signal'}`)))
  })
}

async function tellStory(ready: Ready): Promise<void> {
  const api = controlApi(ready)
  const agent = { name: 'demo-agent', subject: 'ada', servers: ['weather', 'directory'] }
  const { key } = await api<{ key: string }>('POST', '/keys', agent)
  print(
    `1. An agent gets a key of its own, for the user "ada", good for two servers and revocable: ${key.slice(0, 6)}…`,
  )
  await tellOfKeys(ready, api, key)
  await tellOfAccounts(ready, api, key)
}
