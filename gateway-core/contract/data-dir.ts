/** Where the data directory is unless somebody says otherwise: the same place for the app and the command line. */

/**
 * @param variables the environment; `XDG_DATA_HOME` and `APPDATA` are looked at where they apply
 * @param platform as Node names it
 * @param home the user's home folder
 * @returns with `/` between the folders; who needs another form resolves it
 * @see [XDG Base Directory Specification](https://specifications.freedesktop.org/basedir-spec/latest/)
 */
export function defaultDataDir(
  variables: Readonly<Record<string, string | undefined>>,
  platform: string,
  home: string,
): string {
  if (platform === 'darwin') return `${home}/Library/Application Support/Gatehouse`
  if (platform === 'win32') return `${variables['APPDATA'] || `${home}/AppData/Roaming`}/Gatehouse`
  return `${variables['XDG_DATA_HOME'] || `${home}/.local/share`}/gatehouse`
}
