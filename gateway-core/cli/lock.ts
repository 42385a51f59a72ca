/** `gatehouse lock`: closes the vault. Agents are answered 503 until it is open again. */
import { requirePositionals, type Command } from './command.js'

export const lock: Command = {
  usage: ['lock'],
  options: {},
  async run(args) {
    requirePositionals(args)
    await (await args.client()).call('lock', {})
    args.answer({ vault: 'locked' }, () => 'Locked.')
  },
}
