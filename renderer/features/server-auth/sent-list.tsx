/** Headers as they would be sent, one on each line; a line opens to say why. */
import { LockKeyhole } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import type { HeaderFate } from '../../components/header-diff.js'
import type { SentLine } from './sent-lines.js'

const looks: Readonly<Record<HeaderFate, readonly [string, string]>> = {
  forwarded: ['=', 'text-fg-2'],
  stripped: ['−', 'bg-removed-bg text-removed'],
  injected: ['+', 'bg-added-bg text-added'],
  replaced: ['~', 'bg-changed-bg text-changed'],
  generated: ['•', 'text-fg-3'],
  blocked: ['⨯', 'bg-tint-deny text-deny'],
}

export interface SentListProps {
  readonly lines: readonly SentLine[]
  /** Shows where a rule is set. @param path below the server: `app_auth`, `outbound_headers[0]` */
  readonly onGoTo?: ((path: string) => void) | undefined
}

export function SentList({ lines, onGoTo }: SentListProps) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<string>()
  return (
    <ul aria-label={t('detail.sent.lines')} className="border-t border-line">
      {lines.map((line) => (
        <SentRow
          key={line.id}
          line={line}
          open={line.id === open}
          onToggle={() => setOpen(line.id === open ? undefined : line.id)}
          onGoTo={onGoTo}
        />
      ))}
    </ul>
  )
}

interface SentRowProps {
  readonly line: SentLine
  readonly open: boolean
  readonly onToggle: () => void
  readonly onGoTo: SentListProps['onGoTo']
}

function SentRow({ line, open, onToggle, onGoTo }: SentRowProps) {
  const { t } = useTranslation()
  const [sign, look] = looks[line.fate]
  const isGone = line.fate === 'stripped' || line.change === 'removed'
  return (
    <li
      data-tone={line.fate}
      data-header={line.name}
      className={classNames('border-b border-line', look, line.change !== undefined && 'border-s-4 border-s-accent')}
    >
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="grid min-h-7 w-full grid-cols-[1rem_minmax(0,2fr)_minmax(0,3fr)] items-start gap-2 px-2 py-1 text-start font-mono text-sm -outline-offset-2"
      >
        <span>
          <span aria-hidden>{sign}</span>
          <span className="sr-only">{t(`kit.disposition.${line.fate}`)}</span>
        </span>
        <span className={classNames('wrap-anywhere', isGone && 'line-through')}>{line.name}</span>
        <span className="wrap-anywhere">
          {line.before !== undefined && <del className="block">{line.before}</del>}
          {line.masked && <LockKeyhole size={11} role="img" aria-label={t('kit.masked')} className="me-1 inline" />}
          {line.value}
          {line.change !== undefined && (
            <span className="ms-2 font-sans text-xs font-medium text-accent">
              {t(`detail.sent.change.${line.change}`)}
            </span>
          )}
        </span>
      </button>
      {open && <Why line={line} onGoTo={onGoTo} />}
    </li>
  )
}

function Why({ line, onGoTo }: Pick<SentRowProps, 'line' | 'onGoTo'>) {
  const { t } = useTranslation()
  const { kind, rule, secret } = line.source
  const path = rule?.replace(/^mcpServers\.[^.]+\.?/, '')
  return (
    <div className="grid gap-1 bg-panel px-2 py-2 ps-8 text-sm text-fg">
      <p className="wrap-anywhere">{line.reason}</p>
      <dl className="grid grid-cols-[4rem_1fr] gap-x-2 text-fg-2">
        <dt>{t('detail.sent.source')}</dt>
        <dd>{t(`kit.source.${kind}`)}</dd>
        {rule !== undefined && (
          <>
            <dt>{t('detail.sent.rule')}</dt>
            <dd className="font-mono wrap-anywhere">{rule}</dd>
          </>
        )}
        {secret !== undefined && (
          <>
            <dt>{t('detail.sent.secret')}</dt>
            <dd className="font-mono wrap-anywhere">{secret}</dd>
          </>
        )}
      </dl>
      {path !== undefined && onGoTo !== undefined && (
        <div>
          <Button variant="quiet" onClick={() => onGoTo(path)}>
            {t('detail.sent.goTo')}
          </Button>
        </div>
      )}
    </div>
  )
}
