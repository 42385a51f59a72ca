/**
 * The drawing that every screen shares: agent, gateway, server, and between them what each hop carries. A credential is
 * drawn on the segment that it lives on; what does not work breaks the segment where it happens.
 */
import { KeyRound, Minus, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'
import { toneText, type Tone } from './tone.js'

/** `attention`: a person has to do something. `off`: switched off. `idle`: nothing has passed yet. */
export type HopState = 'ok' | 'waiting' | 'attention' | 'broken' | 'idle' | 'off'

export interface Hop {
  readonly state: HopState
  /** What proves who calls, in words: `gateway key`, `GitHub · you`. */
  readonly credential: string
  /** Nothing proves anything on this hop; `credential` says so in words. */
  readonly bare?: boolean
}

export interface HopLineProps {
  readonly agent?: string
  readonly server: string
  /** Agent to gateway: who may call. */
  readonly inbound: Hop
  /** Gateway to server: whose credential goes out. */
  readonly outbound: Hop
  /** Beneath the gateway's name, such as Shield's verdict. */
  readonly gatewayNote?: string
  /** `mini` is for rows of lists. */
  readonly size?: 'line' | 'mini'
}

const tones: Readonly<Record<HopState, Tone>> = {
  ok: 'allow',
  waiting: 'pending',
  attention: 'open',
  broken: 'deny',
  idle: 'neutral',
  off: 'neutral',
}

const strokes: Readonly<Record<HopState, string>> = {
  ok: 'border-solid',
  waiting: 'border-dashed',
  attention: 'border-dashed',
  broken: 'border-solid',
  idle: 'border-dotted',
  off: 'border-dotted',
}

export function HopLine({ size = 'line', ...props }: HopLineProps) {
  const { t } = useTranslation()
  const agent = props.agent ?? t('kit.hop.agent')
  const gateway = t('kit.hop.gateway')
  const sentence = (from: string, to: string, { credential, state }: Hop): string =>
    t('kit.hop.sentence', { from, to, credential, state: t(`kit.hop.${state}`) })
  const label = `${sentence(agent, gateway, props.inbound)}. ${sentence(gateway, props.server, props.outbound)}.`
  if (size === 'mini')
    return (
      <span role="img" aria-label={label} className="inline-flex items-center">
        <MiniNode />
        <MiniHop state={props.inbound.state} />
        <MiniNode />
        <MiniHop state={props.outbound.state} />
        <MiniNode />
      </span>
    )
  return (
    <div role="img" aria-label={label} className="@container">
      <div className="flex items-start">
        <Node name={agent} width="w-24 shrink @max-lg:w-16" />
        <Segment hop={props.inbound} />
        <Node name={gateway} note={props.gatewayNote} width="w-20 shrink-0 @max-sm:w-16" strong />
        <Segment hop={props.outbound} />
        <Node name={props.server} width="w-36 min-w-16 shrink-2 @max-lg:w-28" />
      </div>
    </div>
  )
}

/** Of one width each, so that lines below each other are read as one drawing. */
function Node(props: {
  readonly name: string
  readonly width: string
  readonly note?: string | undefined
  readonly strong?: boolean
}) {
  return (
    <div className={classNames('grid min-w-14 grid-cols-1 gap-0.5 text-center', props.width)}>
      <div
        className={classNames(
          'flex h-8 items-center justify-center rounded-control border bg-raised px-2 font-medium @max-sm:px-1',
          props.strong === true ? 'border-accent text-accent' : 'border-line-strong',
        )}
      >
        <span className="truncate">{props.name}</span>
      </div>
      {props.note !== undefined && <span className="text-xs text-fg-2">{props.note}</span>}
    </div>
  )
}

function Segment({ hop }: { readonly hop: Hop }) {
  const tone = toneText[tones[hop.state]]
  return (
    <div className="grid min-w-20 grow basis-0 grid-cols-1 gap-0.5 @max-sm:min-w-14">
      <div className={classNames('relative flex h-8 items-center', tone)}>
        <div className={classNames('grow border-t-2 border-current', strokes[hop.state])} />
        {hop.state === 'broken' ? <X size={16} strokeWidth={3} aria-hidden className="shrink-0" /> : <Arrow />}
        {hop.state === 'broken' && <div className="grow border-t-2 border-dotted border-line-strong" />}
      </div>
      <div className="flex items-start justify-center gap-1 text-sm text-fg-2 @max-lg:text-xs">
        {hop.bare === true ? (
          <Minus size={12} aria-hidden className="mt-0.5 shrink-0 @max-sm:hidden" />
        ) : (
          <KeyRound size={12} aria-hidden className={classNames('mt-0.5 shrink-0 @max-sm:hidden', tone)} />
        )}
        <span className="min-w-0 text-center leading-tight">{hop.credential}</span>
      </div>
    </div>
  )
}

function Arrow() {
  return (
    <svg aria-hidden viewBox="0 0 8 12" className="-ms-px h-3 w-2 shrink-0">
      <path d="M0 0 8 6 0 12z" fill="currentColor" />
    </svg>
  )
}

function MiniNode() {
  return <span aria-hidden className="size-2.5 rounded-[2px] border border-line-strong bg-raised" />
}

function MiniHop({ state }: { readonly state: HopState }) {
  return (
    <span aria-hidden className={classNames('relative flex w-5 items-center', toneText[tones[state]])}>
      <span className={classNames('grow border-t-2 border-current', strokes[state])} />
      {state === 'broken' && <X size={10} strokeWidth={4} className="absolute start-1/2 -translate-x-1/2" />}
    </span>
  )
}
