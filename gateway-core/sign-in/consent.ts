/**
 * The steps between an agent's request and the code that it gets: the person is asked whether this agent may, before
 * anything goes to an identity provider; then signs in there, where there is one; then the agent is answered.
 */
import { randomBytes } from 'node:crypto'
import type Provider from 'oidc-provider'
import { page, redirect, type Page } from '../browser-page.js'
import { withoutPort } from './approval-check.js'
import { keepClient } from './clients.js'
import { consentPage, goneBrowserPage, nameOf } from './consent-page.js'
import { digestOf, openForm, readOwnForm } from './own-form.js'
import { onlyScope, type ProviderParts } from './provider-parts.js'
import { localAccount } from './local-account.js'
import { serverOf } from './resources.js'
import type { BegunSignIn, OfferedServer, Person } from './sign-in-ports.js'
import type { BrowserVisit } from './sign-out.js'

const arrivalMs = 60_000

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

interface Visit extends BrowserVisit {
  readonly baseUrl: string
  readonly uid: string
}

/** Somebody who came back from the identity provider, on the way to their interaction. */
interface Arrival {
  readonly begun: BegunSignIn
  readonly outcome: Person | { readonly reason: string }
  readonly untilMs: number
}

export class Consent {
  /** By a ticket that is good once. */
  private readonly arrivals = new Map<string, Arrival>()

  constructor(private readonly parts: ProviderParts) {}

  /** What a browser is shown that an agent sent. */
  async show(visit: Visit): Promise<Page> {
    const interaction = await interactionOf(visit)
    if (interaction === undefined) return goneBrowserPage()
    const action = `/oauth/consent/${visit.uid}`
    const { csrf, cookie } = openForm(action)
    const shown = consentPage({ ...(await this.describe(visit, interaction)), action, csrf })
    return { ...shown, headers: { ...shown.headers, 'set-cookie': cookie } }
  }

  /** What a browser is answered that has sent the form. */
  async decide(visit: Visit): Promise<Page> {
    const form = await readOwnForm(visit.request)
    const interaction = await interactionOf(visit)
    if (interaction === undefined) return goneBrowserPage()
    if (form === undefined) return page(403, 'This form did not come from Gatehouse', ['Start again from your agent.'])
    const decision = form.get('decision')
    if (decision !== 'approve' && decision !== 'other_account') return this.deny(visit, 'The user denied the request.')
    const servers = this.chosen(visit, interaction, form)
    if (servers?.length === 0) return this.deny(visit, 'The user allowed none of the servers.')
    return this.approve(visit, interaction, servers, decision === 'other_account')
  }

  /** The identity provider has sent a browser back to the gateway. @returns where it goes on */
  async arrive(begun: BegunSignIn, outcome: Person | { readonly reason: string }): Promise<Page> {
    const ticket = randomBytes(32).toString('base64url')
    const nowMs = performance.now()
    for (const [key, { untilMs }] of this.arrivals) if (untilMs < nowMs) this.arrivals.delete(key)
    this.arrivals.set(digestOf(ticket), { begun, outcome, untilMs: nowMs + arrivalMs })
    return redirect(`${begun.baseUrl}/oauth/consent/${begun.uid}/return?ticket=${ticket}`)
  }

  /** The browser is back in its interaction, which only the browser that began it has. */
  async comeBack(visit: Visit, ticket: string): Promise<Page> {
    const interaction = await interactionOf(visit)
    const arrival = this.arrivals.get(digestOf(ticket))
    const isOwn = arrival?.begun.uid === visit.uid && arrival.untilMs > performance.now()
    if (interaction === undefined || arrival === undefined || !isOwn) return goneBrowserPage()
    this.arrivals.delete(digestOf(ticket))
    if ('reason' in arrival.outcome) return this.deny(visit, arrival.outcome.reason)
    // Not before: whoever was led here from another browser has allowed nothing.
    const accountId = await this.parts.people.keep(arrival.outcome)
    return this.finish(visit, interaction, accountId, arrival.begun.servers)
  }

  forget(): void {
    this.arrivals.clear()
  }

  private async describe({ provider, baseUrl }: Visit, { params, session }: Interaction) {
    const { ports, people } = this.parts
    const clientId = String(params['client_id'])
    const client = await provider.Client.find(clientId)
    const slug = serverOf(baseUrl, String(params['resource']), ports.offered())?.slug ?? ''
    const issuer = ports.identityProvider.issuer()
    const person = session?.accountId === undefined ? undefined : await people.alive(session.accountId)
    const name = client?.clientName ?? clientId
    return {
      clientName: name.slice(0, 100),
      clientId,
      clientHost: hostOf(clientId),
      redirectUri: withoutPort(String(params['redirect_uri'])),
      servers: this.asked(slug),
      isChoice: slug === '',
      signedInAs: person && nameOf(person),
      provider: issuer && new URL(issuer).host,
    }
  }

  private asked(slug: string): readonly OfferedServer[] {
    const offered = this.parts.ports.offered()
    return offered.filter((server) => (slug === '' ? server.isMember : server.slug === slug))
  }

  /** Undefined where one server was asked for. */
  private chosen({ baseUrl }: Visit, { params }: Interaction, form: URLSearchParams): readonly string[] | undefined {
    const resource = serverOf(baseUrl, String(params['resource']), this.parts.ports.offered())
    if (resource?.slug !== '') return undefined
    const all = this.asked('').map(({ slug }) => slug)
    return form.has('choice') || form.has('server') ? all.filter((slug) => form.getAll('server').includes(slug)) : all
  }

  private async approve(
    visit: Visit,
    interaction: Interaction,
    servers: readonly string[] | undefined,
    isOtherAccount: boolean,
  ): Promise<Page> {
    const { identityProvider } = this.parts.ports
    if (identityProvider.issuer() === undefined) return this.finish(visit, interaction, localAccount, servers)
    const { accountId } = interaction.session ?? {}
    const mustSignIn = isOtherAccount || interaction.prompt.name === 'login'
    if (!mustSignIn && accountId !== undefined && (await this.parts.people.alive(accountId)) !== undefined)
      return this.finish(visit, interaction, accountId, servers)
    const begun = { uid: visit.uid, baseUrl: visit.baseUrl, servers }
    return redirect(await identityProvider.begin(begun, isOtherAccount))
  }

  private async deny(visit: Visit, reason: string): Promise<Page> {
    const { request, response, provider } = visit
    const result = { error: 'access_denied', error_description: reason }
    return redirect(await provider.interactionResult(request, response, result, { mergeWithLastSubmission: false }))
  }

  private async finish(
    visit: Visit,
    interaction: Interaction,
    accountId: string,
    servers: readonly string[] | undefined,
  ): Promise<Page> {
    const { request, response, provider } = visit
    const grantId = await this.grant(visit, interaction, accountId, servers)
    const result = { login: { accountId, remember: true }, consent: { grantId } }
    const next = await provider.interactionResult(request, response, result, { mergeWithLastSubmission: false })
    await leaveOtherAccount(provider, interaction, accountId)
    return redirect(next)
  }

  /** One grant for each agent and account: what it is allowed later is added to it. */
  private async grant(
    { provider, baseUrl }: Visit,
    { params }: Interaction,
    accountId: string,
    merged: readonly string[] | undefined,
  ): Promise<string> {
    const { ports, grants, people } = this.parts
    const [clientId, resource] = [String(params['client_id']), String(params['resource'])]
    const before = await grants.of(clientId, accountId)
    const grant = (before && (await provider.Grant.find(before.id))) ?? new provider.Grant({ accountId, clientId })
    // Both are asked for: the library takes what its metadata lists for a scope of its own.
    grant.addOIDCScope(onlyScope)
    grant.addResourceScope(resource, onlyScope)
    const id = await grant.save()
    const person = await people.find(accountId)
    const client = await provider.Client.find(clientId)
    const slug = serverOf(baseUrl, resource, ports.offered())?.slug ?? ''
    const now = new Date(ports.nowMs()).toISOString()
    const email = person?.claims['email']
    await grants.approve({
      id,
      clientId,
      clientName: (client?.clientName ?? clientId).slice(0, 100),
      redirectUri: withoutPort(String(params['redirect_uri'])),
      accountId,
      subject: person?.sub ?? accountId,
      ...(person === undefined ? {} : { issuer: person.issuer }),
      ...(typeof email === 'string' ? { email } : {}),
      servers: slug === '' ? (before?.servers ?? []) : [...new Set([...(before?.servers ?? []), slug])],
      merged: merged ?? before?.merged ?? [],
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    })
    await keepClient(clientId, ports.store)
    return id
  }
}

async function interactionOf({ provider, request, response, uid }: Visit): Promise<Interaction | undefined> {
  const found = await provider.interactionDetails(request, response).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'SessionNotFound') return undefined
    throw error
  })
  return found?.uid === uid ? found : undefined
}

/** The browser's session was another person's: it is theirs no more, and what they allowed is not asked of it. */
async function leaveOtherAccount(provider: Provider, { session }: Interaction, accountId: string): Promise<void> {
  if (session?.uid === undefined) return
  const found = await provider.Session.findByUid(session.uid)
  if (found?.accountId === undefined || found.accountId === accountId) return
  found.accountId = undefined
  found.authorizations = {}
  await found.persist()
}

function hostOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) && /^https?:/.test(address) ? new URL(address).host : undefined
}
