/**
 * The installed `gatehouse` command: the packaged program, told to be the command line. It cannot run as plain Node, as
 * that is switched off in the binary, so that nobody else can use it as one.
 */
import { app } from 'electron'

/** After this come the arguments of the command line; nothing before it is one. */
const commandLineFlag = '--cli'

/** @returns undefined where the app itself is wanted */
export function commandLineOf(argv: readonly string[]): readonly string[] | undefined {
  const at = argv.indexOf(commandLineFlag)
  if (at < 0) return undefined
  const rest = argv.slice(at + 1)
  return rest[0] === '--' ? rest.slice(1) : rest
}

export async function runCommandLine(args: readonly string[]): Promise<void> {
  app.dock?.hide()
  process.argv = [process.execPath, commandLineFlag, ...args]
  const entry = new URL('../gateway/gatehouse.js', import.meta.url)
  await import(entry.href)
  app.exit(Number(process.exitCode ?? 0))
}
