/** Ways from an exchange to others, and to where what it shows is set. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { CommandId } from '../../commands/definitions.js'
import { runCommand, useAvailableCommands } from '../../commands/use-command.js'

const look =
  'inline-flex min-h-6 items-center text-accent underline decoration-line-strong underline-offset-2 hover:decoration-current'

export function ExchangeLink({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  return (
    <Link
      from="/inspector"
      to="/inspector"
      search={({ compare: _compare, ...before }) => ({ ...before, selected: id })}
      className={look}
    >
      {children}
    </Link>
  )
}

export function ServerLink({ slug }: { readonly slug: string }) {
  return (
    <Link to="/servers" search={{ selected: slug }} className={look}>
      {slug}
    </Link>
  )
}

/** To another screen; the text alone where there is no such screen. */
export function ScreenLink({ command, children }: { readonly command: CommandId; readonly children: ReactNode }) {
  const available = useAvailableCommands().includes(command)
  if (!available) return children
  return (
    <button type="button" onClick={() => void runCommand(command)} className={look}>
      {children}
    </button>
  )
}

const ofServer = /^mcpServers\.([a-z0-9-]+)\b/

/** The rule of the profile that did something, which leads to where that server is set up. */
export function RuleLink({ rule }: { readonly rule: string }) {
  const slug = ofServer.exec(rule)?.[1]
  if (slug === undefined) return <code className="font-mono">{rule}</code>
  return (
    <Link
      to="/servers/$slug/$tab"
      params={{ slug, tab: 'authentication' }}
      aria-label={rule}
      title={rule}
      className={look}
    >
      {/* Whose rule it is, is said beside it; what is left breaks where a word ends. */}
      <code className="font-mono">{rule.slice(`mcpServers.${slug}.`.length).replaceAll('_', '_\u200b') || rule}</code>
    </Link>
  )
}
