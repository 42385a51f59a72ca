/**
 * Who has signed in at the identity provider: claims and tokens, in the vault and in memory. Their tokens are refreshed
 * before they end; where the provider says that the session is over, it is over here.
 */
import type { Person, SignInPorts } from './sign-in-ports.js'

const kind = 'Person'
const refreshBeforeMs = 30_000
const askAgainMs = 30_000

export class People {
  private loading: Promise<Map<string, Person>> | undefined
  private readonly refreshing = new Map<string, Promise<Person | undefined>>()
  /** Until when the provider is not asked again, as it could not be. Monotonic milliseconds. */
  private readonly notBeforeMs = new Map<string, number>()

  constructor(
    private readonly ports: Pick<SignInPorts, 'store' | 'identityProvider' | 'nowMs' | 'logger'>,
    /** The provider ended somebody's session. */
    private readonly ended: (accountId: string) => Promise<void>,
  ) {}

  async find(accountId: string): Promise<Person | undefined> {
    return (await this.load()).get(accountId)
  }

  /** @returns undefined where nobody of this name is signed in, or not any more */
  async alive(accountId: string): Promise<Person | undefined> {
    const person = await this.find(accountId)
    if (person === undefined || person.issuer !== this.ports.identityProvider.issuer()) return undefined
    const { expiresMs = Infinity, refreshToken } = person
    if (refreshToken === undefined || expiresMs - this.ports.nowMs() > refreshBeforeMs) return person
    if ((this.notBeforeMs.get(accountId) ?? 0) > performance.now()) return person
    return this.refresh(accountId, person)
  }

  async keep(person: Person): Promise<string> {
    const accountId = accountOf(person)
    await this.write(accountId, person)
    return accountId
  }

  /** Forgets a person here, and tells the provider. */
  async remove(accountId: string): Promise<void> {
    const person = await this.find(accountId)
    if (person === undefined) return
    await this.drop(accountId)
    await this.ports.identityProvider.revoke(person)
  }

  /** Another process may have changed them. */
  lookAgain(): void {
    this.loading = undefined
  }

  forget(): void {
    this.loading = undefined
    this.notBeforeMs.clear()
  }

  /** One at a time for each person; whoever comes meanwhile gets what it gives. */
  private refresh(accountId: string, person: Person): Promise<Person | undefined> {
    const running = this.refreshing.get(accountId)
    if (running !== undefined) return running
    const started = this.refreshNow(accountId, person).finally(() => this.refreshing.delete(accountId))
    this.refreshing.set(accountId, started)
    return started
  }

  private async refreshNow(accountId: string, person: Person): Promise<Person | undefined> {
    try {
      const next = await this.ports.identityProvider.refresh(person)
      const current = await this.find(accountId)
      // Signed out, or signed in anew, while the provider was asked: its answer is about what is no more.
      if (current?.accessToken !== person.accessToken || current.refreshToken !== person.refreshToken) return current
      if (next === 'ended') {
        await this.drop(accountId)
        await this.ended(accountId)
        return undefined
      }
      await this.write(accountId, next)
      return next
    } catch (error) {
      this.notBeforeMs.set(accountId, performance.now() + askAgainMs)
      this.ports.logger.warn({ err: error, caller: accountId }, 'the identity provider could not be asked')
      return person
    }
  }

  private async write(accountId: string, person: Person): Promise<void> {
    const known = await this.load()
    await this.ports.store.put({ kind, id: accountId, document: JSON.stringify(person) })
    known.set(accountId, person)
    this.notBeforeMs.delete(accountId)
  }

  private async drop(accountId: string): Promise<void> {
    ;(await this.load()).delete(accountId)
    await this.ports.store.remove(kind, accountId)
  }

  private load(): Promise<Map<string, Person>> {
    const started = (this.loading ??= this.read())
    started.catch(() => {
      if (this.loading === started) this.loading = undefined
    })
    return started
  }

  private async read(): Promise<Map<string, Person>> {
    const documents = await this.ports.store.list(kind)
    const people = documents.map((document) => JSON.parse(document) as Person)
    return new Map(people.map((person) => [accountOf(person), person]))
  }
}

function accountOf({ issuer, sub }: Person): string {
  return `${issuer}#${sub}`
}
