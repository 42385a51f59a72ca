/** The operations on accounts: connecting, listing, choosing and removing them, and their tokens for another gateway. */
import { randomUUID } from 'node:crypto'
import type { OperationAnswer } from '../contract/control-api.js'
import { defaultAccount } from '../contract/default-account.js'
import { GatewayError } from '../contract/errors.js'
import type { Registry } from '../registry/registry.js'
import type { Account } from '../vault/account-store.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'
import { oauthClients } from './oauth-clients.js'

type AccountOperation =
  | 'connectAccount'
  | 'getAttempt'
  | 'listAccounts'
  | 'getAccount'
  | 'patchAccount'
  | 'removeAccount'
  | 'listOAuthClients'
  | 'getDownstreamToken'
type AccountAnswer = OperationAnswer<'listAccounts'>['items'][number]

export function accountHandlers({ accounts, registry, vault }: ControlServices): HandlersOf<AccountOperation> {
  const answerFor = async (account: Account): Promise<AccountAnswer> =>
    answerOf(account, await accounts.list(), registry)
  return {
    connectAccount: async ({ params, body }, { traceId }) => {
      const { subject = 'local', scopes = [], label, tool } = body
      return { json: await accounts.connect(params.slug, { subject, scopes, label, tool, traceId }) }
    },
    async getAttempt({ params }) {
      const report = accounts.attempt(params.id)
      if (report === undefined) throw new GatewayError('not_found', { detail: 'No attempt has this id.' })
      const { accountId, ...told } = report
      const account = accountId === undefined ? undefined : await accounts.get(accountId)
      return { json: { ...told, ...(account === undefined ? {} : { account: await answerFor(account) }) } }
    },
    listAccounts: async ({ query: { subject: of, ...page } }) => {
      const all = await accounts.list()
      const wanted = all.filter(({ subject }) => isOf(of, subject))
      const { items, ...more } = listPage(wanted, page, ({ id }) => id)
      return { json: { items: items.map((account) => answerOf(account, all, registry)), ...more } }
    },
    async getAccount({ params }) {
      const account = await accounts.get(params.id)
      if (account === undefined) throw new GatewayError('not_found', { detail: 'No account has this id.' })
      return { json: await answerFor(account) }
    },
    patchAccount: async ({ params, body: { label, default: isDefault } }) => {
      const choice = { ...(label === undefined ? {} : { label }), ...(isDefault === undefined ? {} : { isDefault }) }
      return { json: await answerFor(await accounts.choose(params.id, choice)) }
    },
    async removeAccount({ params }) {
      await accounts.remove(params.id)
      return undefined
    },
    listOAuthClients: async ({ query }) => {
      const all = oauthClients(await accounts.list(), await vault.oauthClients.list())
      return {
        json: listPage(all, query, ({ issuer, clientId, redirectUri }) =>
          JSON.stringify([issuer, clientId, redirectUri]),
        ),
      }
    },
    getDownstreamToken: async ({ params, query }, { traceId }) => {
      const subject = query.user_id ?? 'local'
      const token = await tokenFor(params.slug, subject, traceId, accounts)
      const { expiresAt, scopes } = token.account
      const expiresIn = expiresAt === undefined ? undefined : Math.floor((Date.parse(expiresAt) - Date.now()) / 1000)
      return {
        json: {
          access_token: token.accessToken,
          token_type: 'Bearer',
          ...(expiresIn === undefined ? {} : { expires_in: Math.max(0, expiresIn) }),
          ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
        },
      }
    },
  }
}

/** @param wanted `{issuer}#{sub}`, or `sub` alone, whoever issued it; undefined for everybody */
function isOf(wanted: string | undefined, subject: string): boolean {
  return wanted === undefined || subject === wanted || subject.endsWith(`#${wanted}`)
}

/** @throws GatewayError `not_found` where the subject has no account that can be used, and as `Accounts.tokenFor` */
async function tokenFor(slug: string, subject: string, traceId: string, accounts: ControlServices['accounts']) {
  const cause = { requestId: randomUUID(), traceId }
  const token = await accounts.tokenFor(slug, subject, cause).catch((error: unknown) => {
    // A server that has no accounts at all has none of this subject.
    if (error instanceof GatewayError && error.code === 'invalid_input') throw noAccount(slug, error.message)
    throw error
  })
  if (token.kind === 'needed') throw noAccount(slug, token.reason, accounts.connectUrlFor(slug, subject, cause))
  return token
}

/** @param connectUrl what the other gateway may show the user */
function noAccount(slug: string, detail: string, connectUrl?: string): GatewayError {
  return new GatewayError('not_found', {
    detail,
    fix: `Connect one here: gatehouse connect ${slug}`,
    ...(connectUrl === undefined ? {} : { connectUrl }),
  })
}

/** @param all among which it may be the one that is used */
function answerOf(account: Account, all: readonly Account[], registry: Pick<Registry, 'snapshot'>): AccountAnswer {
  const { id, server, subject, label, clientKey, issuer, providerSubject, client, scopes } = account
  const { expiresAt, status, reason } = account
  return {
    id,
    server,
    subject,
    ...(label === undefined ? {} : { label }),
    default: defaultAccount(all, account)?.id === id,
    ...(clientKey === undefined ? {} : { tools: toolsOf(server, clientKey, registry) }),
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

function toolsOf(slug: string, clientKey: string, { snapshot }: Pick<Registry, 'snapshot'>): readonly string[] {
  const byTool = snapshot?.servers.get(slug)?.plan.appAuthByTool
  return [...(byTool ?? [])].flatMap(([tool, { value }]) =>
    value?.kind === 'account' && value.clientKey === clientKey ? [tool] : [],
  )
}
