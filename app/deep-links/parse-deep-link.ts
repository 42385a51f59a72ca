/**
 * Reads `gatehouse://v1/…` links. Anybody can make one, so that each only ever opens a page for review, and one that
 * carries a secret, or anything that is not known, opens nothing.
 */
import * as z from 'zod'
import type { OpenTarget } from '../../gateway-core/contract/desktop.js'

export const scheme = 'gatehouse'
const maxLength = 4096

/** A URL that may be shown in the form of a new server: no credential in it anywhere. */
const serverUrlSchema = z
  .string()
  .max(2048)
  .refine(isPlainHttpUrl, 'expected an http: or https: URL without user, password, or query')

/** What a link's path may be, with the query that belongs to it. Anything beside it is refused. */
const linkSchema = z.union([
  z.strictObject({ path: z.literal('/servers/add'), query: z.strictObject({ url: serverUrlSchema }) }),
  z.strictObject({ path: z.string().regex(/^\/inspect\/[A-Za-z0-9._-]{1,128}$/), query: z.strictObject({}) }),
  z.strictObject({ path: z.string().regex(/^\/settings\/[a-z][a-z-]{0,31}$/), query: z.strictObject({}) }),
])

export type DeepLink =
  { readonly accepted: true; readonly target: OpenTarget } | { readonly accepted: false; readonly because: string }

export function parseDeepLink(text: string): DeepLink {
  if (text.length > maxLength) return refused('it is too long')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== `${scheme}:`) return refused('it is not a Gatehouse link')
  if (url.host !== 'v1' || url.username !== '' || url.password !== '') return refused('its version is not known')
  if (url.hash !== '') return refused('it has a fragment')
  const names = [...url.searchParams.keys()]
  if (new Set(names).size !== names.length) return refused('it says a thing twice')
  const link = linkSchema.safeParse({ path: url.pathname, query: Object.fromEntries(url.searchParams) })
  if (!link.success) return refused('it asks for a page that is not there, or carries more than an address')
  return { accepted: true, target: targetOf(link.data) }
}

function targetOf(link: z.infer<typeof linkSchema>): OpenTarget {
  if ('url' in link.query) return { page: 'add-server', url: new URL(link.query.url).href }
  const [, page, rest = ''] = link.path.split('/')
  return page === 'inspect' ? { page: 'exchange', id: rest } : { page: 'settings', section: rest }
}

/** A query or fragment is where keys and tokens are put; a server that needs one gets it typed in by its user. */
function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:'
  return isHttp && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
}

function refused(because: string): DeepLink {
  return { accepted: false, because }
}

/** The link among a program's arguments, where the system opened the program with one (Windows and Linux). */
export function deepLinkIn(argv: readonly string[]): string | undefined {
  return argv.find((argument) => argument.toLowerCase().startsWith(`${scheme}:`))
}
