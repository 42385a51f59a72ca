import type { ListPoliciesResponse } from '../../client/api.js'

export type Policy = ListPoliciesResponse['items'][number]
