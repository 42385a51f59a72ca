import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

export interface Tab<V extends string> {
  readonly value: V
  readonly label: ReactNode
  /** Made only while the tab is chosen. */
  readonly content: () => ReactNode
}

export interface TabsProps<V extends string> {
  readonly label: string
  readonly value: V
  readonly onChange: (value: V) => void
  readonly tabs: readonly Tab<V>[]
}

/** Parts of one thing, one at a time. Which one is best kept in the address. */
export function Tabs<V extends string>({ label, value, onChange, tabs }: TabsProps<V>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next: V) => onChange(next)}
      className="@container flex min-h-0 flex-1 flex-col"
    >
      <Base.List
        aria-label={label}
        className="flex shrink-0 flex-wrap gap-x-1 border-b border-line px-4 @max-md:gap-x-0 @max-md:px-2"
      >
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="h-8 border-b-2 border-transparent px-2 font-medium @max-md:px-1.5 @max-sm:px-1 @max-sm:text-sm whitespace-nowrap text-fg-2 -outline-offset-2 hover:text-fg data-active:border-accent data-active:text-fg"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel
          key={tab.value}
          value={tab.value}
          className="relative min-h-0 flex-1 overflow-auto -outline-offset-2"
        >
          {tab.value === value && tab.content()}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
