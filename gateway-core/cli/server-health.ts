/** How a server is doing, and what a probe found, as text for people. */
import type { OperationAnswer, ProbeStep } from '../contract/control-api.js'
import { visible } from './text-table.js'

const maxStderrLines = 20

type ServerAnswer = OperationAnswer<'getServer'>

/** One line for each thing that is known, and the last lines of standard error. */
export function describeHealth({ state, health }: Pick<ServerAnswer, 'state' | 'health'>): string {
  const { era, protocolVersion, restarts, stderr = [], strayOutput } = health
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ['State', state.since === undefined ? state.status : `${state.status} since ${state.since}`],
    ['Reason', state.reason],
    ...(state.warnings ?? []).map((warning) => ['Warning', warning] as const),
    ['Last success', state.lastSuccessAt ?? 'none since the gateway started'],
    ['Era', era === undefined ? undefined : `${era}${protocolVersion === undefined ? '' : ` (${protocolVersion})`}`],
    ['Sessions', String(health.sessions)],
    ['Restarts', restarts === undefined ? undefined : String(restarts)],
    ['Last end', health.lastEnd],
    ['Stray output', strayOutput === undefined ? undefined : `${strayOutput.count} lines that are no messages`],
  ]
  const width = Math.max(...facts.map(([name]) => name.length)) + 2
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${`${name}:`.padEnd(width)}${visible(value)}`],
  )
  const shown = stderr.slice(-maxStderrLines).map((line) => `  ${visible(line)}`)
  return [...lines, ...(shown.length === 0 ? [] : ['Last lines of standard error:', ...shown])].join('\n')
}

export function describeSteps(steps: readonly ProbeStep[]): string {
  return steps
    .map(({ name, ok, durationMs, detail, skipped, fix }) => {
      if (skipped === true) return `– ${name}: ${visible(detail)}`
      const told = fix === undefined || detail.includes(fix) ? '' : `\n    ${visible(fix)}`
      return `${ok ? '✓' : '✕'} ${name} (${durationMs} ms): ${visible(detail)}${told}`
    })
    .join('\n')
}
