/** What is gathered while a foreign form is turned into a profile: errors, warnings, secrets, and where each part came from. */
import type { FieldError } from '../contract/errors.js'
import type { SourceDocument } from './source-document.js'
import { readVariable } from './variables.js'

export interface LiteralSecret {
  readonly name: string
  readonly value: string
}

/** A reference to a secret, with text that stands before it. */
export interface PrefixedSecret {
  readonly secret: string
  readonly prefix?: string
}

const maxSecretBytes = 65_536

export class Conversion {
  readonly errors: FieldError[] = []
  readonly warnings: string[] = []
  readonly #document: SourceDocument
  readonly #literals = new Map<string, string>()
  readonly #referred: ReadonlySet<string>
  readonly #origins = new Map<string, { readonly path: string; readonly sameBelow: boolean }>()

  /** @param referred names of secrets that the file refers to; a literal never takes one of them */
  constructor(document: SourceDocument, referred: ReadonlySet<string>) {
    this.#document = document
    this.#referred = referred
  }

  get literalSecrets(): readonly LiteralSecret[] {
    return [...this.#literals].map(([name, value]) => ({ name, value }))
  }

  fail(path: string, message: string): undefined {
    this.errors.push({ path, line: this.#document.lineOf(path), message })
    return undefined
  }

  /** Says what was not carried over as it stood, or what to know about it. */
  warn(path: string, message: string): void {
    this.warnings.push(`line ${this.#document.lineOf(path)}: ${path}: ${message}`)
  }

  /** Notes which part of the file a part of the profile came from; `sameBelow` where both have the same keys below it. */
  cameFrom(profilePath: string, path: string, sameBelow = false): void {
    this.#origins.set(profilePath, { path, sameBelow })
  }

  /** The place in the file of a place in the profile. */
  originOf(profilePath: string): string {
    for (let at = profilePath; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
      const origin = this.#origins.get(at)
      if (origin !== undefined) return origin.sameBelow ? origin.path + profilePath.slice(at.length) : origin.path
    }
    return profilePath
  }

  /**
   * Turns a value into a reference: `${VAR}` into one to the secret of that name, anything else into a literal secret.
   * A value that another product's export masked becomes a reference to a secret that is still to be set.
   */
  secret(text: string, wantedName: string, path: string): PrefixedSecret | undefined {
    const variable = readVariable(text)
    if (variable.kind === 'unusable') return this.fail(path, variable.message)
    if (variable.kind === 'reference') {
      if (variable.hasDefault)
        this.warn(path, `the default of \${${variable.secret}} is not carried over: set the secret ${variable.secret}`)
      return variable.prefix === '' ? { secret: variable.secret } : { secret: variable.secret, prefix: variable.prefix }
    }
    if (text === '') return this.fail(path, 'expected a value')
    if (Buffer.byteLength(text) > maxSecretBytes) return this.fail(path, 'expected a value of at most 64 KiB')
    const name = this.#nameFor(wantedName, text)
    if (/^[*•]{3,}$/.test(text)) this.warn(path, `the value is masked in this file: set the secret ${name}`)
    else this.#literals.set(name, text)
    return { secret: name }
  }

  /** As `secret`, where nothing may stand before the reference. */
  plainSecret(text: string, wantedName: string, path: string): { readonly secret: string } | undefined {
    const reference = this.secret(text, wantedName, path)
    if (reference?.prefix === undefined) return reference
    return this.fail(path, 'expected nothing but the variable: text before it has no place here')
  }

  #nameFor(wanted: string, value: string): string {
    const base = wanted.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 120)
    for (let count = 1; ; count++) {
      const name = count === 1 ? base : `${base}-${count}`
      if (this.#referred.has(name)) continue
      const taken = this.#literals.get(name)
      if (taken === undefined || taken === value) return name
    }
  }
}

/** The slug of a foreign name: lower case, every run of other characters a `-`, none at the ends. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

export type Mapping = Readonly<Record<string, unknown>>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
