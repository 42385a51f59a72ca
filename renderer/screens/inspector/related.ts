/** Exchanges that belong to one another. Found once: what comes later does not change them. */
import { useQuery } from '@tanstack/react-query'
import { api, type Exchange } from '../../client/api.js'

function useFound(q: string, enabled: boolean): readonly Exchange[] {
  const { data } = useQuery({
    queryKey: ['relatedExchanges', q],
    queryFn: async ({ signal }) => {
      const answer = await api.listExchanges({ query: { q, limit: 20 }, signal, throwOnError: true })
      return answer.data.items
    },
    enabled,
  })
  return data ?? []
}

/** Requests of the gateway to authorization servers that a call made necessary. */
export function useTokenRequests({ lane, requestId, traceId }: Exchange): readonly Exchange[] {
  return useFound(`lane:auth trace:${traceId}`, lane === 'mcp').filter(({ causedBy }) => causedBy === requestId)
}

/** The call that made a request for a token necessary. */
export function useCauses({ causedBy }: Exchange): readonly Exchange[] {
  return useFound(`lane:mcp request:${causedBy ?? ''}`, causedBy !== undefined)
}
