/**
 * Access tokens of connected accounts: given out while they are good, refreshed before they end, one refresh at a time
 * for each account among all processes with this vault.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { sentencesOf } from '../../contract/diagnosis.js'
import { GatewayError } from '../../contract/errors.js'
import { randomHex } from '../../random-hex.js'
import type { Account, AccountOwner, OpenedAccount } from '../../vault/account-store.js'
import { causedPorts, type AccountPorts, type TokenCause } from './account-ports.js'
import { ProviderRefusal } from './call-provider.js'
import { accessWithdrawn } from './diagnose-sign-in.js'
import { notConnected, unusableReason } from './lacking-accounts.js'
import { redeemRefreshToken } from './token-requests.js'

const maxRefreshBeforeMs = 60_000
/** Longer than any refresh takes; whoever holds a lease longer is gone. */
const leaseMs = 120_000
const askAgainMs = 100

/** An account's token for one request, or why there is none. */
export type AccountToken =
  | { readonly kind: 'token'; readonly account: Account; readonly accessToken: string }
  | { readonly kind: 'needed'; readonly reason: string; readonly account: Account | undefined }

export class AccountTokens {
  private readonly refreshing = new Map<string, Promise<AccountToken>>()

  constructor(
    private readonly ports: AccountPorts,
    /** Epoch milliseconds. */
    private readonly nowMs: () => number = Date.now,
  ) {}

  /**
   * The account that would be used, as it is.
   *
   * @param label of the one that is meant, where the caller's key names one
   */
  async known(owner: AccountOwner, label: string | undefined, destination: string): Promise<AccountToken> {
    return this.usable(await this.ports.accounts.find(owner, label), destination, label)
  }

  /**
   * @param label of the one that is meant, where the caller's key names one
   * @param destination origin that the token would be sent to
   * @throws GatewayError `token_endpoint_failed` where the token has ended and a new one cannot be had just now
   */
  async current(
    owner: AccountOwner,
    label: string | undefined,
    destination: string,
    cause: TokenCause,
  ): Promise<AccountToken> {
    const opened = await this.ports.accounts.find(owner, label)
    const found = this.usable(opened, destination, label)
    if (found.kind === 'needed' || opened === undefined) return found
    const leftMs = millisecondsLeft(found.account, this.nowMs())
    if (leftMs > refreshBeforeMs(found.account)) return found
    if (opened.tokens.refreshToken === undefined) {
      if (leftMs > 0) return found
      return this.end(opened.account, 'The access token has expired, and the provider gave no refresh token.')
    }
    try {
      return await this.refresh(found.account, cause)
    } catch (error) {
      // It still is good for a while, in which the provider may come back.
      if (leftMs > 0) return found
      throw error
    }
  }

  /**
   * The server answered 401 to this account's token.
   *
   * @returns another token, or that somebody has to sign in
   */
  async afterRefusal(refused: Account, cause: TokenCause): Promise<AccountToken> {
    const opened = await this.ports.accounts.get(refused.id)
    const found = this.usable(opened, refused.destination)
    if (found.kind === 'needed' || opened === undefined) return found
    // Somebody has refreshed it meanwhile.
    if (opened.account.generation !== refused.generation) return found
    if (opened.tokens.refreshToken === undefined)
      return this.end(refused, 'The server no longer takes the access token, and the provider gave no refresh token.')
    return this.refresh(opened.account, cause)
  }

  /** The server refuses a token that is as good as new. */
  end(account: Account, reason: string): Promise<AccountToken> {
    return this.requireSignIn(account, reason)
  }

  private usable(opened: OpenedAccount | undefined, destination: string, label?: string): AccountToken {
    if (opened === undefined) {
      const reason = label === undefined ? notConnected : `No account ${label} is connected, which the key is to use.`
      return { kind: 'needed', reason, account: undefined }
    }
    const { account, tokens } = opened
    const unusable = unusableReason(account, destination)
    if (unusable !== undefined) return { kind: 'needed', reason: unusable, account }
    return { kind: 'token', account, accessToken: tokens.accessToken }
  }

  /** One at a time in this process; whoever comes meanwhile gets what it gives. */
  private refresh(account: Account, cause: TokenCause): Promise<AccountToken> {
    const running = this.refreshing.get(account.id)
    if (running !== undefined) return running
    const started = this.refreshLeased(account, cause).finally(() => this.refreshing.delete(account.id))
    this.refreshing.set(account.id, started)
    return started
  }

  private async refreshLeased(account: Account, cause: TokenCause): Promise<AccountToken> {
    const { accounts } = this.ports
    const holder = randomHex(12)
    for (;;) {
      const lease = await accounts.lease(account.id, account.generation, holder, leaseMs)
      if (lease === 'stale') return this.usable(await accounts.get(account.id), account.destination)
      if (lease === 'leased') break
      await delay(askAgainMs)
    }
    try {
      return await this.refreshNow(account, cause)
    } finally {
      await accounts.release(account.id, holder).catch(() => undefined)
    }
  }

  private async refreshNow(before: Account, cause: TokenCause): Promise<AccountToken> {
    const { accounts } = this.ports
    const opened = await accounts.get(before.id)
    const found = this.usable(opened, before.destination)
    // Between the question and the lease another process may have finished.
    if (found.kind === 'needed' || opened?.account.generation !== before.generation) return found
    const { refreshToken } = opened.tokens
    if (refreshToken === undefined) return found
    try {
      const change = await redeemRefreshToken(
        opened.account,
        refreshToken,
        this.ports.target(before.server, before.clientKey ?? ''),
        causedPorts(this.ports, cause),
      )
      const refreshed = await accounts.refresh(before.id, before.generation, change)
      if (refreshed === undefined) return this.usable(await accounts.get(before.id), before.destination)
      this.ports.issued(refreshed, 'refresh_token', cause)
      this.ports.changed(refreshed.account, 'refreshed')
      return { kind: 'token', account: refreshed.account, accessToken: refreshed.tokens.accessToken }
    } catch (error) {
      if (error instanceof ProviderRefusal && error.oauthError === 'invalid_grant')
        return this.requireSignIn(before, sentencesOf(accessWithdrawn(error.message, before.updatedAt)).join(' '))
      const { issuer, client } = before
      if (error instanceof ProviderRefusal && error.oauthError === 'invalid_client' && client.registration === 'dcr') {
        await this.ports.clients.remove(issuer, client.redirectUri)
        return this.requireSignIn(
          before,
          'The provider no longer knows Gatehouse, which registered there (invalid_client).',
        )
      }
      throw error
    }
  }

  /** Ends the generation that it is about, and no other. */
  private async requireSignIn(account: Account, reason: string): Promise<AccountToken> {
    const isEnded = await this.ports.accounts.requireSignIn(account.id, account.generation, reason)
    const opened = await this.ports.accounts.get(account.id)
    if (isEnded && opened !== undefined) this.ports.changed(opened.account, 'sign_in_needed')
    return this.usable(opened, account.destination)
  }
}

/** Of a token that lives for less than some minutes, the last quarter: otherwise each call would be a refresh. */
function refreshBeforeMs({ expiresAt, updatedAt }: Account): number {
  const lifetimeMs = expiresAt === undefined ? 0 : Date.parse(expiresAt) - Date.parse(updatedAt)
  return Math.min(maxRefreshBeforeMs, lifetimeMs / 4)
}

function millisecondsLeft({ expiresAt }: Account, nowMs: number): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - nowMs
}

/** @throws GatewayError `not_found` */
export function accountNotFound(id: string): GatewayError {
  return new GatewayError('not_found', {
    detail: `No account has the id ${id}.`,
    fix: '`gatehouse accounts list` shows them.',
  })
}
