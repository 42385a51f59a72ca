/** Tools beside those of the conformance suite, for journeys: many agents at once, much progress, calls that hang. */
import {
  inputRequired,
  inputResponse,
  type CallToolResult,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import * as z from 'zod'

const text = (value: string): CallToolResult => ({ content: [{ type: 'text', text: value }] })

export function registerExtraTools(server: McpServer): void {
  server.registerTool(
    'count',
    {
      description: 'Counts in progress notifications, a hundred at a time',
      inputSchema: z.object({ to: z.number(), as: z.string() }),
    },
    async ({ to, as }, ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken
      if (progressToken === undefined) return text('Nobody listens')
      for (let progress = 1; progress <= to; progress += 1) {
        const params = { progressToken, progress, total: to, message: as }
        const sent = ctx.mcpReq.notify({ method: 'notifications/progress', params })
        if (progress % 100 === 0) {
          await sent
          await turn()
        } else sent.catch(() => undefined)
      }
      return text(`${as} counted to ${to}`)
    },
  )
  server.registerTool('introduce', { description: 'Asks the user for a name, and the model for another' }, introduce)
  server.registerTool('hold', { description: 'Answers when it is cancelled, and so never' }, async (ctx) => {
    await once(ctx.mcpReq.signal, 'abort')
    return text('cancelled')
  })
}

const nameSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } }, required: ['name'] }
const question = { message: 'Who are you?', requestedSchema: nameSchema }
const prompt = {
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text: 'Who are you?' } }],
  maxTokens: 10,
}

/** With the older era, the SDK asks for these on the stream of the call. */
function introduce(ctx: ServerContext): CallToolResult | InputRequiredResult {
  const user = inputResponse(ctx.mcpReq.inputResponses, 'user')
  const model = inputResponse(ctx.mcpReq.inputResponses, 'model')
  if (user.kind === 'elicit' && model.kind === 'sampling') return introduced(user.content, model.result.content)
  return inputRequired({
    inputRequests: { user: inputRequired.elicit(question), model: inputRequired.createMessage(prompt) },
  })
}

function introduced(user: Readonly<Record<string, unknown>> | undefined, model: unknown): CallToolResult {
  const block: unknown = Array.isArray(model) ? model[0] : model
  const said = z.looseObject({ text: z.string() }).safeParse(block)
  return text(`user ${String(user?.['name'])}, model ${said.success ? said.data.text : '?'}`)
}
