/** Which commands can be run just now, and running them. */
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { t } from '../strings/i18n.js'
import { chordOf, typesText } from './chord.js'
import { commandDefinitions, commandIds, type CommandId } from './definitions.js'
import { keysOf, singleKeys } from './key-bindings.js'

type Run = () => void

const runners = new Map<CommandId, Run[]>()
const listeners = new Set<() => void>()
let available: readonly CommandId[] = []

/** Says what a command does while the component is on screen. The newest one that says so is run. */
export function useCommand(id: CommandId, run: Run, enabled = true): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    if (!enabled) return undefined
    const runLatest = (): void => latest.current()
    runners.set(id, [runLatest, ...(runners.get(id) ?? [])])
    noteChange()
    return () => {
      runners.set(
        id,
        (runners.get(id) ?? []).filter((known) => known !== runLatest),
      )
      noteChange()
    }
  }, [id, enabled])
}

/** Runs a command; does nothing where nobody on screen can. @returns whether it was run */
export function runCommand(id: CommandId): boolean {
  const run = runners.get(id)?.[0]
  run?.()
  return run !== undefined
}

/** The commands that would do something, in the order of their definitions. */
export function useAvailableCommands(): readonly CommandId[] {
  return useSyncExternalStore(subscribe, () => available)
}

/** A command's name as people read it. */
export function commandTitle(id: CommandId): string {
  const { title, screen } = commandDefinitions[id]
  return t(title, screen === undefined ? {} : { screen: t(screen) })
}

/** Runs commands by their keys until the returned function is called. */
export function listenForKeys(): () => void {
  document.addEventListener('keydown', onKeyDown)
  return () => document.removeEventListener('keydown', onKeyDown)
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const chord = chordOf(event)
  if (chord === undefined || (typesText(chord) && !isCommandKey(event))) return
  // Screens may share keys: the one on screen that can do it is meant.
  if (commandIds.some((id) => keysOf(id) === chord && runCommand(id))) event.preventDefault()
}

/** Whether a key that types something may run a command: not where it is written, nor where a person switched that off. */
function isCommandKey(event: KeyboardEvent): boolean {
  return singleKeys.get() && !isTextField(event.composedPath()[0] ?? null)
}

/** @param target within a shadow root too, as editors are in one */
function isTextField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  )
}

function noteChange(): void {
  available = commandIds.filter((id) => (runners.get(id)?.length ?? 0) > 0)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
