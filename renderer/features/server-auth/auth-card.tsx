/** One of the numbered cards: a question, the answer as a sentence, and the choices behind "Change". */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { StepNumber } from './step-number.js'

export interface AuthCardProps {
  readonly number: number
  readonly title: string
  readonly question: string
  readonly answer?: ReactNode
  readonly children?: ReactNode
  /** With it there is a button that opens the choices, and closes them. */
  readonly change?: { readonly open: boolean; readonly onToggle: () => void }
  /** Below the server, where a rule's setting is looked for. */
  readonly path: string
}

export function AuthCard({ number, title, question, answer, children, change, path }: AuthCardProps) {
  const { t } = useTranslation()
  return (
    <section aria-label={title} data-path={path} className="grid gap-3 rounded-card border border-line bg-panel p-4">
      <header className="flex items-start gap-3">
        <StepNumber number={number} />
        <div className="grid min-w-0 grow gap-0.5">
          <h2 className="text-lg">{title}</h2>
          <p className="text-fg-2">
            {question} {answer !== undefined && <span className="text-fg wrap-anywhere">{answer}</span>}
          </p>
        </div>
        {change !== undefined && (
          <Button onClick={change.onToggle}>{t(change.open ? 'detail.auth.done' : 'detail.auth.change')}</Button>
        )}
      </header>
      {children !== undefined && children !== false && <div className="grid gap-3 ps-9">{children}</div>}
    </section>
  )
}
