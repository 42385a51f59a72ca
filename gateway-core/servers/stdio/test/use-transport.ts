/** Uses the transport until it is killed. The arguments are the fake server's; what it says of processes is passed on. */
import { createStdioTransport } from '../create-stdio-transport.js'
import { fakeServer } from './server-process.js'

const transport = createStdioTransport(
  { slug: 'fake', ...fakeServer(process.argv.slice(2)), env: {}, secrets: [], graceMs: 500, onStderr: () => undefined },
  {
    message: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
    closed: () => undefined,
  },
)
await transport.start({ outbound: { origin: '', path: '', headers: [] }, timeoutMs: 20_000 })
