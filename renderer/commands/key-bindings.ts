/** Which keys run which command: the defaults, and what a person made of them. */
import { useSyncExternalStore } from 'react'
import { createStoredValue } from '../state/stored-value.js'
import { commandDefinitions, commandIds, type CommandId } from './definitions.js'

/** Empty text means that the command has no keys. */
type Changed = Readonly<Partial<Record<CommandId, string>>>

const changed = createStoredValue<Changed>('keys', {}, parseChanged, JSON.stringify)

/** Whether keys without a modifier do anything (WCAG 2.1.4). */
export const singleKeys = createStoredValue<boolean>('singleKeys', true, (text) =>
  text === 'false' ? false : undefined,
)

/** The keys of a command as they are, live. */
export function useKeys(id: CommandId): string | undefined {
  return useSyncExternalStore(changed.subscribe, () => keysOf(id))
}

export function keysOf(id: CommandId): string | undefined {
  const keys = changed.get()[id] ?? commandDefinitions[id].keys
  return keys === '' ? undefined : keys
}

/** Gives a command other keys, and takes them from the command that had them. @param keys empty text for none */
export function setKeys(id: CommandId, keys: string): void {
  const had = keys === '' ? undefined : commandOfKeys(keys)
  changed.set({ ...changed.get(), ...(had === undefined ? {} : { [had]: '' }), [id]: keys })
}

export function resetKeys(): void {
  changed.set({})
}

export function commandOfKeys(chord: string): CommandId | undefined {
  return commandIds.find((id) => keysOf(id) === chord)
}

function parseChanged(text: string): Changed | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const entries = Object.entries(value).filter(([, keys]) => typeof keys === 'string')
    return Object.fromEntries(entries) as Changed
  } catch {
    return undefined
  }
}
