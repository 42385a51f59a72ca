/** What people have allowed agents: in memory for every call, in the vault before anybody may rely on it. */
import type { Grant, SignInPorts } from './sign-in-ports.js'

const kind = 'Approval'

export class Grants {
  private loading: Promise<Map<string, Grant>> | undefined
  /** Of this process, so that what it reads meanwhile is known to be of before. */
  private changes = 0

  constructor(private readonly ports: Pick<SignInPorts, 'store' | 'changed'>) {}

  async all(): Promise<readonly Grant[]> {
    return [...(await this.load()).values()]
  }

  async find(id: string): Promise<Grant | undefined> {
    return (await this.load()).get(id)
  }

  async of(clientId: string, accountId: string): Promise<Grant | undefined> {
    return (await this.all()).find((grant) => grant.clientId === clientId && grant.accountId === accountId)
  }

  async approve(grant: Grant): Promise<void> {
    const known = await this.load()
    this.changes++
    await this.ports.store.put({ kind, id: grant.id, grantId: grant.id, document: JSON.stringify(grant) })
    known.set(grant.id, grant)
    this.changes++
    this.ports.changed(grant, 'approved')
  }

  /** From the next call on nothing of it is good. @returns the grant, where there was one */
  async remove(id: string): Promise<Grant | undefined> {
    const known = await this.load()
    const grant = known.get(id)
    known.delete(id)
    this.changes++
    await this.ports.store.removeGrant(id)
    this.changes++
    if (grant !== undefined) this.ports.changed(grant, 'removed')
    return grant
  }

  /** Ends what was allowed at other servers, and grants of which nothing is left. */
  async keepServers(isThere: (slug: string) => boolean): Promise<void> {
    for (const grant of await this.all()) {
      const [servers, merged] = [grant.servers.filter(isThere), grant.merged.filter(isThere)]
      if (servers.length === grant.servers.length && merged.length === grant.merged.length) continue
      if (servers.length + merged.length === 0) await this.remove(grant.id)
      else await this.approve({ ...grant, servers, merged })
    }
  }

  /** Takes over what another process has changed. */
  async lookAgain(): Promise<void> {
    if (this.loading === undefined) return
    const known = await this.load()
    for (;;) {
      const { changes } = this
      const now = await this.read()
      // What was read may be of before.
      if (changes !== this.changes) continue
      const ended = [...known.values()].filter(({ id }) => !now.has(id))
      known.clear()
      for (const [id, grant] of now) known.set(id, grant)
      for (const grant of ended) this.ports.changed(grant, 'removed')
      return
    }
  }

  forget(): void {
    this.loading = undefined
  }

  private load(): Promise<Map<string, Grant>> {
    const started = (this.loading ??= this.read())
    started.catch(() => {
      if (this.loading === started) this.loading = undefined
    })
    return started
  }

  private async read(): Promise<Map<string, Grant>> {
    const documents = await this.ports.store.list(kind)
    const grants = documents.map((document) => JSON.parse(document) as Grant)
    return new Map(grants.map((grant) => [grant.id, grant]))
  }
}
