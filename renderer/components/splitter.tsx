import { useSyncExternalStore, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Group, Panel, Separator } from 'react-resizable-panels'

/** With less room than both panes need, the one at the side is shown alone. */
const narrow = matchMedia('(max-width: 759px)')

function subscribe(listener: () => void): () => void {
  narrow.addEventListener('change', listener)
  return () => narrow.removeEventListener('change', listener)
}

export interface SplitterProps {
  /** Two lists of the same name share what a person made of their widths. */
  readonly name: string
  readonly main: ReactNode
  /** The pane at the side, with a way to close it; undefined for none. */
  readonly detail: ReactNode | undefined
}

/** A list, and beside it what is chosen in it. The arrow keys move the line between them. */
export function Splitter({ name, main, detail }: SplitterProps) {
  const { t } = useTranslation()
  const isNarrow = useSyncExternalStore(subscribe, () => narrow.matches)
  if (isNarrow && detail !== undefined) return detail
  return (
    <Group orientation="horizontal" id={name} className="min-h-0 flex-1">
      <Panel id="main" minSize="320px" className="flex min-h-0 flex-col">
        {main}
      </Panel>
      {detail !== undefined && (
        <>
          <Separator
            aria-label={t('kit.resize')}
            className="w-px bg-line -outline-offset-1 data-[separator=active]:bg-accent data-[separator=hover]:bg-accent"
          />
          <Panel id="detail" defaultSize="44%" minSize="360px" className="flex min-h-0 flex-col">
            {detail}
          </Panel>
        </>
      )}
    </Group>
  )
}
