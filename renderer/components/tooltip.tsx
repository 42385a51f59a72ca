import { Tooltip as Base } from '@base-ui/react/tooltip'
import type { ReactElement } from 'react'
import { Kbd } from './kbd.js'

/** A word or two on what a control does. Never the only place where something is said. */
export function Tooltip(props: {
  readonly text: string
  readonly keys?: string | undefined
  readonly children: ReactElement
}) {
  return (
    <Base.Root>
      <Base.Trigger render={props.children} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-50">
          <Base.Popup className="flex items-center gap-2 rounded-control border border-line bg-raised px-2 py-1 text-sm text-fg shadow-overlay">
            {props.text}
            {props.keys !== undefined && <Kbd keys={props.keys} />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
