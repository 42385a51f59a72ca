import { useMutation, useQuery } from '@tanstack/react-query'
import { decideApprovalMutation, listApprovalsOptions, type ListApprovalsResponse } from '../../client/api.js'

export type Approval = ListApprovalsResponse['items'][number]

/** What waits for a person, live. Empty while it is not known. */
export function useApprovals(): readonly Approval[] {
  return useQuery(listApprovalsOptions()).data?.items ?? []
}

export function useDecision() {
  return useMutation(decideApprovalMutation())
}
