import { ContextMenu as BaseContext } from '@base-ui/react/context-menu'
import { Menu as Base } from '@base-ui/react/menu'
import type { ReactElement, ReactNode } from 'react'
import { classNames } from './class-names.js'
import { Kbd } from './kbd.js'
import { itemLook, popupLook } from './popup-look.js'

export type MenuEntry =
  | 'separator'
  | {
      readonly label: string
      /** A second line, on when to choose it. */
      readonly text?: string
      readonly icon?: ReactNode
      readonly keys?: string | undefined
      readonly danger?: boolean
      readonly disabled?: boolean
      readonly onSelect: () => void
    }

export interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement
  readonly entries: readonly MenuEntry[]
}

/** What can be done, behind a button. */
export function Menu({ trigger, entries }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-45">
          <Base.Popup className={classNames(popupLook, 'min-w-44')}>
            <Entries entries={entries} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

/** The same entries at the pointer, over `children`. Never the only way to them. */
export function ContextMenu({
  entries,
  children,
}: {
  readonly entries: readonly MenuEntry[]
  readonly children: ReactElement
}) {
  return (
    <BaseContext.Root>
      <BaseContext.Trigger render={children} />
      <BaseContext.Portal>
        <BaseContext.Positioner className="z-45">
          <BaseContext.Popup className={classNames(popupLook, 'min-w-44')}>
            <Entries entries={entries} />
          </BaseContext.Popup>
        </BaseContext.Positioner>
      </BaseContext.Portal>
    </BaseContext.Root>
  )
}

function Entries({ entries }: { readonly entries: readonly MenuEntry[] }) {
  return entries.map((entry, index) =>
    entry === 'separator' ? (
      <Base.Separator key={index} className="my-1 h-px bg-line" />
    ) : (
      <Base.Item
        key={entry.label}
        disabled={entry.disabled === true}
        onClick={entry.onSelect}
        className={classNames(itemLook, entry.danger && 'text-deny')}
      >
        {entry.icon}
        <span className="grid grow">
          {entry.label}
          {entry.text !== undefined && <span className="text-sm text-fg-2">{entry.text}</span>}
        </span>
        {entry.keys !== undefined && <Kbd keys={entry.keys} />}
      </Base.Item>
    ),
  )
}
