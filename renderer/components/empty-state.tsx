import type { ReactNode } from 'react'

/** Nothing here yet: one sentence, and one thing to do about it. */
export function EmptyState(props: { readonly title: string; readonly text?: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-2 px-6 py-12 text-center">
      <p className="text-lg font-medium">{props.title}</p>
      {props.text !== undefined && <div className="text-fg-2">{props.text}</div>}
      {props.action !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{props.action}</div>}
    </div>
  )
}
