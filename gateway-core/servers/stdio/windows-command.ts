/**
 * How a command is started on Windows, where many (`npx`, `uvx`) are batch files, which CreateProcess does not find and
 * only cmd.exe can run. Pure, so that it is tested everywhere.
 */
import { win32 } from 'node:path'
import { GatewayError } from '../../contract/errors.js'

export interface WindowsSearch {
  readonly cwd: string
  /** As the variables `PATH` and `PATHEXT`. */
  readonly path: string
  readonly pathExtensions: string
}

/** Of `PATHEXT` what can be started without a program that is associated with it. */
const startable = ['.com', '.exe', '.bat', '.cmd']

/** The files that a command may mean, the first that exists being it. The current folder is searched only if asked for. */
export function windowsCandidates(command: string, search: WindowsSearch): readonly string[] {
  const extensions = search.pathExtensions
    .toLowerCase()
    .split(';')
    .filter((extension) => startable.includes(extension))
  if (extensions.length === 0) extensions.push(...startable)
  const isPath = /[\\/:]/.test(command)
  const folders = search.path.split(';').map((folder) => folder.replaceAll('"', ''))
  const bases = isPath
    ? [win32.resolve(search.cwd, command)]
    : folders.filter((folder) => win32.isAbsolute(folder)).map((folder) => win32.join(folder, command))
  const isComplete = extensions.includes(win32.extname(command).toLowerCase())
  return bases.flatMap((base) => [...(isComplete ? [base] : []), ...extensions.map((extension) => base + extension)])
}

export interface WindowsProcess {
  readonly file: string
  readonly args: readonly string[]
  /** The arguments are a command line already, and are not to be quoted once more. */
  readonly isVerbatim: boolean
}

/**
 * @param file what was found of `windowsCandidates`
 * @param systemRoot of the gateway's own environment, never of the server's: it says which cmd.exe runs
 * @throws GatewayError `server_unreachable` where a batch file cannot be given these arguments
 */
export function windowsProcess(file: string, args: readonly string[], systemRoot: string): WindowsProcess {
  const extension = win32.extname(file).toLowerCase()
  if (extension !== '.bat' && extension !== '.cmd') return { file, args, isVerbatim: false }
  if (args.some((arg) => /[\r\n\0]/.test(arg))) {
    throw new GatewayError('server_unreachable', {
      detail: `An argument of ${win32.basename(file)} holds a line break, which a batch file cannot be given.`,
      fix: 'Remove the line break, or name the program that the batch file starts.',
    })
  }
  const line = [file, ...args].map(quoteForBatch).join(' ')
  return {
    file: win32.join(systemRoot, 'System32', 'cmd.exe'),
    // No AutoRun (/d), no delayed expansion of `!` (/v), and exactly the outer quotes are taken away (/s).
    args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', `"${line}"`],
    isVerbatim: true,
  }
}

/**
 * A batch file hands its arguments on by `%*`, and what they expand to is parsed again. Within quotes nothing but `%`
 * is special, so everything stays within: a quote is written as two, which closes none. `%cd:~,%` expands to nothing and
 * keeps the `%` before it from beginning a variable's name.
 */
function quoteForBatch(text: string): string {
  const escaped = text.replaceAll(/(\\*)"/g, '$1$1""').replaceAll('%', '%%cd:~,%')
  return `"${escaped.replace(/\\+$/, '$&$&')}"`
}
