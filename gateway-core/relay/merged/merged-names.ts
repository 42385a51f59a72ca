/**
 * Names of tools and prompts in the merged server: `{slug}__{name}`, in at most 64 of `A-Z a-z 0-9 _ -`, which is what
 * every model provider takes. Pure.
 *
 * A name that does not fit is shortened, or has its other characters replaced, and ends in 10 digits of a hash over slug
 * and name: the same one always gets the same, whatever else there is. What it was is looked up among the names that its
 * server has. A slug holds no `_`, so the first `__` ends it. A slug longer than 40 may be shortened in the same way.
 */
import { createHash } from 'node:crypto'

const maxLength = 64
const maxPrefixLength = 40
const hashLength = 10

/** The names of one server, both ways. */
export interface MemberNames {
  readonly toMerged: ReadonlyMap<string, string>
  readonly toServer: ReadonlyMap<string, string>
}

export interface MergedName {
  /** The slug, or what stands for a long one. */
  readonly prefix: string
  /** What stands after `__`: the name itself, unless `mayBeShortened`. */
  readonly rest: string
  readonly mayBeShortened: boolean
}

/**
 * What stands for each slug in names that have to be shortened: the slug itself unless it is longer than 40. Depends on
 * the other slugs only where two would get the same.
 */
export function prefixesOf(slugs: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(slugs)
  return new Map(
    slugs.toSorted().map((slug) => {
      if (slug.length <= maxPrefixLength) return [slug, slug]
      const prefix = firstFree(taken, (salt) => {
        const head = slug.slice(0, maxPrefixLength - hashLength - 1)
        return `${head}-${hashOf(salt, slug)}`
      })
      return [slug, prefix]
    }),
  )
}

/** @param names each once counts; the first of two equal ones */
export function namesWithin(slug: string, prefix: string, names: readonly string[]): MemberNames {
  const toMerged = new Map<string, string>()
  const toServer = new Map<string, string>()
  const add = (name: string, merged: string): void => {
    toMerged.set(name, merged)
    toServer.set(merged, name)
  }
  for (const name of names) if (fits(slug, name)) add(name, `${slug}__${name}`)
  // Sorted, so that which of two gets the second hash does not depend on the server's order.
  for (const name of names.toSorted())
    if (!toMerged.has(name)) add(name, firstFree(toServer, shortener(slug, prefix, name)))
  return { toMerged, toServer }
}

/** Undefined where it is no merged name at all. */
export function readMergedName(merged: string): MergedName | undefined {
  const at = merged.indexOf('__')
  if (at <= 0 || merged.length > maxLength) return undefined
  const rest = merged.slice(at + 2)
  return { prefix: merged.slice(0, at), rest, mayBeShortened: /_[0-9a-f]{10}$/.test(rest) }
}

function fits(slug: string, name: string): boolean {
  return slug.length + 2 + name.length <= maxLength && /^[A-Za-z0-9_-]+$/.test(name)
}

function shortener(slug: string, prefix: string, name: string): (salt: number) => string {
  const space = maxLength - prefix.length - 2 - hashLength - 1
  const head = name.replaceAll(/[^A-Za-z0-9_-]/gu, '_').slice(0, space)
  return (salt) => `${prefix}__${head}_${hashOf(salt, slug, name)}`
}

/** The first of `make(0)`, `make(1)`, … that is not taken, which is taken from then on where `taken` is a set. */
function firstFree(taken: Set<string> | ReadonlyMap<string, string>, make: (salt: number) => string): string {
  for (let salt = 0; ; salt++) {
    const candidate = make(salt)
    if (taken.has(candidate)) continue
    if (taken instanceof Set) taken.add(candidate)
    return candidate
  }
}

function hashOf(salt: number, ...parts: readonly string[]): string {
  const text = JSON.stringify(salt === 0 ? parts : [...parts, salt])
  return createHash('sha256').update(text).digest('hex').slice(0, hashLength)
}
