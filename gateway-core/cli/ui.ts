/** `gatehouse ui`: prints a link that opens the page signed in. */
import { requirePositionals, type Command } from './command.js'

export const ui: Command = {
  usage: ['ui'],
  options: {},
  async run(args) {
    requirePositionals(args)
    const link = await (await args.client()).call('createSessionLink', {})
    args.answer(link, () => `${link.url}\n\nOpens the page signed in, once, until ${link.expiresAt}.`)
  },
}
