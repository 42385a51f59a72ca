/** The conformance fixture over stdio. Run as a script; with `legacy` or `modern` it speaks that era alone. */
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { fileURLToPath } from 'node:url'
import { buildConformanceServer } from './conformance-server.js'

const self = fileURLToPath(import.meta.url)

/** The command that starts it. */
export function conformanceCommand(era?: 'legacy' | 'modern'): {
  readonly command: string
  readonly args: readonly string[]
} {
  const loader = import.meta.resolve('tsx')
  return { command: process.execPath, args: ['--import', loader, self, ...(era === undefined ? [] : [era])] }
}

if (process.argv[1] === self) {
  const [, , era] = process.argv
  if (era === 'legacy') await buildConformanceServer('legacy').connect(new StdioServerTransport())
  else serveStdio((context) => buildConformanceServer(context.era), { legacy: era === 'modern' ? 'reject' : 'serve' })
}
