/** Profiles as files: reading them from the gateway, and giving it one. */
import { api, type ApplyProfileResponse } from '../../client/api.js'

/** A file to import: text in any form that the gateway takes, or an age file in base64 with its passphrase. */
export type ImportedFile =
  | { readonly kind: 'text'; readonly text: string; readonly name: string }
  | { readonly kind: 'sealed'; readonly base64: string; readonly passphrase: string }

export interface ApplyOptions {
  readonly dryRun: boolean
  readonly approveCommands: boolean
}

const maxFileBytes = 4 * 1024 * 1024
const agePrefix = 'age-encryption.org/'

/** The profile as YAML, as it is handed on. @throws ApiProblem */
export async function readProfileYaml(name: string): Promise<string> {
  const { data } = await api.getProfile({
    path: { name },
    headers: { accept: 'application/yaml' },
    parseAs: 'text',
    throwOnError: true,
  })
  return typeof data === 'string' ? data : JSON.stringify(data)
}

/** @throws ApiProblem, for a faulty file with the lines in `errors` */
export async function applyFile(file: ImportedFile, options: ApplyOptions): Promise<ApplyProfileResponse> {
  const query = {
    dryRun: options.dryRun ? 'true' : 'false',
    approveCommands: options.approveCommands ? 'true' : 'false',
  } as const
  if (file.kind === 'sealed') {
    const body = { file: file.base64, passphrase: file.passphrase }
    return (await api.importSealedProfile({ body, query, throwOnError: true })).data
  }
  const { data } = await api.applyProfile({
    body: file.text,
    // The text as it stands; a serializer would quote it.
    bodySerializer: (body: unknown) => String(body),
    headers: { 'content-type': languageOf(file.text) === 'json' ? 'application/json' : 'application/yaml' },
    query: { ...query, ...(file.name !== '' && { name: file.name }) },
    throwOnError: true,
  })
  return data
}

/** What a text looks like; the gateway says whether it is. */
export function languageOf(text: string): 'json' | 'yaml' {
  return /^\s*[{[]/.test(text) ? 'json' : 'yaml'
}

/** Reads a file that was dropped or chosen: its text, or its bytes in base64 where it is an age file. */
export async function readImported(
  file: Blob,
): Promise<{ readonly text: string } | { readonly base64: string } | 'too big'> {
  if (file.size > maxFileBytes) return 'too big'
  const bytes = new Uint8Array(await file.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  if (!text.startsWith(agePrefix)) return { text }
  return { base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) }
}

/** Hands a file to the person, as a browser does. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}
