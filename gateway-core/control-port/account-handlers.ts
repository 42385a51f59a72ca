/** The operations on accounts: connecting them, listing and removing them. */
import type { OperationAnswer } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { Account } from '../vault/account-store.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'

type AccountOperation = 'connectAccount' | 'getAttempt' | 'listAccounts' | 'removeAccount'
type AccountAnswer = OperationAnswer<'listAccounts'>['items'][number]

export function accountHandlers(accounts: ControlServices['accounts']): HandlersOf<AccountOperation> {
  return {
    connectAccount: async ({ params, body }) => ({
      json: await accounts.connect(params.slug, body.subject ?? 'local', body.scopes ?? []),
    }),
    async getAttempt({ params }) {
      const report = accounts.attempt(params.id)
      if (report === undefined) throw new GatewayError('not_found', { detail: 'No attempt has this id.' })
      const { accountId, ...told } = report
      const account = accountId === undefined ? undefined : await accounts.get(accountId)
      return { json: { ...told, ...(account === undefined ? {} : { account: answerOf(account) }) } }
    },
    listAccounts: async () => ({ json: { items: (await accounts.list()).map(answerOf) } }),
    async removeAccount({ params }) {
      await accounts.remove(params.id)
      return undefined
    },
  }
}

function answerOf(account: Account): AccountAnswer {
  const { id, server, subject, issuer, providerSubject, client, scopes, expiresAt, status, reason } = account
  return {
    id,
    server,
    subject,
    issuer,
    clientId: client.id,
    scopes,
    status,
    ...(providerSubject === undefined ? {} : { providerSubject }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(reason === undefined ? {} : { reason }),
    createdAt: account.createdAt,
    updatedAt: account.updatedAt,
  }
}
