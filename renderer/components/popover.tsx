import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import { classNames } from './class-names.js'
import { popupLook } from './popup-look.js'

/** More about something, beside it. */
export function Popover(props: {
  readonly trigger: ReactElement
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <Base.Root>
      <Base.Trigger render={props.trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} className="z-45">
          <Base.Popup className={classNames(popupLook, 'max-w-sm p-3')}>
            <Base.Title className="font-semibold">{props.title}</Base.Title>
            {props.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
