/** The control API's operation of a first run: a server to try. */
import { serverAnswerSchema } from './control-schemas.js'
import { write, type Operation } from './operation.js'

export const demoOperations = {
  addDemoServer: {
    ...write,
    method: 'post',
    path: '/demo-server',
    summary: 'Registers the gateway’s own demo server, which answers with the headers that it received.',
    statuses: [200],
    answer: serverAnswerSchema,
  },
} as const satisfies Record<string, Operation>
