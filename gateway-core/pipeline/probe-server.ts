/** Tries a server out, step by step, as a call of one caller would reach it; of the subject `local`, if nobody is named. No session of an agent is touched. */
import type { ProbeStep } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { Recognised } from '../callers/recognise-caller.js'
import type { RegisteredServer } from '../registry/registry.js'
import type { OpenedSession } from '../servers/session/open-session.js'
import { HttpRefusal, type OutboundRequest } from '../servers/transport.js'
import { userAgent } from '../version.js'
import type { AccountToken } from '../oauth/authorization/account-tokens.js'
import { wishOf } from './obtain-account.js'
import { prepareOwnRequest, type OwnRequest } from './own-request.js'
import type { PipelinePorts } from './ports.js'
import { probeAddress } from './probe-address.js'
import { isPrivateAddress } from '../oauth/private-address.js'
import { createDocumentReader } from './probe-document.js'
import { probeOAuth, readChallenge, type Challenge } from './probe-oauth.js'
import { probeProcess } from './probe-process.js'
import { describeAbout, listTools, openProbeSession } from './probe-session.js'
import { cut, describeFailure, ProbeSteps, type Finding } from './probe-steps.js'

/** The rest of 30 s is for ending what was begun. */
const probeMs = 24_000

/**
 * Takes at most 30 s. What it finds becomes the server's state. Never throws for what the server does.
 *
 * @param caller as whom, where that is not `local`
 */
export async function probeServer(
  server: RegisteredServer,
  ports: PipelinePorts,
  caller?: Recognised,
): Promise<readonly ProbeStep[]> {
  const steps = new ProbeSteps(performance.now() + probeMs)
  const prepared = await prepareOwnRequest(server.slug, ports, caller).catch((error: unknown) => {
    if (error instanceof GatewayError) return error
    throw error
  })
  if (!(prepared instanceof GatewayError)) steps.mask(prepared.secrets)
  if (server.resolved.transport === 'stdio') await probeProcess(server, prepared, ports, steps)
  else {
    await new HttpProbe(server, prepared, ports, steps).run()
    steps.addSkipped()
  }
  if (steps.ok) ports.states.answered(server.slug)
  return steps.steps
}

/** What was found out about who may use a server. */
type Reply = { readonly session: OpenedSession } | { readonly refusal: HttpRefusal }

class HttpProbe {
  private readonly url: URL
  private readonly outbound: OutboundRequest
  private readonly isPassthrough: boolean
  private readonly ownCredential: boolean

  constructor(
    private readonly server: RegisteredServer,
    private readonly prepared: OwnRequest | GatewayError,
    private readonly ports: PipelinePorts,
    private readonly steps: ProbeSteps,
  ) {
    const { plan, resolved } = server
    this.url = new URL(plan.url)
    // Without a credential that could be had, the server is asked as somebody unknown.
    this.outbound =
      prepared instanceof GatewayError
        ? { ...plan.target, headers: ['user-agent', userAgent] }
        : prepared.request.outbound
    this.isPassthrough = resolved.appAuth.type === 'passthrough'
    this.ownCredential = !(prepared instanceof GatewayError) && prepared.request.plan.ownCredential
  }

  async run(): Promise<void> {
    const address = await probeAddress(this.url, this.steps)
    if (address === undefined) {
      this.ports.states.failed(this.server.slug, 'server_unreachable', this.steps.steps.at(-1)?.detail ?? '')
      return
    }
    await this.noteToken()
    const reply = await this.openSession()
    if (reply === undefined) return
    const refusal = 'refusal' in reply ? reply.refusal : await this.askTools(reply.session)
    if (refusal === undefined) return
    const challenge = readChallenge(refusal)
    this.noteRefusal(refusal, challenge)
    if (refusal.status !== 401 || !/^(bearer|dpop)$/i.test(challenge.scheme ?? 'bearer')) return
    const reader = createDocumentReader(this.url, isPrivateAddress(address))
    const { appAuth } = this.server.resolved
    const hasClient = 'client_id' in appAuth && appAuth.client_id !== undefined
    try {
      await probeOAuth(this.url, challenge, hasClient, reader, this.steps)
    } finally {
      await reader.close()
    }
  }

  /** Step `token`: whether there is one to call the server with. Nobody is asked to sign in for it. */
  private async noteToken(): Promise<void> {
    const { prepared, ports, server } = this
    const { slug, plan } = server
    if (prepared instanceof GatewayError) {
      if (tokenCodes.has(prepared.code))
        this.steps.add('token', { ok: false, detail: describeFailure(prepared), ...fixOf(prepared) }, 0)
      return
    }
    const { request } = prepared
    const value = plan.appAuth.value
    if (value?.kind === 'account') {
      await this.steps.run('token', async () => {
        const token = await ports.accounts.known(wishOf(request, value.clientKey))
        return describeAccount(token, slug, request.caller.subject)
      })
    } else if (plan.appAuth.demand !== undefined)
      this.steps.add('token', { detail: `A token was obtained (${plan.appAuth.demand.grant}).` }, 0)
  }

  /** Step `era`. A refusal about who asks says nothing of it. */
  private async openSession(): Promise<Reply | undefined> {
    const { slug, resolved } = this.server
    let refusal: HttpRefusal | undefined
    const session = await this.steps.run('era', async (signal): Promise<Finding<OpenedSession> | undefined> => {
      const { transport, config } = resolved
      const { command, cwd } = config
      try {
        const opened = await openProbeSession({ slug, transport, command, cwd, outbound: this.outbound }, signal)
        this.ports.serverSessions.noteAbout(slug, opened.about)
        return { detail: describeAbout(opened.about), value: opened }
      } catch (error) {
        if (error instanceof HttpRefusal) {
          refusal = error
          return undefined
        }
        if (error instanceof GatewayError) this.ports.states.failed(slug, error.code, error.message)
        throw error
      }
    })
    if (session !== undefined) return { session }
    return refusal === undefined ? undefined : { refusal }
  }

  /** Step `auth`, where a session could be opened, and `tools`. */
  private async askTools(session: OpenedSession): Promise<HttpRefusal | undefined> {
    let refusal: HttpRefusal | undefined
    try {
      const startMs = performance.now()
      await this.steps.run('tools', async (signal) => {
        try {
          const finding = await listTools(session, this.outbound, signal)
          this.steps.add('auth', this.accepted(), performance.now() - startMs)
          return finding
        } catch (error) {
          if (!(error instanceof HttpRefusal)) throw error
          refusal = error
          return undefined
        }
      })
    } finally {
      await session.close()
    }
    return refusal
  }

  private accepted(): Finding<undefined> {
    if (this.prepared instanceof GatewayError)
      return { ok: false, detail: `${describeFailure(this.prepared)} Without a credential the server answers.` }
    if (this.isPassthrough) return { detail: 'Agents bring their own credential; without one the server answers, too.' }
    if (!this.ownCredential) return { detail: 'It asks for no credential.' }
    return { detail: `It answers to the credential of Gatehouse (${this.server.resolved.appAuth.type}).` }
  }

  /** Step `auth`, where the server refuses. */
  private noteRefusal({ status }: HttpRefusal, challenge: Challenge): void {
    const { slug } = this.server
    const said = describeChallenge(status, challenge)
    const add = (ok: boolean, why: string): void => this.steps.add('auth', { ok, detail: `${why} ${said}` }, 0)
    if (this.prepared instanceof GatewayError) {
      this.ports.states.failed(slug, this.prepared.code, this.prepared.message)
      add(false, describeFailure(this.prepared))
    } else if (this.prepared.request.accountNeed !== undefined) {
      this.ports.states.failed(slug, 'account_needed', this.prepared.request.accountNeed.reason)
      const { subject } = this.prepared.request.caller
      add(false, `Nobody has connected an account for the subject ${subject}, so it was asked without a token.`)
    } else if (this.ownCredential) {
      this.ports.states.failed(slug, 'credential_rejected', `The server answered ${status} to its credential.`)
      add(false, 'It does not take the credential of Gatehouse.')
    } else if (this.isPassthrough && status === 401) add(true, 'Agents bring their own credential, as it asks for.')
    else add(false, 'It wants a credential, and Gatehouse has none for it: choose an app_auth.')
  }
}

const tokenCodes: ReadonlySet<string> = new Set(['token_endpoint_failed', 'account_needed', 'no_caller_token'])

function fixOf({ fix }: GatewayError): { readonly fix?: string } {
  return fix === undefined ? {} : { fix }
}

function describeAccount(token: AccountToken, slug: string, subject: string): Finding<undefined> {
  if (token.kind === 'needed') {
    const whose = subject === 'local' ? '' : ` --subject ${subject}`
    return { ok: false, detail: token.reason, fix: `gatehouse connect ${slug}${whose}` }
  }
  const { id, issuer, scopes, expiresAt } = token.account
  const ends = expiresAt === undefined ? 'when it ends is not known' : `good until ${expiresAt}`
  const may = scopes.length === 0 ? '' : `, for ${cut(scopes.join(' '), 200)}`
  return { detail: `The account ${id} of ${issuer} has one${may}; ${ends}.` }
}

function describeChallenge(status: number, { scheme, error, scope }: Challenge): string {
  const parts = [
    scheme === undefined ? undefined : `asks for ${scheme}`,
    error === undefined ? undefined : `says ${error}`,
    scope === undefined ? undefined : `wants the scope ${cut(scope, 200)}`,
  ].filter((part) => part !== undefined)
  return `It answered ${status}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}.`
}
