/** What a person can do about each error, where there is something. One row per code; at most one primary fix. */
import type { ApiProblem, ProblemCode } from '../../client/api.js'
import type { CommandId } from '../../commands/definitions.js'
import type { StringKey } from '../../strings/i18n.js'

export type ErrorPlace = 'gateway' | 'server' | 'agent' | 'shield'

export interface ErrorStory {
  /** Overrides the gateway's own title. */
  readonly title?: StringKey
  readonly where: ErrorPlace
  /** `amber` where nothing is wrong and a person simply has something to do. */
  readonly calm?: boolean
  /** A command that mends it, or leads to where it is mended. */
  readonly fix?: { readonly label: StringKey; readonly command: CommandId }
}

const stories: Readonly<Partial<Record<ProblemCode, ErrorStory>>> = {
  no_answer: { title: 'errors.title.no_answer', where: 'gateway' },
  unauthenticated: { title: 'errors.title.unauthenticated', where: 'gateway', calm: true },
  vault_locked: { title: 'errors.title.vault_locked', where: 'gateway', calm: true },
  vault_wrong_passphrase: { title: 'errors.title.vault_wrong_passphrase', where: 'gateway' },
  secret_missing: {
    title: 'errors.title.secret_missing',
    where: 'gateway',
    calm: true,
    fix: { label: 'errors.openVault', command: 'goVault' },
  },
  account_needed: { title: 'errors.title.account_needed', where: 'server', calm: true },
  server_unreachable: { title: 'errors.title.server_unreachable', where: 'server' },
  server_timeout: { title: 'errors.title.server_timeout', where: 'server' },
  credential_rejected: {
    title: 'errors.title.credential_rejected',
    where: 'server',
    fix: { label: 'errors.openVault', command: 'goVault' },
  },
  shield_denied: {
    title: 'errors.title.shield_denied',
    where: 'shield',
    fix: { label: 'errors.openShield', command: 'goShield' },
  },
  header_conflict: { title: 'errors.title.header_conflict', where: 'gateway' },
  not_supported: { title: 'errors.title.not_supported', where: 'gateway' },
}

/** Every code has a story; one without a row is told in the gateway's own words. */
export function storyOf({ code }: Pick<ApiProblem, 'code'>): ErrorStory {
  return stories[code] ?? { where: 'gateway' }
}
