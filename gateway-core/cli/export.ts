/** `gatehouse export`: a profile as a file, without its secrets, or encrypted with them. */
import { writeFile, rename, rm } from 'node:fs/promises'
import type { Arguments, Command } from './command.js'
import { CommandError, UsageError } from './command-error.js'
import type { ControlClient } from './control-client.js'
import { promptSecret, readSecretFile } from './read-input.js'

export const exportProfile: Command = {
  usage: ['export [NAME] [--out FILE] [--with-secrets --recipient-passphrase-file FILE]'],
  options: {
    out: { type: 'string' },
    'with-secrets': { type: 'boolean' },
    'recipient-passphrase-file': { type: 'string' },
  },
  async run(args) {
    if (args.positionals.length > 1) throw new UsageError('expected one NAME at most')
    const sealed = args.has('with-secrets')
    if (!sealed && args.text('recipient-passphrase-file') !== undefined)
      throw new UsageError('--recipient-passphrase-file belongs to --with-secrets')
    const out = args.text('out')
    if (sealed && out === undefined && process.stdout.isTTY)
      throw new UsageError('expected --out: an encrypted file is not text')
    const client = await args.client()
    const name = args.positionals[0] ?? (await onlyProfile(client))
    const bytes = sealed ? await sealedBytes(args, client, name) : await plainBytes(args, client, name, out)
    if (out === undefined) process.stdout.write(bytes)
    else {
      await writeWhole(out, bytes, sealed ? 0o600 : 0o644)
      args.answer({ name, file: out }, () => `Wrote ${out}.`)
    }
  },
}

/** YAML, or with `--json` and no file the same as JSON. */
async function plainBytes(
  args: Arguments,
  client: ControlClient,
  name: string,
  out: string | undefined,
): Promise<Buffer> {
  const asJson = args.json && out === undefined
  const accept = asJson || out?.endsWith('.json') === true ? 'application/json' : 'application/yaml'
  const bytes = await client.exchangeBytes('getProfile', { params: { name } }, { accept })
  return asJson ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes
}

async function sealedBytes(args: Arguments, client: ControlClient, name: string): Promise<Buffer> {
  const file = args.text('recipient-passphrase-file')
  if (file === undefined && !process.stdin.isTTY) throw new UsageError('expected --recipient-passphrase-file')
  const recipientPassphrase =
    file === undefined ? await promptSecret('Passphrase for the recipient') : await readSecretFile(file)
  const accept = 'application/octet-stream'
  return client.exchangeBytes('exportSealedProfile', { params: { name }, body: { recipientPassphrase } }, { accept })
}

async function onlyProfile(client: ControlClient): Promise<string> {
  const { items } = await client.call('listProfiles', {})
  const [first, second] = items
  if (first === undefined) throw new CommandError('There is no profile yet.')
  if (second !== undefined) throw new UsageError(`expected NAME, one of ${items.map(({ name }) => name).join(', ')}`)
  return first.name
}

/** Either the whole file is there or what was there before. */
async function writeWhole(path: string, bytes: Buffer, mode: number): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    await writeFile(draft, bytes, { mode, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw new CommandError(
      `${path} cannot be written: ${error instanceof Error && 'code' in error ? String(error.code) : 'failed'}`,
    )
  }
}
