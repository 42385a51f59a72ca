import type { ReactNode } from 'react'
import { DataGrid, type DataGridProps } from './data-grid.js'
import { Splitter } from './splitter.js'

export interface ListedProps<Row> extends Omit<DataGridProps<Row>, 'onSelect' | 'onOpen' | 'empty' | 'label'> {
  /** The list's name; two of one name share what a person made of their widths. */
  readonly name: string
  readonly label: string
  readonly onSelect: (id: string) => void
  /** What is beside the list while a row is chosen. */
  readonly pane: ReactNode | undefined
  /** Ids of the columns that stay while something is beside the list. */
  readonly narrow: readonly string[]
}

/** A list that fills its tab, and beside it what is chosen in it. */
export function Listed<Row>({ name, pane, narrow, columns, onSelect, ...grid }: ListedProps<Row>) {
  return (
    <div className="flex h-full flex-col">
      <Splitter
        name={name}
        main={
          <DataGrid
            {...grid}
            columns={pane === undefined ? columns : columns.filter(({ id }) => narrow.includes(id))}
            onSelect={onSelect}
            onOpen={onSelect}
          />
        }
        detail={pane}
      />
    </div>
  )
}
