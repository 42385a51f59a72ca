/** What an agent declared it can be asked, and what it wants to be told. */
import { isRecord, type JsonRpcNotification, type Params } from '../../contract/json-rpc.js'

/**
 * The capabilities that an agent would have to declare to be asked this; undefined where it has declared them.
 *
 * @see MCP 2026-07-28, patterns/mrtr: a server must not ask for what the agent did not declare
 */
export function missingAbility(capabilities: Params, method: string, params: Params | undefined): Params | undefined {
  switch (method) {
    case 'roots/list':
      return isRecord(capabilities['roots']) ? undefined : { roots: {} }
    case 'sampling/createMessage': {
      const { sampling } = capabilities
      if (!isRecord(sampling)) return { sampling: {} }
      const usesTools = params?.['tools'] !== undefined || params?.['toolChoice'] !== undefined
      return usesTools && !isRecord(sampling['tools']) ? { sampling: { tools: {} } } : undefined
    }
    case 'elicitation/create': {
      const { elicitation } = capabilities
      const mode = params?.['mode'] === 'url' ? 'url' : 'form'
      // Before there were modes, a bare declaration meant forms.
      const bare = isRecord(elicitation) && elicitation['form'] === undefined && elicitation['url'] === undefined
      if (isRecord(elicitation) && (isRecord(elicitation[mode]) || (bare && mode === 'form'))) return undefined
      return { elicitation: { [mode]: {} } }
    }
    default:
      return undefined
  }
}

const severity = new Map(
  ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'].map((level, rank) => [level, rank]),
)

export function isLogLevel(level: unknown): level is string {
  return typeof level === 'string' && severity.has(level)
}

/** Whether a log message is as severe as `level`. Messages of unknown levels are. */
export function isLoud(notification: JsonRpcNotification, level: string): boolean {
  const said = notification.params?.['level']
  const rank = typeof said === 'string' ? severity.get(said) : undefined
  return rank === undefined || rank >= (severity.get(level) ?? 0)
}
