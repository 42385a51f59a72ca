/** `${VAR}`, `${env:VAR}`, `${VAR:-default}` and `${input:id}` in foreign forms, which become references to secrets. */

export type ReadVariable =
  | { readonly kind: 'literal' }
  | { readonly kind: 'reference'; readonly secret: string; readonly prefix: string; readonly hasDefault: boolean }
  | { readonly kind: 'unusable'; readonly message: string }

const editorVariables =
  /^(?:workspaceFolder|workspaceFolderBasename|workspaceRoot|userHome|cwd|pathSeparator|\/|file\w*|relativeFile\w*|selectedText|lineNumber|execPath|defaultBuildTask)$/
const nonVariable = /^(?:config|command|extensionInstallFolder):/

/** Reads the variable that ends a text, if there is one. */
export function readVariable(text: string): ReadVariable {
  const found = [...text.matchAll(/\$\{([^{}]*)\}/g)]
  const [first] = found
  if (first === undefined) return { kind: 'literal' }
  if (found.length > 1)
    return unusable('expected one variable: several cannot be put together, so store the whole value as one secret')
  if (first.index + first[0].length !== text.length)
    return unusable('expected nothing after the variable: store the whole value as one secret')
  const inner = first[1] ?? ''
  const bare = inner.split(':')[0] ?? ''
  if (editorVariables.test(bare) || nonVariable.test(inner))
    return unusable(`expected a value in place of \${${bare}}: only the editor knows what it stands for`)
  const isInput = inner.startsWith('input:')
  const [, variable = '', fallback] = /^(?:env:)?([^:-]+)(:?-.*)?$/s.exec(inner) ?? []
  const name = secretNameOf(isInput ? inner.slice('input:'.length) : variable, isInput)
  if (name === undefined) return unusable('expected a variable as ${NAME}, ${env:NAME} or ${input:id}')
  const hasDefault = !isInput && fallback !== undefined
  return { kind: 'reference', secret: name, prefix: text.slice(0, first.index), hasDefault }
}

/** Names of all secrets that the variables of a file may become. */
export function referredNames(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [whole] of text.matchAll(/\$\{[^{}\n]*\}/g)) {
    const variable = readVariable(whole)
    if (variable.kind === 'reference') names.add(variable.secret)
  }
  return names
}

function secretNameOf(name: string, isInput: boolean): string | undefined {
  if (!isInput) return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) ? name : undefined
  const cleaned = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9_]+/, '')
  return cleaned === '' || cleaned.length > 128 ? undefined : cleaned
}

function unusable(message: string): ReadVariable {
  return { kind: 'unusable', message }
}
