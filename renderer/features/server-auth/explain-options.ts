import { queryOptions } from '@tanstack/react-query'
import { api, type ExplainData } from '../../client/api.js'

/**
 * What a call would send. Read again whenever a server, a secret or an account changes.
 * @param body with `config`, of a server as it is not saved
 */
export function explainOptions(body: ExplainData['body']) {
  return queryOptions({
    queryKey: [{ _id: 'explain', body }],
    queryFn: async ({ signal }) => (await api.explain({ body, signal, throwOnError: true })).data,
    // One for each change that is typed.
    gcTime: 10_000,
    retry: false,
  })
}
