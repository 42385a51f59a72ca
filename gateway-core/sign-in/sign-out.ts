/**
 * Signing out of this browser. Agents keep what they were allowed, unless the person takes that back with it; then the
 * identity provider is told too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { page, type Page } from '../browser-page.js'
import { nameOf, signOutPage } from './consent-page.js'
import { openForm, readOwnForm } from './own-form.js'
import type { ProviderParts } from './provider-parts.js'

const signOutPath = '/oauth/sign-out'

export interface BrowserVisit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly provider: Provider
}

type Session = Awaited<ReturnType<Provider['Session']['get']>>

export class SignOut {
  constructor(private readonly parts: Pick<ProviderParts, 'people' | 'grants' | 'ports'>) {}

  async show(visit: BrowserVisit): Promise<Page> {
    const { accountId } = await sessionOf(visit)
    if (accountId === undefined) return nobodyPage()
    const form = openForm(signOutPath)
    const person = await this.parts.people.find(accountId)
    const shown = signOutPage(form.csrf, signOutPath, person && nameOf(person))
    return { ...shown, headers: { ...shown.headers, 'set-cookie': form.cookie } }
  }

  async decide(visit: BrowserVisit): Promise<Page> {
    const form = await readOwnForm(visit.request)
    if (form === undefined) return page(403, 'This form did not come from Gatehouse', [`Open ${signOutPath} again.`])
    const session = await sessionOf(visit)
    const { accountId } = session
    if (accountId === undefined) return nobodyPage()
    await session.destroy()
    const isEverywhere = form.get('decision') === 'everywhere'
    await this.leave(accountId, isEverywhere)
    const issuer = this.parts.ports.identityProvider.issuer()
    return page(200, 'You are signed out', [
      isEverywhere
        ? 'What agents were allowed as you has been taken back.'
        : 'Agents keep what you allowed them. You can take it back in Gatehouse at any time.',
      ...(issuer === undefined ? [] : [`You may still be signed in at ${new URL(issuer).host}.`]),
    ])
  }

  private async leave(accountId: string, isEverywhere: boolean): Promise<void> {
    const { grants, people } = this.parts
    const own = (await grants.all()).filter((grant) => grant.accountId === accountId)
    if (isEverywhere) for (const { id } of own) await grants.remove(id)
    // Nobody acts for this person any more; where a grant was removed, its end has seen to that.
    else if (own.length === 0) await people.remove(accountId)
  }
}

async function sessionOf({ provider, request, response }: BrowserVisit): Promise<Session> {
  return provider.Session.get(provider.createContext(request, response))
}

function nobodyPage(): Page {
  return page(200, 'Nobody is signed in', ['Nobody is signed in to Gatehouse in this browser.'])
}
