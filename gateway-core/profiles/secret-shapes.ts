/** What tells a secret from plain text in a foreign form. In doubt a value is a secret: a reference does no harm. */

const tokenShapes =
  /(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|sk_(?:live|test)_\w{16,}|xox[abeoprs]-[\w-]{8,}|xapp-[\w-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|hf_\w{16,}|npm_[A-Za-z0-9]{30,}|lin_api_\w{16,}|ntn_\w{16,}|secret_\w{20,}|(?:gh|hf)_sk_[\w-]{8,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)/

const secretWords =
  /(?:^|[-_.])(?:token|api[-_.]?keys?|apikey|access[-_.]?keys?|secret[-_.]?keys?|private[-_.]?key|key|pat|secrets?|passw(?:or)?d|passwd|passphrase|pass|pwd|credentials?|auth|authorization|bearer|cookie|dsn|connection[-_.]?string)$/

/** Whether a name of an environment variable, flag or parameter says that its value is secret. */
export function namesSecret(name: string): boolean {
  return secretWords.test(kebab(name))
}

/** Query parameters that carry a credential. `code` and `sig` are what Azure calls its own. */
export function namesSecretParameter(name: string): boolean {
  return namesSecret(name) || /^(?:code|sig|signature|subscription[-_]key|ocp-apim-subscription-key)$/i.test(name)
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
}

/** Where in a text a value of a known token format begins, or -1. */
export function tokenShapeAt(text: string): number {
  const found = tokenShapes.exec(text)
  if (found === null) return -1
  const before = text[found.index - 1]
  return before === undefined || /[^A-Za-z0-9]/.test(before) ? found.index : -1
}

/** Whether a URL's user information, query or path looks as if it held a secret. */
export function urlHoldsSecret(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return true
  if ([...url.searchParams].some(([name, value]) => namesSecretParameter(name) || looksRandom(value))) return true
  return url.pathname.split('/').some(looksRandom) || tokenShapeAt(text) >= 0
}

const plainWords =
  /^(?:true|false|yes|no|on|off|none|null|auto|default|trace|debug|verbose|info|notice|warn|warning|error|fatal|critical|silent|development|production|test|staging|local)$/i
const plainNames =
  /^(?:NODE_ENV|ENV|ENVIRONMENT|PATH|HOME|USER|SHELL|PWD|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|PORT|HOST|HOSTNAME|DEBUG|NO_COLOR|FORCE_COLOR|PYTHON[A-Z]+|(?:[A-Z0-9]+_)*(?:LOG_LEVEL|LOGLEVEL|LEVEL|PORT|HOST|REGION|LOCALE|TIMEOUT|MODE|FORMAT|TRANSPORT))$/

/** Whether the value of an environment variable is plainly no secret. */
export function isPlainValue(name: string, value: string): boolean {
  if (value === '' || plainWords.test(value)) return true
  if (tokenShapeAt(value) >= 0 || namesSecret(name)) return isPath(value) && /(?:file|path|dir)$/i.test(name)
  if (/^-?\d{1,12}(?:\.\d+)?$/.test(value) || isPath(value)) return true
  if (/^https?:\/\//i.test(value)) {
    return URL.canParse(value) && new URL(value).search === '' && !urlHoldsSecret(value)
  }
  return plainNames.test(name.toUpperCase()) && !looksRandom(value)
}

/** Whether a value is the path of a file, on POSIX or Windows. */
export function isPath(value: string): boolean {
  if (!/^(?:~?\/|\.{1,2}\/|[A-Za-z]:[\\/])[\w .@/\\:~,-]*$/.test(value)) return false
  return !value.split(/[\\/]/).some(looksRandom)
}

/** Twenty characters and more of letters and digits mixed, without a separator. */
function looksRandom(text: string): boolean {
  return [...text.matchAll(/[A-Za-z0-9+=~]{20,}/g)].some(([run]) => /\d/.test(run) && /[A-Za-z]/.test(run))
}
