/** The environment of a server: a small base and what its configuration says, never the gateway's own, which has secrets. */

const posixNames = ['HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LOGNAME', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER'] as const

const windowsNames = [
  'ALLUSERSPROFILE',
  'APPDATA',
  'COMMONPROGRAMFILES',
  'COMSPEC',
  'HOMEDRIVE',
  'HOMEPATH',
  'LOCALAPPDATA',
  'NUMBER_OF_PROCESSORS',
  'OS',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PROGRAMW6432',
  'PUBLIC',
  'SYSTEMDRIVE',
  'SYSTEMROOT',
  'TEMP',
  'TMP',
  'USERDOMAIN',
  'USERNAME',
  'USERPROFILE',
  'WINDIR',
] as const

type Environment = Readonly<Record<string, string | undefined>>

/** What every child gets of the gateway's environment. Without `PATH`. */
export function baseEnvironment(own: Environment, isWindows: boolean): Record<string, string> {
  const names = new Set<string>(isWindows ? windowsNames : posixNames)
  const base: Record<string, string> = {}
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && names.has(isWindows ? name.toUpperCase() : name)) base[name] = value
  }
  return base
}

/** Adds variables; those that were there under the same name give way. Windows tells names apart without their case. */
export function withVariables(base: Environment, added: Environment, isWindows: boolean): Record<string, string> {
  const variables: Record<string, string> = {}
  const nameOf = new Map<string, string>()
  for (const [name, value] of [...Object.entries(base), ...Object.entries(added)]) {
    if (value === undefined) continue
    const key = isWindows ? name.toUpperCase() : name
    const before = nameOf.get(key)
    if (before !== undefined) delete variables[before]
    nameOf.set(key, name)
    variables[name] = value
  }
  return variables
}
