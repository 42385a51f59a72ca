/**
 * Changes to a server that are not saved: one object for all of its tabs, with every step to go back. Kept while the page
 * is open, so that looking elsewhere loses nothing. It holds names of secrets, never their values.
 */
import { useMemo, useSyncExternalStore } from 'react'
import { fieldErrors } from '../../../gateway-core/contract/field-errors.js'
import { serverSchema } from '../../../gateway-core/contract/profile.js'
import type { PutServerData, Server } from '../../client/api.js'
import { configOf } from '../servers/server-config.js'
import { changedKeys, isSame } from './changed-keys.js'

export type ServerConfig = PutServerData['body']
export type ServerKey = keyof ServerConfig

export interface FieldError {
  /** Below the server: `app_auth.token.secret`, `outbound_headers[0].header`. */
  readonly path: string
  readonly message: string
}

export interface ServerDraft {
  readonly slug: string
  readonly saved: ServerConfig
  readonly config: ServerConfig
  /** Top-level keys that differ from what is saved. */
  readonly changed: readonly ServerKey[]
  /** What is wrong by the profile's own schema. */
  readonly errors: readonly FieldError[]
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** Sets one key; undefined removes it. Changes in a row that name the same field are one step. */
  set<K extends ServerKey>(key: K, value: ServerConfig[K] | undefined, field?: string): void
  /** Replaces all of it. */
  replace(config: ServerConfig, field?: string): void
  undo(): void
  redo(): void
  /** Puts back what is here before the change that is made next to it, whatever the page shows by then. */
  undoLater(): () => void
  /** Back to what is saved. */
  revert(): void
}

interface History {
  readonly past: readonly ServerConfig[]
  readonly now: ServerConfig
  readonly future: readonly ServerConfig[]
  readonly field: string | undefined
}

const maxSteps = 200
const histories = new Map<string, History>()
const listeners = new Set<() => void>()

function keep(slug: string, history: History | undefined): void {
  if (history === undefined) histories.delete(slug)
  else histories.set(slug, history)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Forgets the changes, as they are saved. */
export function dropDraft(slug: string): void {
  keep(slug, undefined)
}

/** Changes a server without showing it: for the wizard, which ends at the server's own screen. */
export function draftServer(slug: string, config: ServerConfig): void {
  const before = histories.get(slug)
  keep(slug, {
    past: before === undefined ? [] : [...before.past, before.now],
    now: config,
    future: [],
    field: undefined,
  })
}

export function useServerDraft(server: Server): ServerDraft {
  const { slug } = server
  const history = useSyncExternalStore(subscribe, () => histories.get(slug))
  return useMemo(() => draftOf(slug, configOf(server), history), [slug, server, history])
}

function draftOf(slug: string, saved: ServerConfig, history: History | undefined): ServerDraft {
  const config = history?.now ?? saved
  const replace = (next: ServerConfig, field?: string): void => {
    const isSameStep = field !== undefined && field === history?.field
    const past = isSameStep ? history.past : [...(history?.past ?? []), config].slice(-maxSteps)
    if (!isSame(next, config)) keep(slug, { past, now: next, future: [], field })
  }
  const move = (from: 'past' | 'future', to: 'past' | 'future'): void => {
    const next = history?.[from].at(-1)
    if (history === undefined || next === undefined) return
    keep(slug, {
      past: [],
      future: [],
      ...{ [from]: history[from].slice(0, -1), [to]: [...history[to], config] },
      now: next,
      field: undefined,
    })
  }
  const parsed = serverSchema.safeParse(config)
  return {
    slug,
    saved,
    config,
    changed: changedKeys(saved, config),
    errors: parsed.success ? [] : fieldErrors(parsed.error.issues),
    canUndo: (history?.past.length ?? 0) > 0,
    canRedo: (history?.future.length ?? 0) > 0,
    set: (key, value, field) => {
      const { [key]: _before, ...rest } = config
      replace(value === undefined ? rest : { ...rest, [key]: value }, field)
    },
    replace,
    undo: () => move('past', 'future'),
    redo: () => move('future', 'past'),
    undoLater: () => () => draftServer(slug, config),
    revert: () => replace(saved),
  }
}

/** What is wrong at a field, or below it. */
export function errorAt(errors: readonly FieldError[], path: string): string | undefined {
  return errors.find(
    (error) => error.path === path || error.path.startsWith(`${path}.`) || error.path.startsWith(`${path}[`),
  )?.message
}
