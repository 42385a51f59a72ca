import type { ReactNode } from 'react'
import { classNames } from './class-names.js'
import { toneSurface, type Tone } from './tone.js'

/** A word or a number on a tint. */
export function Badge({ tone = 'neutral', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span
      data-tone={tone}
      className={classNames(
        'inline-flex items-center gap-1 rounded-control px-1.5 text-xs font-medium whitespace-nowrap',
        toneSurface[tone],
      )}
    >
      {children}
    </span>
  )
}
