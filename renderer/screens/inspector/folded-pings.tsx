/** How many pings the filter leaves out, and the way to them: what is folded away is not gone. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { formatCount } from '../../strings/format.js'
import { termsOf } from './filter-terms.js'

const foldingTerm = '-method:ping'
/** More are `100+`. */
const maxCounted = 100
/** So often are they counted while the list is looked at, in milliseconds. */
const countEveryMs = 10_000

export function FoldedPings({ q, onFilter }: { readonly q: string; readonly onFilter: (q: string) => void }) {
  const { t } = useTranslation()
  const terms = termsOf(q)
  const others = terms.filter((term) => term !== foldingTerm)
  const { data } = useQuery(countOptions([...others, 'method:ping'].join(' '), others.length < terms.length))
  if (data === undefined || data.count === 0) return null
  return (
    <Button variant="quiet" className="max-[760px]:hidden" onClick={() => onFilter(others.join(' '))}>
      {t('inspector.pings', { count: data.count, shown: `${formatCount(data.count)}${data.isAll ? '' : '+'}` })}
    </Button>
  )
}

/** Outside of what events make stale: a busy gateway would be asked all the time. */
function countOptions(q: string, enabled: boolean) {
  return queryOptions({
    queryKey: ['foldedPings', q],
    queryFn: async () => {
      const { data } = await api.listExchanges({ query: { q, limit: maxCounted }, throwOnError: true })
      return { count: data.items.length, isAll: data.nextCursor === undefined }
    },
    enabled,
    refetchInterval: countEveryMs,
  })
}
