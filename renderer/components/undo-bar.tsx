import type { ReactNode } from 'react'

/** At the foot of a form: how much is unsaved, and the two ways on. Shown only while there is something to save. */
export function UndoBar(props: { readonly shown: boolean; readonly label: string; readonly children: ReactNode }) {
  if (!props.shown) return null
  return (
    <div
      role="region"
      aria-label={props.label}
      className="sticky bottom-0 z-10 flex shrink-0 items-center gap-2 border-t border-line bg-panel px-4 py-2"
    >
      <span className="grow font-medium">{props.label}</span>
      {props.children}
    </div>
  )
}
