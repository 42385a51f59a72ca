/** Two exchanges side by side: the facts, every header of both hops, what was asked and what was answered. */
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { IconButton } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { CodeEditor } from '../../components/code-editor.js'
import { prettyJson } from '../../components/json-view.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatDuration, formatClock } from '../../strings/format.js'
import { agentOf, methodOf, serverOf } from './exchange-words.js'
import { wholeExchangeOptions } from './exchange-pane.js'
import type { Entry } from './header-trips.js'
import { ExchangeLink } from './links.js'
import { answerText, type Whole } from './messages.js'

export interface ComparePaneProps {
  readonly leftId: string
  readonly rightId: string
  readonly onClose: () => void
}

export function ComparePane({ leftId, rightId, onClose }: ComparePaneProps) {
  const { t } = useTranslation()
  const left = useQuery(wholeExchangeOptions(leftId))
  const right = useQuery(wholeExchangeOptions(rightId))
  const error = left.error ?? right.error
  return (
    <section aria-label={t('inspector.compare.title')} className="flex min-h-0 flex-1 flex-col bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-4 py-1.5">
        <h2 className="min-w-0 grow text-lg">{t('inspector.compare.title')}</h2>
        <IconButton label={t('kit.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-5 overflow-auto p-4">
        {error !== null && <ErrorCard error={error} quiet />}
        {error === null && (left.data === undefined || right.data === undefined) && <Skeleton lines={6} />}
        {left.data !== undefined && right.data !== undefined && <Both left={left.data} right={right.data} />}
      </div>
    </section>
  )
}

interface Pair {
  readonly left: Whole
  readonly right: Whole
}

function Both({ left, right }: Pair) {
  const { t } = useTranslation()
  const outbound = ({ request }: Whole): readonly Entry[] => [...request.forwarded, ...request.injected]
  return (
    <>
      <Facts left={left} right={right} />
      <HeaderTable title={t('inspector.compare.sent')} left={left.request.headers} right={right.request.headers} />
      <HeaderTable title={t('inspector.compare.outbound')} left={outbound(left)} right={outbound(right)} />
      <HeaderTable
        title={t('inspector.compare.answered')}
        left={left.response.headers}
        right={right.response.headers}
      />
      <TextDiff
        title={t('inspector.body.kind.request')}
        before={left.request.body ?? ''}
        after={right.request.body ?? ''}
      />
      <TextDiff title={t('inspector.body.kind.answer')} before={answerText(left)} after={answerText(right)} />
    </>
  )
}

function Facts({ left, right }: Pair) {
  const { t } = useTranslation()
  const rows = [
    { name: t('inspector.column.who'), read: (each: Whole) => `${agentOf(each)} › ${serverOf(each)}` },
    { name: t('inspector.column.what'), read: (each: Whole) => `${each.tool ?? ''} ${methodOf(each)}`.trim() },
    { name: t('inspector.column.verdict'), read: (each: Whole) => t(`kit.verdict.${verdictOf(each)}`) },
    { name: t('inspector.column.status'), read: (each: Whole) => String(each.response.status) },
    { name: t('inspector.column.duration'), read: (each: Whole) => formatDuration(each.durationMs) },
  ]
  return (
    <ThreeColumns
      label={t('inspector.compare.facts')}
      heads={[left, right].map((each) => ({ id: each.id, time: formatClock(each.startedAt) }))}
      rows={rows.map(({ name, read }) => ({ name, left: read(left), right: read(right) }))}
    />
  )
}

function HeaderTable(props: {
  readonly title: string
  readonly left: readonly Entry[]
  readonly right: readonly Entry[]
}) {
  const { t } = useTranslation()
  const valueOf = (entries: readonly Entry[], name: string): string | undefined =>
    entries.find((entry) => entry.name.toLowerCase() === name)?.value
  const names = [...new Set([...props.left, ...props.right].map(({ name }) => name.toLowerCase()))]
  const rows = names
    .map((name) => ({ name, left: valueOf(props.left, name), right: valueOf(props.right, name) }))
    .filter(({ left, right }) => left !== right)
  return (
    <section className="grid grid-cols-1 gap-1.5">
      <h3>{props.title}</h3>
      {rows.length === 0 ? (
        <p className="text-fg-2">{t('inspector.compare.sameHeaders', { count: names.length })}</p>
      ) : (
        <ThreeColumns label={props.title} rows={rows} />
      )}
    </section>
  )
}

function ThreeColumns(props: {
  readonly label: string
  readonly heads?: readonly { readonly id: string; readonly time: string }[]
  readonly rows: readonly {
    readonly name: string
    readonly left: string | undefined
    readonly right: string | undefined
  }[]
}) {
  const { t } = useTranslation()
  const cell = 'px-2 py-1 align-top font-mono wrap-anywhere'
  return (
    <table aria-label={props.label} className="w-full table-fixed border-collapse text-sm">
      <colgroup>
        <col className="w-[26%]" />
        <col />
        <col />
      </colgroup>
      {props.heads !== undefined && (
        <thead>
          <tr className="border-b border-line text-start">
            <td />
            {props.heads.map(({ id, time }) => (
              <th key={id} scope="col" className={classNames(cell, 'text-start font-normal')}>
                <ExchangeLink id={id}>{time}</ExchangeLink>
              </th>
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {props.rows.map(({ name, left, right }) => {
          const differs = left !== right
          return (
            <tr key={name} className="border-b border-line">
              <th scope="row" className="px-2 py-1 text-start align-top font-normal wrap-anywhere text-fg-2">
                {name}
                {differs && <span className="sr-only"> {t('inspector.compare.differs')}</span>}
              </th>
              <td className={classNames(cell, differs && 'bg-removed-bg text-removed')}>{left ?? '–'}</td>
              <td className={classNames(cell, differs && 'bg-added-bg text-added')}>{right ?? '–'}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

function TextDiff(props: { readonly title: string; readonly before: string; readonly after: string }) {
  const { t } = useTranslation()
  const [before, after] = [prettyJson(props.before), prettyJson(props.after)]
  return (
    <section className="grid grid-cols-1 gap-1.5">
      <h3>{props.title}</h3>
      {before === after ? (
        <p className="text-fg-2">{t('inspector.compare.sameText')}</p>
      ) : (
        <CodeEditor label={props.title} language="json" value={after} original={before} />
      )}
    </section>
  )
}
