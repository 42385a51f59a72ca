/** Where an exchange's time went, as parts of the whole, one after another. */
import type { Exchange } from '../../client/api.js'

export const phaseNames = ['caller', 'shield', 'credential', 'gateway', 'connect', 'firstByte', 'stream'] as const
export type PhaseName = (typeof phaseNames)[number]

export interface Phase {
  readonly name: PhaseName
  readonly startMs: number
  readonly durationMs: number
}

/** The gateway's own share is not measured in one place; it is drawn before the request leaves, where most of it is. */
export function phasesOf({ timings }: Pick<Exchange, 'timings'>): readonly Phase[] {
  let startMs = 0
  return phaseNames.map((name) => {
    const durationMs = timings[`${name}Ms`]
    const phase = { name, startMs, durationMs }
    startMs += durationMs
    return phase
  })
}

/** Class of the colour that a phase is drawn in. */
export const phaseColours: Readonly<Record<PhaseName, string>> = {
  caller: 'text-fg-3',
  shield: 'text-open',
  credential: 'text-pending',
  gateway: 'text-accent',
  connect: 'text-line-strong',
  firstByte: 'text-fg-2',
  stream: 'text-allow',
}
