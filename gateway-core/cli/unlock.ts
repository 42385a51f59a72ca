/** `gatehouse unlock`: opens the vault, or makes it with its first passphrase. */
import { requirePositionals, type Arguments, type Command } from './command.js'
import { CommandError } from './command-error.js'
import { readPassphrase } from './passphrase.js'
import { promptSecret, readSecretFile, readStandardInput } from './read-input.js'

export const unlock: Command = {
  usage: ['unlock [--passphrase-file FILE | --recovery-key-file FILE] (else the passphrase comes from standard input)'],
  options: { 'passphrase-file': { type: 'string' }, 'recovery-key-file': { type: 'string' } },
  async run(args) {
    requirePositionals(args)
    const client = await args.client()
    const { vault } = await client.call('getStatus', {})
    const recoveryKeyFile = args.text('recovery-key-file')
    const body =
      recoveryKeyFile === undefined
        ? { passphrase: await passphraseFor(args, vault === 'uninitialized') }
        : { recoveryKey: await readSecretFile(recoveryKeyFile) }
    await client.call('unlock', { body })
    args.answer({ vault: 'unlocked' }, () =>
      vault === 'uninitialized'
        ? 'Made the vault. Make a recovery key too, and keep it elsewhere: gatehouse recovery-key'
        : 'Unlocked.',
    )
  },
}

async function passphraseFor(args: Arguments, isNew: boolean): Promise<string> {
  const given = await readPassphrase(args.text('passphrase-file'), args.environment)
  if (given !== undefined) return given
  if (!process.stdin.isTTY) return readStandardInput()
  if (!isNew) return promptSecret('Passphrase')
  const passphrase = await promptSecret('New passphrase')
  if ((await promptSecret('Once more')) !== passphrase) throw new CommandError('The two are not the same.')
  return passphrase
}
