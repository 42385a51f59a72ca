/** A failure told so that somebody can mend it: what was measured apart from what is guessed, and one thing to do. */

export const diagnosisCodes = [
  'OAUTH_REDIRECT_MISMATCH',
  'OAUTH_STATE_MISMATCH',
  'OAUTH_STALE_CALLBACK',
  'OAUTH_INVALID_CLIENT',
  'OAUTH_NO_REGISTRATION',
  'OAUTH_RESOURCE_MISMATCH',
  'OAUTH_ISSUER_MISMATCH',
  'OAUTH_DENIED',
  'OAUTH_REFRESH_REVOKED',
  'AUTH_401_AFTER_OAUTH',
  'TIMEOUT_TOKEN',
  'CLOCK_SKEW',
] as const

export interface Diagnosis {
  readonly code: (typeof diagnosisCodes)[number]
  /** What happened, in a few words. */
  readonly title: string
  /** What was measured, one sentence each. Never a secret, a token, or a URL's query. */
  readonly facts: readonly string[]
  /** Side by side, where two things should have been the same. */
  readonly expected?: string
  readonly received?: string
  /** What is most likely behind it, and not known. */
  readonly likelyCause?: string
  readonly fix: string
}

/** As sentences, for where there is only text: facts first. */
export function sentencesOf({ facts, expected, received, likelyCause }: Diagnosis): readonly string[] {
  return [
    ...facts,
    ...(expected === undefined ? [] : [`Expected: ${expected}`]),
    ...(received === undefined ? [] : [`Received: ${received}`]),
    ...(likelyCause === undefined ? [] : [`Most likely: ${likelyCause}`]),
  ]
}
