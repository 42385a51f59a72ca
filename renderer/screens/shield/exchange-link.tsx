import type { ReactNode } from 'react'
import { useAvailableCommands } from '../../commands/use-command.js'

/** Leads to an exchange in the inspector. */
export function ExchangeLink({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  const hasInspector = useAvailableCommands().includes('goInspector')
  if (!hasInspector) return <span className="min-w-0 truncate">{children}</span>
  return (
    <a href={`#/inspector?selected=${encodeURIComponent(id)}`} className="min-w-0 truncate text-accent hover:underline">
      {children}
    </a>
  )
}
