/** The official conformance suite's scenarios for authorization servers, run against the gateway as one. */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { freePort } from '../peers/everything.js'
import { OAuthAgent, UserBrowser } from '../peers/oauth-agent.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { hasTools, suiteArguments, toolsFolder } from './run-server-suite.js'

const checksSchema = z.array(z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }))

describe.skipIf(!hasTools)(`the suite’s authorization-server scenarios (loaders in ${toolsFolder})`, () => {
  let gateway: RunningGateway
  let server: RecordingServer
  let output: string

  beforeAll(async () => {
    ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
    await gateway.putServer('files', { url: server.url, agent_auth: { type: 'interactive' } })
    output = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'))
  })
  afterAll(async () => {
    await gateway?.stop()
    await server?.close()
    await rm(output, { recursive: true, force: true })
  })

  for (const revision of ['2025-11-25', '2026-07-28'])
    it(`pass at ${revision}, with a user who allows it`, async () => {
      const port = await freePort()
      const agent = await OAuthAgent.register(gateway.dataUrl, 'Conformance')
      const folder = join(output, revision)
      await runSuite(
        [
          ...['authorization', '--url', gateway.dataUrl, '--client-id', agent.clientId, '--port', String(port)],
          ...['--resource', `${gateway.dataUrl}/mcp/files`, '--spec-version', revision, '-o', folder],
        ],
        `127.0.0.1:${port}`,
      )
      const results = await readResults(folder)
      expect(results.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO')).toEqual([])
      expect(results.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['authorization-server-metadata', 'authorization-code-grant']),
      )
    })
})

/** Lets the user of the suite's client allow it, where it prints an address for that. */
async function runSuite(args: readonly string[], callbackHost: string): Promise<void> {
  const child = spawn(process.execPath, [...suiteArguments, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  let isAsked = false
  const read = (text: string): void => {
    printed += text
    const address = /^http:\S+\/oauth\/authorize\?\S+$/m.exec(printed)?.[0]
    if (address === undefined || isAsked) return
    isAsked = true
    const browser = new UserBrowser()
    void browser
      .open(address)
      .then((page) => browser.submit(page, 'approve', { stopAtHost: callbackHost }))
      .then(({ url }) => fetch(url))
      .catch((error: unknown) => {
        printed += String(error)
        child.kill()
      })
  }
  child.stdout.setEncoding('utf8').on('data', read)
  child.stderr.setEncoding('utf8').on('data', read)
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`The suite ended with ${String(code)}:\n${printed}`)
}

async function readResults(folder: string): Promise<z.infer<typeof checksSchema>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('checks.json'))
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return files.flatMap((text) => checksSchema.parse(JSON.parse(text)))
}
