import type { ReactNode } from 'react'
import { EmptyState } from '../../components/empty-state.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../../features/errors/error-card.js'

interface Answer<Row> {
  readonly data: { readonly items: readonly Row[] } | undefined
  readonly error: unknown
  refetch(): unknown
}

/** A list that is asked for: not there yet, failed, empty, or its rows. */
export function ListState<Row>(props: {
  readonly answer: Answer<Row>
  readonly title: string
  readonly text: string
  readonly action?: ReactNode
  readonly children: (rows: readonly Row[]) => ReactNode
}) {
  const { data, error, refetch } = props.answer
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={5} />
      </div>
    )
  if (data.items.length === 0) return <EmptyState title={props.title} text={props.text} action={props.action} />
  return props.children(data.items)
}
