/** The operations on what agents were allowed, and on the keys that their tokens are signed with. */
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'

export function grantHandlers(
  signIn: ControlServices['signIn'],
): HandlersOf<'listGrants' | 'removeGrant' | 'rotateSignInKeys'> {
  return {
    async listGrants({ query }) {
      const grants = await signIn.grants()
      const wanted = grants.filter(
        ({ subject, accountId, email }) =>
          query.subject === undefined || [subject, accountId, email].includes(query.subject),
      )
      return {
        json: {
          items: wanted.map(({ accountId: _account, merged, servers, ...grant }) => ({
            ...grant,
            servers: [...new Set([...servers, ...merged])].toSorted(),
          })),
        },
      }
    },
    async removeGrant({ params }) {
      await signIn.removeGrant(params.id)
      return undefined
    },
    rotateSignInKeys: async () => ({ json: { kid: await signIn.rotateKeys() } }),
  }
}
