/** The cache of what the control API answered, and what every request has in common. */
import { MutationCache, QueryClient } from '@tanstack/react-query'
import { ApiProblem, isAbort, problemOf } from './api-problem.js'
import { client } from './generated/client.gen.js'
import { noteSignedOut } from './connection.js'
import { invalidateAnswers } from './live-updates.js'

client.setConfig({ redirect: 'error', credentials: 'same-origin' })
client.interceptors.error.use((error, response) => {
  if (isAbort(error)) return error
  const problem = problemOf(error, response?.status ?? 0)
  if (problem.status === 401) noteSignedOut()
  return problem
})

/**
 * Events keep what is cached current, so that nothing is read again merely because time has passed. What this page
 * changes is read again at once, whatever it may have changed.
 */
export function createQueryClient(): QueryClient {
  const cache: QueryClient = new QueryClient({
    mutationCache: new MutationCache({ onSuccess: () => void invalidateAnswers(cache) }),
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        // Only what another try may mend: no answer at all.
        retry: (failures, error) => error instanceof ApiProblem && error.code === 'no_answer' && failures < 2,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
  return cache
}
