/** The control API's operations on a server's tools, made as the local user, through the same stages as an agent's. */
import * as z from 'zod'
import { exchangeSchema } from './exchange-schemas.js'
import { slugParamsSchema } from './control-schemas.js'
import { read, write, type Operation } from './operation.js'
import { listOf, pageQuerySchema } from './schema-parts.js'

const toolSchema = z.object({
  name: z.string().describe('The server’s own.'),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema.'),
  annotations: z.record(z.string(), z.unknown()).optional(),
})
const toolListSchema = listOf(toolSchema)
export type ListedTool = z.infer<typeof toolSchema>

const offersSchema = z.object({
  tools: z.int().optional(),
  resources: z.int().optional(),
  resourceTemplates: z.int().optional(),
  prompts: z.int().optional(),
})
export type Offers = z.infer<typeof offersSchema>
/** Also the key of the list in the server's answer. */
export type OfferKind = keyof Offers

export const ownCallSchema = z.strictObject({
  tool: z.string().min(1).max(256).optional().describe('As agents see its name. Without one, the tools are listed.'),
  arguments: z.record(z.string(), z.unknown(), { error: 'expected an object' }).optional(),
  confirm: z
    .boolean()
    .optional()
    .describe('Needed for a tool that says that it may destroy something, or of which nothing is known.'),
})
export type OwnCall = z.infer<typeof ownCallSchema>

export const toolOperations = {
  listTools: {
    ...read,
    method: 'get',
    path: '/servers/{slug}/tools',
    summary: 'The tools that a server lists, as it names them, also those that agents do not see. Asks the server.',
    params: slugParamsSchema,
    query: pageQuerySchema,
    answer: toolListSchema,
  },
  countOffers: {
    ...read,
    method: 'get',
    path: '/servers/{slug}/offers',
    summary:
      'How many of each a server lists. What it does not offer, or would not list, is left out. Asks the server.',
    params: slugParamsSchema,
    answer: offersSchema,
  },
  callServer: {
    ...write,
    method: 'post',
    path: '/servers/{slug}/calls',
    summary: 'Calls a tool of a server as the local user, and answers with the exchange that this makes.',
    params: slugParamsSchema,
    body: ownCallSchema,
    statuses: [200],
    answer: exchangeSchema,
  },
} as const satisfies Record<string, Operation>
