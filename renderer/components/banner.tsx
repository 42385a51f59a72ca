import type { ReactNode } from 'react'
import { classNames } from './class-names.js'
import { toneEdge, toneSurface, type Tone } from './tone.js'

/** Something to know before going on. `announce` where it appears while the page is read. */
export function Banner(props: {
  readonly tone: Tone
  readonly announce?: boolean
  readonly children: ReactNode
  readonly action?: ReactNode
}) {
  return (
    <div
      role={props.announce === true ? 'status' : undefined}
      data-tone={props.tone}
      className={classNames(
        'flex flex-wrap items-center gap-x-3 gap-y-1 rounded-control border-l-4 px-3 py-1.5',
        toneEdge[props.tone],
        toneSurface[props.tone],
      )}
    >
      <div className="min-w-0 grow wrap-anywhere text-fg">{props.children}</div>
      {props.action}
    </div>
  )
}
