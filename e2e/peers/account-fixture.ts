/** What the tests of accounts share: a gateway, a provider, a server that wants its tokens, and two callers. */
import { callModern } from './mcp-request.js'
import { startOAuthProvider, visit, type OAuthProvider } from './oauth-provider.js'
import { at, type Answer } from './send.js'
import { startGateway, type RunningGateway } from './start-gateway.js'
import { startTokenServer, type TokenServer } from './token-server.js'

export interface ListedAccount {
  readonly id: string
  readonly subject: string
  readonly status: string
  readonly scopes: readonly string[]
}

export interface Begun {
  readonly authorizationUrl: string
  readonly attemptId: string
}

/** Slug of the server. */
const slug = 'files'

export class AccountFixture {
  private constructor(
    readonly gateway: RunningGateway,
    readonly provider: OAuthProvider,
    readonly server: TokenServer,
    readonly alice: string,
    readonly bob: string,
  ) {}

  /** @param env of the gateway */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<AccountFixture> {
    const [gateway, provider] = await Promise.all([startGateway({ env }), startOAuthProvider()])
    const server = await startTokenServer(provider.origin)
    await gateway.putServer(slug, { url: server.url, app_auth: { type: 'oauth2_authorization_code' } })
    const [alice, bob] = [
      await gateway.addKey({ name: 'a', subject: 'alice' }),
      await gateway.addKey({ name: 'b', subject: 'bob' }),
    ]
    return new AccountFixture(gateway, provider, server, alice.key, bob.key)
  }

  get url(): string {
    return `${this.gateway.dataUrl}/mcp/${slug}`
  }

  async accounts(): Promise<readonly ListedAccount[]> {
    return at((await this.gateway.api('GET', '/accounts')).body, 'items') as readonly ListedAccount[]
  }

  /** @throws Error unless it was begun */
  async begin(subject: string, at = slug): Promise<Begun> {
    const { status, body } = await this.gateway.api('POST', `/servers/${at}/connect`, { subject })
    if (status !== 200) throw new Error(`not begun: ${status} ${JSON.stringify(body)}`)
    return body as Begun
  }

  async attempt(id: string): Promise<unknown> {
    return (await this.gateway.api('GET', `/attempts/${id}`)).body
  }

  /** @throws Error unless it was connected */
  async connect(subject: string, at = slug): Promise<void> {
    const { authorizationUrl, attemptId } = await this.begin(subject, at)
    const page = await visit(authorizationUrl, { user: `${subject}@provider` })
    if (page.status !== 200) throw new Error(`not connected: ${page.status} ${page.text}`)
    const attempt = JSON.stringify(await this.attempt(attemptId))
    if (!attempt.includes('"connected"')) throw new Error(`not connected: ${attempt}`)
  }

  whoami(key: string, name = 'whoami'): Promise<Answer> {
    return callModern(this.url, { key, params: { name, arguments: {} } })
  }

  /** The server takes the token that it saw last no longer. */
  refuseLastToken(): void {
    this.server.refused.add(this.server.seen.at(-1)?.token ?? '')
  }

  /** As it was at the start. */
  async reset(): Promise<void> {
    const { provider, server, gateway } = this
    Object.assign(provider, { intercept: undefined, editMetadata: undefined, accessTokenSeconds: 3600 })
    server.extraScope = undefined
    server.resource = undefined
    for (const { id } of await this.accounts()) await gateway.api('DELETE', `/accounts/${id}`)
    server.seen.length = 0
    provider.resetCounts()
  }

  async stop(): Promise<void> {
    await this.gateway.stop()
    await this.provider.close()
    await this.server.close()
  }
}

export const textOf = (answer: Answer): unknown => at(answer.json, 'result.content.0.text')

/** The link to connect an account in a text. */
export function linkIn(text: unknown): string {
  return /http:\/\/\S+\/connect\/[\w-]+\?ticket=[\w-]+/.exec(String(text))?.[0] ?? 'no link'
}
