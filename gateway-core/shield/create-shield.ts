/** Shield: judges what goes to servers and what comes back, by policies, by engines elsewhere, and by asking a person. */
import type { Logger } from 'pino'
import { GatewayError } from '../contract/errors.js'
import { subjectKey } from '../contract/caller.js'
import type { Verdict } from '../contract/exchange.js'
import type { Params } from '../contract/json-rpc.js'
import type { ShieldRemote, ShieldSettings } from '../registry/registry.js'
import type { StopSignal } from '../stop-signal.js'
import { toAbortSignal } from '../stop-signal.js'
import type { ToolPinStore } from '../vault/vault.js'
import { createCallApprovals, type ApprovalOutcome, type CallApproval } from './approvals.js'
import type { Judgement } from './cedar-engine.js'
import { createDetection, type Detection } from './detectors/detection.js'
import { textOf } from './detectors/scanned-text.js'
import { backtest, type BacktestReport, type RecordedCalls } from './backtest.js'
import type { PolicySource } from './compile-policies.js'
import { decisionTexts, denied, heldVerdict, outcomeOf, verdictOf, type Failed, type HeldTool } from './outcome.js'
import { createPolicyEngine, PoliciesWrong, type PolicyEngine } from './policy-engine.js'
import { createRemoteShields, type RemoteAnswer } from './remote-shield.js'
import { questionOf, remoteQuestionOf, scannedOf, type Judged, type ShieldCall } from './shield-call.js'
import { createKnownAnnotations } from './tool-annotations.js'
import { createToolPins, type ToolApproval, type ToolPins } from './tool-pins.js'

export type Approval = CallApproval | ToolApproval

export interface ShieldOptions {
  readonly pins: ToolPinStore
  /** The credential of an engine elsewhere; undefined where it is missing, or may not be sent there. */
  openCredential(secret: string, origin: string): Promise<string | undefined>
  /** Something begins to wait for a person, or no longer does. */
  approvalChanged(approval: Approval, status: 'pending' | ApprovalOutcome): void
  /** A server's tools look otherwise to agents than before. */
  toolsChanged(server: string): void
  readonly logger: Logger
}

/** What of a call decides whether its result is looked at. */
interface WatchedCall {
  readonly server: string
  readonly message: Pick<ShieldCall['message'], 'method' | 'tool'>
}

/** Gives what tells that nobody waits for a call any longer; asked only where somebody may have to wait. */
export type Leaving = () => StopSignal | undefined

export interface Shield {
  /** Undefined while the vault is locked. */
  configure(settings: ShieldSettings | undefined): void
  /** Undefined where nothing judges, so that a call need not wait. */
  judge(call: ShieldCall, leaving: Leaving): Promise<Judged> | undefined
  /** What is being made ready, which answers cannot be looked at before; undefined where everything is. */
  readonly loading: Promise<void> | undefined
  /** What would be said of a call: nobody is asked, neither a person nor an engine elsewhere. */
  foresee(call: ShieldCall): Promise<Judged & { readonly notes: readonly string[] }>
  /** Whether answers to such a call have to be looked at. Of a stream that may carry any answer, the method is null. */
  watches(call: WatchedCall): boolean
  /**
   * Looks at the result of a call.
   *
   * @returns the result that goes on: the same object where nothing is left out
   * @throws GatewayError `shield_denied`
   */
  judgeResult(call: ShieldCall, result: Params): Promise<Params>
  approvals(): readonly Approval[]
  /**
   * @param rememberMs so long an approval of a call counts for further ones of this caller and tool
   * @throws GatewayError `not_found`, `invalid_input`
   */
  decide(id: string, decision: 'allow' | 'deny', rememberMs?: number): Promise<void>
  /** A server is gone for good. */
  forgetServer(server: string): void
  readonly engine: Pick<PolicyEngine, 'check' | 'ready'>
  /** How often detectors did not look at a text to its end. */
  readonly overruns: Detection['overruns']
  /** @throws GatewayError `invalid_input` with the lines of what is wrong */
  backtest(policy: PolicySource, calls: RecordedCalls, since: string | undefined): Promise<BacktestReport>
  close(): Promise<void>
}

const maxResultText = 1024 * 1024
const off: Verdict = { decision: 'allow', policies: [], durationMs: 0 }

export function createShield(options: ShieldOptions): Shield {
  return new ConfiguredShield(options)
}

class ConfiguredShield implements Shield {
  readonly engine = createPolicyEngine()
  private readonly remotes = createRemoteShields()
  private readonly annotations = createKnownAnnotations()
  private readonly detection = createDetection()
  private readonly calls
  private readonly pins: ToolPins
  private settings: ShieldSettings | undefined
  loading: Promise<void> | undefined
  private pinsWanted = false

  constructor(private readonly options: ShieldOptions) {
    this.calls = createCallApprovals((approval, status) => options.approvalChanged(approval, status))
    this.pins = createToolPins(options.pins, (approval) => {
      options.logger.warn(
        { server: approval.server, tool: approval.tool, change: approval.change },
        'a tool is held until somebody approves what is different: gatehouse approvals list',
      )
      options.approvalChanged(approval, 'pending')
    })
  }

  configure(settings: ShieldSettings | undefined): void {
    // What somebody approved, they approved under these policies.
    if (JSON.stringify(settings?.policies) !== JSON.stringify(this.settings?.policies)) this.calls.forgetRemembered()
    this.settings = settings
    this.engine.configure(settings?.enabled === true ? settings.policies : [])
    if (settings === undefined) {
      this.calls.close()
      this.pins.forgetAll()
      this.pinsWanted = false
    } else if (settings.pinTools && !this.pinsWanted) {
      this.pinsWanted = true
      this.noteLoading(
        this.pins.load().catch((error: unknown) => {
          this.pinsWanted = false
          this.options.logger.error({ err: error }, 'the tools that were seen before cannot be read')
        }),
      )
    }
    if (settings?.enabled === true && settings.policies.length > 0) this.noteLoading(this.makeEngineReady())
  }

  private async makeEngineReady(): Promise<void> {
    const { engine, detection } = this
    await engine.ready()
    await (engine.usesDetections ? detection.ready() : detection.close())
  }

  private noteLoading(work: Promise<void>): void {
    const loading = Promise.all([this.loading, work]).then(() => {
      if (this.loading === loading) this.loading = undefined
    })
    this.loading = loading
  }

  get overruns(): Detection['overruns'] {
    return this.detection.overruns
  }

  judge(call: ShieldCall, leaving: Leaving): Promise<Judged> | undefined {
    const { settings } = this
    if (settings?.enabled !== true) return undefined
    const judges = settings.policies.length > 0 || settings.remotes.length > 0
    if (!judges && this.loading === undefined && this.heldTool(call) === undefined) return undefined
    return this.judgeWith(call, leaving, settings)
  }

  async foresee(call: ShieldCall): Promise<Judged & { readonly notes: readonly string[] }> {
    const { settings } = this
    if (settings?.enabled !== true) return { verdict: off, notes: [] }
    const startedMs = performance.now()
    const notes =
      settings.remotes.length > 0 ? ['Shield: The remote Shield is not asked here, and may deny the call.'] : []
    if (this.loading !== undefined) await this.loading
    const held = this.heldTool(call)
    if (held !== undefined) return { ...heldVerdict(held, startedMs), notes }
    const judgement = await this.judgeByPolicies(call)
    if ('failure' in judgement) return { ...outcomeOf(judgement, undefined, settings, startedMs), notes }
    if (judgement.outcome === 'ask') {
      const reason = `${judgement.reason ?? ''} Somebody would be asked; nobody is here.`.trim()
      return { verdict: verdictOf('deny', reason, judgement.policies, startedMs), refusal: denied(reason, []), notes }
    }
    return { ...outcomeOf(judgement, undefined, settings, startedMs), notes }
  }

  watches({ server, message }: WatchedCall): boolean {
    const { settings, engine } = this
    if (settings?.enabled !== true) return false
    const lists = settings.pinTools || engine.usesAnnotations
    if (message.method === 'tools/list') return lists
    if (message.method === 'tools/call') return engine.judgesResults(server, message.tool)
    return message.method === null && (lists || engine.judgesResults(server, undefined))
  }

  async judgeResult(call: ShieldCall, result: Params): Promise<Params> {
    if (!this.watches(call)) return result
    const { method } = call.message
    const isList = method === 'tools/list' || (method === null && Array.isArray(result['tools']))
    if (isList) return this.seeTools(call, result)
    if (method === null && result['content'] === undefined && result['structuredContent'] === undefined) return result
    if (!this.engine.judgesResults(call.server, call.message.tool)) return result
    return this.judgeToolResult(call, result)
  }

  approvals(): readonly Approval[] {
    return [...this.calls.list(), ...(this.settings?.pinTools === true ? this.pins.list() : [])]
  }

  async decide(id: string, decision: 'allow' | 'deny', rememberMs?: number): Promise<void> {
    if (this.calls.decide(id, decision, rememberMs)) return
    const approval = this.pins.list().find((one) => one.id === id)
    if (approval !== undefined && rememberMs !== undefined)
      throw new GatewayError('invalid_input', {
        errors: [{ path: 'rememberMs', message: 'a tool is approved as it is, until it changes' }],
      })
    const server = approval && (await this.pins.decide(id, decision))
    if (approval === undefined || server === undefined)
      throw new GatewayError('not_found', {
        detail: 'Nothing with this id waits for an approval.',
        fix: 'Run `gatehouse approvals list` for what does. A call that nobody approved in time is denied.',
      })
    this.options.approvalChanged(approval, decision)
    this.options.toolsChanged(server)
  }

  forgetServer(server: string): void {
    this.annotations.forget(server)
    this.pins.forget(server).catch((error: unknown) => {
      this.options.logger.warn({ err: error, server }, 'the tools of a server that is gone are still kept')
    })
  }

  async backtest(policy: PolicySource, calls: RecordedCalls, since: string | undefined): Promise<BacktestReport> {
    try {
      return await this.engine.tryOut([policy], async (set) => {
        if (set.use.detections) await this.detection.ready()
        return backtest(set, calls, since, this.detection, (server, tool) => this.annotations.of(server, tool))
      })
    } catch (error) {
      if (!(error instanceof PoliciesWrong)) throw error
      const errors = error.problems.map(({ line, message }) => ({ path: 'text', line, message }))
      throw new GatewayError('invalid_input', { detail: error.message, errors })
    }
  }

  async close(): Promise<void> {
    this.calls.close()
    await Promise.all([this.remotes.close(), this.detection.close()])
  }

  private async judgeWith(call: ShieldCall, leaving: Leaving, settings: ShieldSettings): Promise<Judged> {
    const startedMs = performance.now()
    if (this.loading !== undefined) await this.loading
    const held = this.heldTool(call)
    if (held !== undefined) return heldVerdict(held, startedMs)
    const judgement = await this.judgeByPolicies(call)
    if (!('failure' in judgement) && judgement.outcome === 'deny')
      return outcomeOf(judgement, undefined, settings, startedMs)
    const asksPerson = !('failure' in judgement) && judgement.outcome === 'ask'
    const left = asksPerson || settings.remotes.length > 0 ? leaving() : undefined
    const remote = await this.askRemotes(call, left, settings)
    const outcome = outcomeOf(judgement, remote, settings, startedMs)
    return asksPerson && outcome.refusal === undefined
      ? this.askPerson(call, judgement, outcome, left, settings)
      : outcome
  }

  private async judgeByPolicies(call: ShieldCall): Promise<Judgement | Failed> {
    const { engine, annotations } = this
    try {
      const needs = await engine.needs('request')
      if (needs === undefined) return { outcome: 'allow', policies: [] }
      const detections = needs.detections ? await this.detection.detect(scannedOf(call)) : []
      const known = annotations.of(call.server, call.message.tool)
      return engine.judge('request', questionOf(call, known, detections))
    } catch (error) {
      return { failure: `The policies cannot be judged by: ${error instanceof Error ? error.message : 'unknown'}.` }
    }
  }

  /** All at once. A denial of one counts for more than what the others say, a failure for more than an allow. */
  private async askRemotes(
    call: ShieldCall,
    left: StopSignal | undefined,
    settings: ShieldSettings,
  ): Promise<RemoteAnswer | undefined> {
    if (settings.remotes.length === 0) return undefined
    const question = remoteQuestionOf(call)
    const signal = left === undefined ? undefined : toAbortSignal(left)
    const ask = async (remote: ShieldRemote): Promise<RemoteAnswer> => {
      const { url, credential } = remote
      const startedMs = performance.now()
      const opened = credential && (await this.options.openCredential(credential, new URL(url).origin))
      if (credential !== undefined && opened === undefined)
        return {
          decision: 'error',
          reason: `The remote Shield is not asked: the secret ${credential} is missing, or not approved for it.`,
        }
      const leftMs = settings.timeoutMs - (performance.now() - startedMs)
      return this.remotes.ask(remote, opened, question, leftMs, signal)
    }
    const answers = await Promise.all(settings.remotes.map(ask))
    return (
      answers.find(({ decision }) => decision === 'deny') ??
      answers.find(({ decision }) => decision === 'error') ??
      answers[0]
    )
  }

  private async askPerson(
    call: ShieldCall,
    { reason = '', policies }: Judgement,
    { verdict }: Judged,
    left: StopSignal | undefined,
    { askTimeoutMs }: ShieldSettings,
  ): Promise<Judged> {
    const { message } = call
    const args = message.params['arguments']
    const outcome = await this.calls.ask(
      {
        requestId: call.requestId,
        server: call.server,
        method: message.method ?? 'response',
        tool: message.tool,
        caller: call.caller.subject,
        subjectKey: subjectKey(call.caller),
        agent: call.agent,
        arguments: args === undefined ? undefined : JSON.stringify(args).slice(0, 4096),
        reason,
        policies,
      },
      askTimeoutMs,
      left,
    )
    const told = { ...verdict, policies, reason: `${reason} ${decisionTexts[outcome]}`.trim() }
    if (outcome === 'allow' || outcome === 'remembered') return { verdict: told }
    const detail = told.reason
    const fix = 'Ask whoever runs Gatehouse to approve it (`gatehouse approvals list`), and call again.'
    const denial = { ...told, decision: 'deny' as const }
    return { verdict: denial, refusal: new GatewayError('approval_denied', { detail, fix, verdict: denial }) }
  }

  private heldTool({ server, message }: ShieldCall): HeldTool | undefined {
    if (this.settings?.pinTools !== true || message.tool === undefined) return undefined
    const held = this.pins.held(server, message.tool)
    return held && { tool: message.tool, wasDenied: held.status === 'denied' }
  }

  private async seeTools({ server, message }: ShieldCall, result: Params): Promise<Params> {
    const { tools } = result
    if (!Array.isArray(tools)) return result
    this.annotations.note(server, tools)
    if (this.settings?.pinTools !== true) return result
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
    const page = { tools, cursor: text(message.params['cursor']), nextCursor: text(result['nextCursor']) }
    const shown = await this.pins.see(server, page)
    return shown === tools ? result : { ...result, tools: shown }
  }

  private async judgeToolResult(call: ShieldCall, result: Params): Promise<Params> {
    const startedMs = performance.now()
    const needs = await this.engine.needs('result')
    const text = textOf({ content: result['content'], structuredContent: result['structuredContent'] })
    const found = needs?.detections === true ? await this.detection.detect(result) : []
    const detections = text.length > maxResultText ? [...found, 'unscanned', 'unscanned:size'] : found
    const question = questionOf(call, this.annotations.of(call.server, call.message.tool), detections)
    const judgement = this.engine.judge('result', {
      ...question,
      method: 'tools/call',
      result: { isError: result['isError'] === true, text: text.slice(0, maxResultText) },
    })
    if (judgement.outcome === 'allow') return result
    const reason = judgement.reason ?? 'The result is not passed on.'
    const verdict = verdictOf('deny', reason, judgement.policies, startedMs)
    throw new GatewayError('shield_denied', { detail: `The result was denied: ${reason}`, verdict })
  }
}
