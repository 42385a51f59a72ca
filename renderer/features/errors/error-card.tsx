/** Something failed: what, where, why, and the one thing to do about it. Its heading takes the focus when it appears. */
import { CircleX, TriangleAlert } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, type ApiProblem } from '../../client/api.js'
import { runCommand, useAvailableCommands } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { CopyButton } from '../../components/copy-button.js'
import { toneEdge, toneText } from '../../components/tone.js'
import { storyOf } from './error-catalogue.js'

export interface ErrorCardProps {
  /** What a query, a mutation or a call failed with. */
  readonly error: unknown
  readonly onRetry?: () => void
  /** In place of the catalogue's fix, where the screen knows a better one. */
  readonly fix?: ReactNode
  /** More facts, such as a hop line or what was expected and what was got. */
  readonly children?: ReactNode
  /** Leaves the focus where it is: for what was already there when the screen opened. */
  readonly quiet?: boolean
}

export function ErrorCard({ error, onRetry, fix, children, quiet }: ErrorCardProps) {
  const { t } = useTranslation()
  const available = useAvailableCommands()
  const heading = useRef<HTMLHeadingElement>(null)
  const problem = problemOf(error, 500)
  const story = storyOf(problem)
  useEffect(() => {
    if (quiet !== true) heading.current?.focus()
  }, [quiet, problem.code])
  const tone = story.calm === true ? 'open' : 'deny'
  const Icon = story.calm === true ? TriangleAlert : CircleX
  const title = story.title === undefined ? problem.title : t(story.title)
  return (
    <section
      role={quiet === true ? undefined : 'alert'}
      data-tone={tone}
      className={classNames('grid gap-2 rounded-card border border-l-4 border-line bg-panel p-4', toneEdge[tone])}
    >
      <header className="flex items-start gap-2">
        <Icon size={18} aria-hidden className={classNames('mt-0.5 shrink-0', toneText[tone])} />
        <h2 ref={heading} tabIndex={-1} className="min-w-0 grow text-lg wrap-anywhere outline-none">
          {title}
        </h2>
        <CopyButton text={reportOf(title, problem)} what={t('errors.report')} />
      </header>
      {problem.detail !== undefined && <p className="wrap-anywhere">{problem.detail}</p>}
      {problem.errors.length > 0 && (
        <ul className="grid gap-0.5 text-sm">
          {problem.errors.map(({ path, message }) => (
            <li key={`${path} ${message}`} className="wrap-anywhere">
              {path !== '' && <code className="me-2 text-fg-2">{path}</code>}
              {message}
            </li>
          ))}
        </ul>
      )}
      {children}
      {problem.fix !== undefined && <p className="text-fg-2 wrap-anywhere">{problem.fix}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <code className="order-last ms-auto text-xs text-fg-2">{problem.code}</code>
        {fix ??
          (story.fix !== undefined && available.includes(story.fix.command) && (
            <Button variant="primary" onClick={() => story.fix !== undefined && runCommand(story.fix.command)}>
              {t(story.fix.label)}
            </Button>
          ))}
        {onRetry !== undefined && <Button onClick={onRetry}>{t('errors.retry')}</Button>}
      </div>
    </section>
  )
}

/** Problem documents hold no secret, so that what they say may be handed on. */
function reportOf(title: string, { code, status, detail, fix, errors }: ApiProblem): string {
  const fields = errors.map(({ path, message }) => `- \`${path}\`: ${message}`)
  return [`## ${title}`, `\`${code}\` (${status})`, detail, ...fields, fix]
    .filter((line) => line !== undefined)
    .join('\n')
}
