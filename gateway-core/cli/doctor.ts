/** `gatehouse doctor`: looks at everything that a working gateway needs, and says how to mend what is not right. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { requirePositionals, type Arguments, type Command } from './command.js'
import { CommandError } from './command-error.js'
import type { ControlClient } from './control-client.js'
import { describeSteps } from './server-health.js'
import { findPortHolder } from './port-holder.js'
import { isProcessAlive, readRunFile, runFilePath } from './run-file.js'
import { findKeychain } from './system-keychain.js'
import { visible } from './text-table.js'

const oldestNode = [20, 19] as const
const healthTimeoutMs = 3_000

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** What to do where it is not ok. */
  readonly fix?: string
}

export const doctor: Command = {
  usage: ['doctor', 'doctor SLUG [--caller ID] (one server: from its name to the first call)'],
  options: { caller: { type: 'string' } },
  async run(args) {
    if (args.positionals.length > 0) return examine(args)
    const client = await args.client().catch(() => undefined)
    const checks = [
      checkNode(process.versions.node),
      await checkMode('data directory', args.dataDir, 0o700),
      ...(await checkFiles(args.dataDir)),
      await checkRunFile(args.dataDir),
      ...(client === undefined ? await checkPorts(args) : await checkGateway(client)),
      await checkKeychain(),
    ]
    args.answer({ checks }, () => checks.map(describeCheck).join('\n'))
    const failed = checks.filter(({ ok }) => !ok).length
    if (failed > 0) throw new CommandError(`${failed} of ${checks.length} need attention.`)
  },
}

/** One server, as the caller that is named would call it, or the subject `local`. Nobody is asked to sign in. */
async function examine(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const { steps } = await (
    await args.client()
  ).call('probeServer', { params: { slug }, body: { caller: args.text('caller') } })
  args.answer({ steps }, () => describeSteps(steps))
  const failed = steps.filter(({ ok }) => !ok).length
  if (failed > 0) throw new CommandError(`${failed} of ${steps.length} steps failed.`)
}

function describeCheck({ name, ok, detail, fix }: Check): string {
  return `${ok ? '✓' : '✕'} ${name}: ${visible(detail)}${ok || fix === undefined ? '' : `\n    ${visible(fix)}`}`
}

/** @param version as `process.versions.node` has it */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  return { name: 'Node', ok, detail: version, fix: `Install Node ${oldestNode.join('.')} or newer.` }
}

/** Checks that a file or folder is there and that nobody else may use it. On Windows the profile's folder sees to that. */
async function checkMode(name: string, path: string, mode: number): Promise<Check> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined)
    return { name, ok: false, detail: `${path} is not there`, fix: 'Start the gateway once: gatehouse serve' }
  const actual = found.mode & 0o777
  const ok = process.platform === 'win32' || (actual & ~mode) === 0
  return { name, ok, detail: `${path}, mode ${octal(actual)}`, fix: `chmod ${octal(mode)} '${path}'` }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

async function checkFiles(dataDir: string): Promise<readonly Check[]> {
  const files = ['vault.db', 'vault.db-wal', 'vault.db-shm', 'vault.slots.json'].map((name) => join(dataDir, name))
  const present: string[] = []
  for (const file of files) if ((await stat(file).catch(() => undefined)) !== undefined) present.push(file)
  return Promise.all(present.map((file) => checkMode('vault file', file, 0o600)))
}

async function checkRunFile(dataDir: string): Promise<Check> {
  const path = runFilePath(dataDir)
  const run = await readRunFile(dataDir)
  const start = 'Start the gateway: gatehouse serve'
  if (run === undefined) return { name: 'run.json', ok: false, detail: 'no gateway is running', fix: start }
  if (!isProcessAlive(run.pid))
    return { name: 'run.json', ok: false, detail: `left behind by process ${run.pid}, which has ended`, fix: start }
  return checkMode('run.json', path, 0o600)
}

async function checkGateway(client: ControlClient): Promise<readonly Check[]> {
  const status = await client.call('getStatus', {}).catch(() => undefined)
  if (status === undefined) {
    const fix = `Stop process ${client.run.pid} and start the gateway: gatehouse serve`
    return [{ name: 'control port', ok: false, detail: `${client.run.controlUrl} does not answer`, fix }]
  }
  const health = await fetch(`${status.dataUrl}/healthz`, { signal: AbortSignal.timeout(healthTimeoutMs) }).catch(
    () => undefined,
  )
  return [
    { name: 'control port', ok: true, detail: `${status.controlUrl} answers, version ${status.version}` },
    {
      name: 'data port',
      ok: health?.ok === true,
      detail: `${status.dataUrl} ${health?.ok === true ? 'answers' : 'does not answer'}`,
      fix: 'Start the gateway again: gatehouse serve',
    },
    { name: 'vault', ok: status.vault === 'unlocked', detail: status.vault, fix: 'Open it: gatehouse unlock' },
  ]
}

/** Without a gateway: whether the ports that it would take are free. */
async function checkPorts({ environment }: Arguments): Promise<readonly Check[]> {
  const ports = [
    ['data port', environment.port, '--port'],
    ['control port', environment.controlPort, '--control-port'],
  ] as const
  return Promise.all(
    ports.map(async ([name, port, option]): Promise<Check> => {
      const holder = await findPortHolder(port)
      if (holder === undefined) return { name, ok: true, detail: `${port} looks free` }
      const fix = `Stop it, or choose another port: gatehouse serve ${option} PORT`
      return { name, ok: false, detail: `${port} is held by ${holder.name} (process ${holder.pid})`, fix }
    }),
  )
}

/** Without one the vault needs a passphrase, which is as good: a finding, not a fault. */
async function checkKeychain(): Promise<Check> {
  const found = (await findKeychain()) !== undefined
  return { name: 'keychain', ok: true, detail: found ? 'available' : 'none here; the vault opens with a passphrase' }
}
