/** What would be sent: the gateway's own plan, run dry, for the server as it is saved and as it would be. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, type ExplainData, type ExplainResponse } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { Banner } from '../../components/banner.js'
import { CopyButton } from '../../components/copy-button.js'
import { Skeleton, Spinner } from '../../components/spinner.js'
import { ErrorCard } from '../errors/error-card.js'
import { explainOptions } from './explain-options.js'
import { SentList } from './sent-list.js'
import { sentLines, type SentLine } from './sent-lines.js'
import type { FieldError, ServerDraft } from './server-draft.js'
import { useDebounced } from './use-debounced.js'

const delayMs = 120

export interface Sample {
  readonly caller?: string
  readonly tool?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface SentPreviewProps {
  readonly slug: string
  readonly draft: Pick<ServerDraft, 'config' | 'changed' | 'errors'>
  readonly sample: Sample
  /** Whether there is a saved server to compare with. */
  readonly isSaved?: boolean
  readonly onGoTo?: (path: string) => void
  /** What the gateway finds wrong that the schema does not: headers that two rules claim. */
  readonly onProblems?: (errors: readonly FieldError[]) => void
  /** Choosers of the sample, above the lines. */
  readonly children?: ReactNode
  /** Below the lines. */
  readonly footer?: (shown: ExplainResponse | undefined) => ReactNode
}

export function SentPreview({ slug, draft, sample, isSaved = true, children, footer, ...on }: SentPreviewProps) {
  const { t } = useTranslation()
  const isChanged = draft.changed.length > 0 || !isSaved
  const isValid = draft.errors.length === 0
  const input = inputOf(slug, sample)
  const config = useDebounced(draft.config, delayMs)
  const saved = useQuery({ ...explainOptions(input), enabled: isSaved, placeholderData: keepPreviousData })
  const changed = useQuery({
    ...explainOptions({ ...input, config }),
    enabled: isChanged && isValid,
    placeholderData: keepPreviousData,
  })
  const query = isChanged ? changed : saved
  const refused = isChanged && isValid && query.error !== null ? problemOf(query.error, 500) : undefined
  const found = refused?.errors
  const { onProblems } = on
  useEffect(() => {
    const prefix = `mcpServers.${slug}.`
    onProblems?.(
      (found ?? []).map(({ path, message }) => ({
        path: path.startsWith(prefix) ? path.slice(prefix.length) : path,
        message,
      })),
    )
  }, [found, slug, onProblems])
  const shown = refused === undefined ? query.data : undefined
  const lines = shown === undefined ? [] : sentLines(shown, isChanged && isSaved ? saved.data : undefined)
  return (
    <section aria-label={t('detail.sent.title')} className="grid content-start gap-3">
      <header className="flex flex-wrap items-center gap-2">
        <h2 className="text-lg">{t('detail.sent.title')}</h2>
        <Badge tone={isChanged ? 'accent' : 'neutral'}>
          {t(isChanged ? 'detail.sent.unsaved' : 'detail.sent.asSaved')}
        </Badge>
        {query.isFetching && <Spinner />}
        <span className="grow" />
        {shown !== undefined && <CopyButton text={tableOf(lines)} what={t('detail.sent.copyWhat')} />}
      </header>
      {children}
      {isChanged && !isValid && <Banner tone="open">{t('detail.sent.incomplete')}</Banner>}
      {refused !== undefined && <ErrorCard error={refused} quiet />}
      {shown === undefined && query.error === null && query.isFetching && <Skeleton lines={6} />}
      {shown !== undefined && (
        <>
          <Outcome shown={shown} />
          <SentList lines={lines} onGoTo={on.onGoTo} />
        </>
      )}
      {footer?.(shown)}
    </section>
  )
}

function inputOf(server: string, { caller, tool, headers }: Sample): ExplainData['body'] {
  return {
    server,
    ...(caller !== undefined && { caller }),
    ...(tool !== undefined && { tool, method: 'tools/call' }),
    ...(headers !== undefined && { headers: { ...headers } }),
  }
}

function Outcome({ shown }: { readonly shown: ExplainResponse }) {
  const { t } = useTranslation()
  return (
    <div className="grid gap-2">
      <p className="font-mono text-sm wrap-anywhere">
        <span className="text-fg-2">POST </span>
        {shown.url}
      </p>
      <p className={shown.allowed ? 'text-allow' : 'text-deny'}>
        {t(shown.allowed ? 'detail.sent.allowed' : 'detail.sent.notAllowed')}
      </p>
      {shown.problems.length > 0 && (
        <ul className="grid gap-1">
          {shown.problems.map((problem) => (
            <li key={problem}>
              <Banner tone={shown.allowed ? 'open' : 'deny'}>{problem}</Banner>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const signs: Readonly<Record<SentLine['fate'], string>> = {
  ...{ forwarded: '=', stripped: '-', injected: '+', replaced: '~', generated: '*', blocked: 'x' },
}

/** As Markdown. Values are masked already. */
function tableOf(lines: readonly SentLine[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const rows = lines.map(
    ({ fate, name, value, reason }) => `| ${signs[fate]} | ${cell(name)} | ${cell(value)} | ${cell(reason)} |`,
  )
  return ['|  | Header | Value | Why |', '|---|---|---|---|', ...rows].join('\n')
}
