import { queryOptions } from '@tanstack/react-query'
import { api } from '../../client/api.js'

/** Tries a server out, once; another look is asked for with `refetch`. What it found is kept while it is on screen. */
export function probeOptions(slug: string) {
  return queryOptions({
    queryKey: ['probe', slug],
    queryFn: async ({ signal }) => (await api.probeServer({ path: { slug }, signal, throwOnError: true })).data,
    gcTime: 0,
    retry: false,
  })
}
