/** `gatehouse apply`: applies a profile file to the running gateway, or says what that would change. */
import { requirePositionals, type Arguments, type Command } from './command.js'
import { UsageError } from './command-error.js'
import type { OperationAnswer } from '../contract/control-api.js'
import { namingErrors, readProfileFile } from './profile-file.js'
import { promptSecret, readSecretFile } from './read-input.js'
import { visible } from './text-table.js'

type Report = OperationAnswer<'applyProfile'>

export const apply: Command = {
  usage: ['apply FILE [--name NAME] [--dry-run] [--approve-commands] [--passphrase-file FILE]'],
  options: {
    name: { type: 'string' },
    'dry-run': { type: 'boolean' },
    'approve-commands': { type: 'boolean' },
    'passphrase-file': { type: 'string' },
  },
  async run(args) {
    const [path = ''] = requirePositionals(args, 'FILE')
    const dryRun = args.has('dry-run')
    const report = await namingErrors(path, () => applyFile(args, path, dryRun))
    args.answer(report, () => describeReport(report, dryRun))
  },
}

async function applyFile(args: Arguments, path: string, dryRun: boolean): Promise<Report> {
  const onDisk = await readProfileFile(path)
  const client = await args.client()
  const query = {
    dryRun: dryRun ? 'true' : undefined,
    approveCommands: args.has('approve-commands') ? 'true' : undefined,
    name: args.text('name') ?? (onDisk.kind === 'profile' ? onDisk.file.name : undefined),
  } as const
  if (onDisk.kind === 'sealed') {
    const body = { file: onDisk.bytes.toString('base64'), passphrase: await filePassphrase(args, path) }
    return client.call('importSealedProfile', { query, body })
  }
  const { text, format } = onDisk.file
  const bytes = await client.exchangeBytes(
    'applyProfile',
    { query },
    { contentType: `application/${format}`, bytes: text },
  )
  return JSON.parse(bytes.toString('utf8')) as Report
}

async function filePassphrase(args: Arguments, path: string): Promise<string> {
  const file = args.text('passphrase-file')
  if (file !== undefined) return readSecretFile(file)
  if (!process.stdin.isTTY) throw new UsageError(`${path} is encrypted: expected --passphrase-file`)
  return promptSecret(`Passphrase of ${path}`)
}

const signs = { added: '+', changed: '~', removed: '-' } as const

/** What changed, or would, one line each; then what is still to do. */
export function describeReport(report: Report, dryRun: boolean): string {
  const { changes, name } = report
  const done = dryRun ? 'would change' : 'applied'
  const headline =
    changes.length === 0 ? `Profile ${name}: nothing to change.` : `Profile ${name}: ${changes.length} ${done}.`
  return [
    headline,
    ...changes.flatMap((change) => [
      `  ${signs[change.change]} ${visible(change.path)}`,
      ...(change.change === 'changed' ? describeKeys(change.before, change.after) : []),
    ]),
    ...report.storedSecrets.map(
      (secret) => `In the clear: ${visible(secret)}. It ${dryRun ? 'goes' : 'went'} to the vault.`,
    ),
    ...report.missingSecrets.map((secret) => `Missing secret: ${secret}. Store it: gatehouse secrets set ${secret}`),
    ...report.pendingApproval.map(
      (slug) =>
        `Waits for approval: ${slug}. Look at it: gatehouse servers show ${slug}; then: gatehouse servers approve ${slug}`,
    ),
    ...report.warnings.map((warning) => `Warning: ${visible(warning)}`),
  ].join('\n')
}

/** The top-level keys that differ, where both sides are mappings. */
function describeKeys(before: unknown, after: unknown): readonly string[] {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return []
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) => {
    const [was, is] = [shown(Reflect.get(before, key)), shown(Reflect.get(after, key))]
    return was === is ? [] : [`      ${visible(key)}: ${was} -> ${is}`]
  })
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : visible(JSON.stringify(value))
}
