export interface TableColumn {
  readonly title: string
  /** Its width, and where its words stand. */
  readonly className?: string
  /** Read out alone. */
  readonly isUnseen?: boolean
}

/** Names of the columns of a table of facts. */
export function TableHead({ columns }: { readonly columns: readonly TableColumn[] }) {
  return (
    <thead>
      <tr className="border-b border-line text-xs text-fg-2 *:px-2 *:py-1 *:text-start *:font-semibold">
        {columns.map(({ title, className, isUnseen = false }) => (
          <th key={title} scope="col" className={className}>
            {isUnseen ? <span className="sr-only">{title}</span> : title}
          </th>
        ))}
      </tr>
    </thead>
  )
}
