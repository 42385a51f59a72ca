/** The control API's operations of a first run: a server to try, and a call that needs no agent. */
import * as z from 'zod'
import { serverAnswerSchema } from './control-schemas.js'
import { exchangeSchema } from './exchange-schemas.js'
import { write, type Operation } from './operation.js'
import { slugSchema } from './profile.js'

export const testCallSchema = z.strictObject({
  server: slugSchema,
  tool: z.string().min(1).max(256).optional().describe('As agents see its name. Without one, the tools are listed.'),
  arguments: z.record(z.string(), z.unknown(), { error: 'expected an object' }).optional(),
})
export type TestCall = z.infer<typeof testCallSchema>

export const demoOperations = {
  addDemoServer: {
    ...write,
    method: 'post',
    path: '/demo-server',
    summary: 'Registers the gateway’s own demo server, which answers with the headers that it received.',
    statuses: [200],
    answer: serverAnswerSchema,
  },
  sendTestCall: {
    ...write,
    method: 'post',
    path: '/test-calls',
    summary:
      'Calls a server through the data port, as an agent would, with a key of the local user, and answers with the exchange.',
    body: testCallSchema,
    statuses: [200],
    answer: exchangeSchema,
  },
} as const satisfies Record<string, Operation>
