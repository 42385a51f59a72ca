/** The operations on what agents were allowed, and on the keys that their tokens are signed with. */
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'

export function grantHandlers(
  signIn: ControlServices['signIn'],
): HandlersOf<'listGrants' | 'removeGrant' | 'rotateSignInKeys'> {
  return {
    async listGrants({ query: { subject: of, ...page } }) {
      const grants = await signIn.grants()
      const wanted = grants.filter(
        ({ subject, accountId, email }) => of === undefined || [subject, accountId, email].includes(of),
      )
      const { items, ...more } = listPage(wanted, page, ({ id }) => id)
      return {
        json: {
          items: items.map(({ accountId: _account, merged, servers, ...grant }) => ({
            ...grant,
            servers: [...new Set([...servers, ...merged])].toSorted(),
          })),
          ...more,
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
