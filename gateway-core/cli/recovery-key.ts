/** `gatehouse recovery-key`: makes a key that opens the vault where the passphrase is lost. Printed once. */
import { requirePositionals, type Command } from './command.js'

export const recoveryKey: Command = {
  usage: ['recovery-key'],
  options: {},
  async run(args) {
    requirePositionals(args)
    const answer = await (await args.client()).call('createRecoveryKey', {})
    args.answer(
      answer,
      () =>
        `${answer.recoveryKey}\n\nThis is shown once, and replaces any recovery key before it. Keep it away from this machine.\nIt opens the vault: gatehouse unlock --recovery-key-file FILE`,
    )
  },
}
