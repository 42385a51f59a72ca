/** A text that is being written and not saved: kept for this tab, so that locking does not lose it. Never a secret. */
import { useState } from 'react'

/** @param name which text; the same name finds it again */
export function useDraft(name: string): readonly [string | undefined, (text: string | undefined) => void] {
  const key = `gatehouse.draft.${name}`
  const [draft, setDraft] = useState(() => readDraft(key))
  return [
    draft,
    (text) => {
      setDraft(text)
      writeDraft(key, text)
    },
  ]
}

/** A browser may refuse the storage; the draft then lasts as long as what shows it. */
function readDraft(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function writeDraft(key: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, text)
  } catch {
    return
  }
}
