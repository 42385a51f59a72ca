/** `gatehouse explain`: which headers a call would send to a server, and why. Nothing is sent. */
import { requirePositionals, type Command } from './command.js'
import { textTable, visible } from './text-table.js'

export const explain: Command = {
  usage: ['explain SLUG [--tool NAME] [--caller ID]'],
  options: { tool: { type: 'string' }, caller: { type: 'string' } },
  async run(args) {
    const [server = ''] = requirePositionals(args, 'SLUG')
    const tool = args.text('tool')
    const method = tool === undefined ? {} : { method: 'tools/call' }
    const answer = await (
      await args.client()
    ).call('explain', { body: { server, tool, ...method, caller: args.text('caller') } })
    args.answer(answer, () =>
      [
        `${answer.allowed ? 'Would be sent' : 'Would not be sent'} to ${visible(answer.url)}`,
        `Caller: ${answer.caller === null ? 'not recognised' : `${visible(answer.caller.id)} (${answer.caller.method})`}`,
        `Shield: ${[answer.verdict.decision, ...answer.verdict.policies].join(' ')}`,
        '',
        textTable(
          ['HEADER', 'VALUE', 'HOW', 'WHY', 'RULE'],
          answer.outbound.map((header) => [
            header.name,
            header.value,
            header.disposition,
            header.reason,
            header.source.rule,
          ]),
          'No headers.',
        ),
        ...(answer.stripped.length === 0
          ? []
          : [
              '',
              textTable(
                ['STRIPPED', 'WHY'],
                answer.stripped.map(({ name, reason }) => [name, reason]),
                '',
              ),
            ]),
        ...answer.problems.map((problem) => `Problem: ${visible(problem)}`),
      ].join('\n'),
    )
  },
}
