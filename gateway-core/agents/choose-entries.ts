/** Which entries of an agent become servers of the gateway, and under which slug. Pure. */
import type { AgentApp } from '../contract/agent-entry.js'
import type { Server } from '../contract/profile.js'
import { isEntry, type Entry } from './config-text.js'
import { foreignEntry } from './foreign-entry.js'

/** A server that is registered, or will be by then. */
export interface KnownServer {
  readonly slug: string
  readonly profile: string
  /** Where its calls go: an address, or a command. */
  readonly place: string | undefined
  /** Whether calls may go to it. */
  readonly isOpen: boolean
}

export interface ChosenEntry {
  /** In the agent's file. */
  readonly name: string
  readonly slug: string
  readonly entry: Entry
}

export interface LeftOut {
  readonly name: string
  readonly reason: string
  /** The server that stands for it already. */
  readonly slug?: string
}

export interface Choice {
  readonly chosen: readonly ChosenEntry[]
  readonly leftOut: readonly LeftOut[]
}

/** @param dataUrl of the data port */
export function chooseEntries(
  app: AgentApp,
  entries: ReadonlyMap<string, Entry>,
  known: readonly KnownServer[],
  dataUrl: string,
): Choice {
  const chosen: ChosenEntry[] = []
  const leftOut: LeftOut[] = []
  const taken = new Set(known.filter(({ profile }) => profile !== app).map(({ slug }) => slug))
  for (const [name, raw] of entries) {
    if (pointsTo(raw, dataUrl)) {
      leftOut.push({ name, reason: 'It is this gateway.' })
      continue
    }
    const read = foreignEntry(app, raw)
    const slug = slugOf(name)
    if ('reason' in read) leftOut.push({ name, reason: read.reason })
    else if (slug === '') leftOut.push({ name, reason: 'Its name has no letter and no digit.' })
    else {
      const place = placeOf(read.entry)
      const same = known.find((server) => server.profile !== app && place !== undefined && server.place === place)
      if (same !== undefined) {
        const reason = `The gateway has it already, as ${same.slug} of the profile ${same.profile}.`
        leftOut.push({ name, reason, slug: same.slug })
        continue
      }
      const free = freeSlug(slug, app, taken)
      taken.add(free)
      chosen.push({ name, slug: free, entry: read.entry })
    }
  }
  return { chosen, leftOut }
}

/** The slug of a foreign name; see CONTRACT, section 3. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-|-$/g, '')
}

function freeSlug(slug: string, app: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug)) return slug
  for (let count = 1; ; count++) {
    const end = count === 1 ? `-${app}` : `-${app}-${count}`
    const candidate = `${slug.slice(0, 64 - end.length)}${end}`
    if (!taken.has(candidate)) return candidate
  }
}

/** Where an entry's calls go; undefined where that cannot be told. One with a credential in its query is like no other. */
export function placeOf(entry: Entry): string | undefined {
  const url = ['url', 'serverUrl', 'httpUrl', 'uri'].map((key) => entry[key]).find((value) => typeof value === 'string')
  if (typeof url === 'string') return URL.canParse(url) ? addressOf(new URL(url)) : undefined
  const { command, args } = entry
  return typeof command === 'string' ? commandPlace(command, Array.isArray(args) ? args : []) : undefined
}

export function placeOfServer({ url, command, args = [] }: Server): string | undefined {
  if (url !== undefined) return URL.canParse(url) ? addressOf(new URL(url)) : undefined
  return command === undefined ? undefined : commandPlace(command, args)
}

function addressOf({ origin, pathname, search }: URL): string {
  return `${origin}${pathname.replace(/\/$/, '')}${search}`
}

/** A command with secrets in its arguments is like no other: what stands there cannot be compared. */
function commandPlace(command: string, args: readonly unknown[]): string | undefined {
  return args.every((arg) => typeof arg === 'string') ? JSON.stringify([command, ...args]) : undefined
}

/** Whether an entry leads to the gateway itself, by its address or through a bridge. */
export function pointsTo(entry: Entry, dataUrl: string): boolean {
  const { port } = new URL(dataUrl)
  return textsOf(entry).some((text) => {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
    const url = new URL(text)
    return (
      /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname) &&
      url.port === port &&
      /\/mcp(?:\/|$)/.test(url.pathname)
    )
  })
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isEntry(value) ? Object.values(value).flatMap(textsOf) : []
}

/** A server of the gateway in the form of an entry, for one that must stay though the file has it no more. */
export function entryOfServer({ args, env, transport, ...server }: Server): Entry {
  const asText = (value: unknown): unknown => {
    if (!isEntry(value) || typeof value['secret'] !== 'string') return value
    return `${typeof value['prefix'] === 'string' ? value['prefix'] : ''}\${input:${value['secret']}}`
  }
  return {
    ...server,
    ...(transport !== undefined && { type: transport }),
    ...(args !== undefined && { args: args.map(asText) }),
    ...(env !== undefined && {
      env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, asText(value)])),
    }),
  }
}
