/** The command line beside a running gateway, and the events that it tells. */
import { execFile } from 'node:child_process'
import { request as httpRequest } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RunningGateway } from './start-gateway.js'

const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))

/** Runs the command line for a gateway. @throws where it does not exit with 0 */
export async function runGatehouse(gateway: RunningGateway, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [entry, ...args, '--data-dir', gateway.dataDir])
  return stdout
}

/** As `runGatehouse`, with `input` on standard input. */
export async function pipeToGatehouse(
  gateway: RunningGateway,
  input: string,
  ...args: readonly string[]
): Promise<string> {
  const running = promisify(execFile)(process.execPath, [entry, ...args, '--data-dir', gateway.dataDir])
  running.child.stdin?.end(input)
  return (await running).stdout
}

/** The first event of one kind that comes. */
export async function nextEvent(gateway: RunningGateway, kind: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${gateway.controlToken}` }
    const outgoing = httpRequest(`${gateway.controlUrl}/api/v1/events`, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        const found = new RegExp(`event: ${kind}\ndata: (.*)\n\n`).exec(text)?.[1]
        if (found === undefined) return
        outgoing.destroy()
        resolve(JSON.parse(found))
      })
    })
    outgoing.on('error', reject).end()
  })
}
