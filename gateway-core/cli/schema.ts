/** `gatehouse schema`: the profile file's JSON Schema. Needs no gateway. */
import { profileJsonSchema } from '../contract/profile.js'
import { requirePositionals, type Command } from './command.js'

export const schema: Command = {
  usage: ['schema'],
  options: {},
  async run(args) {
    requirePositionals(args)
    args.print(JSON.stringify(profileJsonSchema(), null, args.json ? undefined : 2))
  },
}
