/** Lets the states of servers say where the local user has to sign in, before a call finds out. */
import type { PipelinePorts } from './ports.js'

/** Whose servers these are: the subject of a key that says nothing else. */
const localSubject = 'local'

/** What is registered, and which accounts are connected, as they are by now. @throws GatewayError `vault_locked` */
export async function noteSignIns({
  registry,
  accounts,
  states,
}: Pick<PipelinePorts, 'registry' | 'accounts' | 'states'>): Promise<void> {
  for (;;) {
    const { snapshot } = registry
    if (snapshot === undefined) return
    const lacking = await accounts.lacking([...snapshot.servers.values()], localSubject)
    // What was found says nothing of servers that are configured otherwise by now.
    if (registry.snapshot !== snapshot) continue
    for (const [slug, reason] of lacking) states.signInFound(slug, reason)
    return
  }
}
