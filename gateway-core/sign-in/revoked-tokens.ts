/**
 * Access tokens that were revoked by themselves, by their `jti`, until they end: in memory for every call, in the vault so
 * that starting the gateway anew brings none of them back.
 */
import type { SignInPorts } from './sign-in-ports.js'

const kind = 'RevokedToken'

interface RevokedToken {
  readonly jti: string
  /** Epoch milliseconds. */
  readonly endsMs: number
}

export class RevokedTokens {
  private loading: Promise<Map<string, number>> | undefined

  constructor(private readonly ports: Pick<SignInPorts, 'store' | 'nowMs'>) {}

  async has(jti: string): Promise<boolean> {
    return (await this.load()).has(jti)
  }

  async add(token: RevokedToken): Promise<void> {
    const known = await this.load()
    const nowMs = this.ports.nowMs()
    for (const [jti, endsMs] of known) if (endsMs < nowMs) known.delete(jti)
    await this.ports.store.put({ kind, id: token.jti, document: JSON.stringify(token), expiresMs: token.endsMs })
    known.set(token.jti, token.endsMs)
  }

  forget(): void {
    this.loading = undefined
  }

  private load(): Promise<Map<string, number>> {
    const started = (this.loading ??= this.read())
    started.catch(() => {
      if (this.loading === started) this.loading = undefined
    })
    return started
  }

  private async read(): Promise<Map<string, number>> {
    const documents = await this.ports.store.list(kind)
    const tokens = documents.map((document) => JSON.parse(document) as RevokedToken)
    return new Map(tokens.map(({ jti, endsMs }) => [jti, endsMs]))
  }
}
