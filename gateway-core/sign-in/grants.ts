/** What people have allowed agents: in memory for every call, in the vault before anybody may rely on it. */
import type { Grant, SignInPorts } from './sign-in-ports.js'

const kind = 'Approval'

export class Grants {
  private loading: Promise<Map<string, Grant>> | undefined

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
    await this.ports.store.put({ kind, id: grant.id, grantId: grant.id, document: JSON.stringify(grant) })
    known.set(grant.id, grant)
    this.ports.changed(grant, 'approved')
  }

  /** From the next call on nothing of it is good. @returns the grant, where there was one */
  async remove(id: string): Promise<Grant | undefined> {
    const known = await this.load()
    const grant = known.get(id)
    known.delete(id)
    await this.ports.store.removeGrant(id)
    if (grant !== undefined) this.ports.changed(grant, 'removed')
    return grant
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
