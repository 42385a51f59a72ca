/** `gatehouse pause` and `gatehouse resume`: whether agents are let in. */
import { requirePositionals, type Command } from './command.js'

export const pause: Command = {
  usage: ['pause'],
  options: {},
  async run(args) {
    requirePositionals(args)
    await (await args.client()).call('pause', {})
    args.answer({ paused: true }, () => 'Paused: agents are refused until `gatehouse resume`.')
  },
}

export const resume: Command = {
  usage: ['resume'],
  options: {},
  async run(args) {
    requirePositionals(args)
    await (await args.client()).call('resume', {})
    args.answer({ paused: false }, () => 'Resumed.')
  },
}
