/**
 * Starting at login on Linux, where Electron has no call for it: a desktop file.
 *
 * @see [Desktop Application Autostart Specification](https://specifications.freedesktop.org/autostart-spec/latest/)
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** @param variables the environment @param home the user's home folder */
export function autostartPath(variables: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(variables['XDG_CONFIG_HOME'] || join(home, '.config'), 'autostart', 'gatehouse.desktop')
}

/** @param command the program and its arguments, unquoted */
export function autostartFile(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Gatehouse',
    'Comment=The local MCP gateway that your agents call',
    `Exec=${command.map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/**
 * Quotes one argument of `Exec`: within quotes, then as a string of the file.
 *
 * @see [Desktop Entry Specification, The Exec key](https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html)
 */
function quoted(argument: string): string {
  if (/[\n\r\0]/.test(argument)) throw new Error('A program whose path has a line break cannot be started at login.')
  const inQuotes = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')
  return `"${inQuotes.replaceAll('\\', '\\\\')}"`
}

/** Writes the file as a whole, or removes it. */
export async function setAutostart(path: string, command: readonly string[] | undefined): Promise<void> {
  if (command === undefined) return rm(path, { force: true })
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, autostartFile(command), { mode: 0o644 })
  await rename(`${path}.new`, path)
}
