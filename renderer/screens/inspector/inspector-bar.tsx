/** Above the list: the filter, and what can be done with all of what it finds. */
import { Download, Eraser, GitCompare, KeyRound, MoreHorizontal, Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { clearExchangesMutation } from '../../client/api.js'
import { runCommand, useAvailableCommands, useCommand } from '../../commands/use-command.js'
import { Button, IconButton } from '../../components/button.js'
import { Dialog } from '../../components/dialog.js'
import { Menu } from '../../components/menu.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { formatCount } from '../../strings/format.js'
import { ExportDialog } from './export-dialog.js'
import { FilterBar } from './filter-bar.js'
import { FoldedPings } from './folded-pings.js'
import { termsOf, withTerms } from './filter-terms.js'
import type { Traffic, TrafficView } from './live-traffic.js'
import { SavedFilters } from './saved-filters.js'

export interface InspectorBarProps {
  readonly q: string
  readonly traffic: Traffic
  readonly view: TrafficView
  /** How many rows are marked. */
  readonly marked: number
  readonly compare: () => void
  readonly onFilter: (q: string) => void
  readonly onUnmark: () => void
}

const authTerm = 'lane:*'

export function InspectorBar(props: InspectorBarProps) {
  const { t } = useTranslation()
  const { q, traffic, view, onFilter } = props
  const terms = termsOf(q)
  const showsAuth = terms.includes(authTerm)
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line bg-panel px-3 py-2">
      <FilterBar
        q={q}
        onChange={onFilter}
        rows={() => traffic.get().rows}
        onLeave={() => document.querySelector<HTMLElement>('[role=grid]')?.focus()}
      />
      <div className="flex shrink-0 items-center gap-1">
        <IconButton
          label={t('inspector.authLane')}
          pressed={showsAuth}
          variant={showsAuth ? 'secondary' : 'quiet'}
          onClick={() =>
            onFilter(showsAuth ? terms.filter((term) => term !== authTerm).join(' ') : withTerms(terms, authTerm))
          }
        >
          <KeyRound size={16} aria-hidden />
        </IconButton>
        <PauseButton traffic={traffic} view={view} />
        <SavedFilters q={q} onChoose={onFilter} />
        <More {...props} />
        <FoldedPings q={q} onFilter={onFilter} />
        <span className="min-w-12 text-end font-mono text-sm text-fg-2" title={t('inspector.shown')}>
          {formatCount(view.rows.length)}
        </span>
      </div>
      {props.marked > 0 && (
        <div className="flex w-full items-center gap-2">
          <span>{t('inspector.marked', { count: props.marked })}</span>
          <Button icon={<GitCompare size={14} aria-hidden />} command="compare" onClick={props.compare}>
            {t('inspector.compare.action')}
          </Button>
          <Button variant="quiet" onClick={props.onUnmark}>
            {t('inspector.unmark')}
          </Button>
        </div>
      )}
    </div>
  )
}

function PauseButton({ traffic, view }: { readonly traffic: Traffic; readonly view: TrafficView }) {
  const { t } = useTranslation()
  const toggle = (): void => traffic.setPaused(!view.paused)
  useCommand('pauseInspector', toggle)
  if (!view.paused)
    return (
      <IconButton label={t('inspector.pause')} command="pauseInspector" onClick={toggle}>
        <Pause size={16} aria-hidden />
      </IconButton>
    )
  return (
    <Button icon={<Play size={14} aria-hidden />} command="pauseInspector" onClick={toggle}>
      {t('inspector.resume', { count: view.waiting })}
    </Button>
  )
}

function More({ q, traffic }: InspectorBarProps) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<'export' | 'forget'>()
  const hasSettings = useAvailableCommands().includes('goSettings')
  const clear = (): void => showToast({ title: t('inspector.cleared'), undo: traffic.clear() })
  useCommand('clearInspector', clear)
  useCommand('exportExchanges', () => setOpen('export'))
  return (
    <>
      <IconButton label={t('inspector.clear')} command="clearInspector" onClick={clear}>
        <Eraser size={16} aria-hidden />
      </IconButton>
      <Menu
        trigger={
          <IconButton label={t('inspector.more')}>
            <MoreHorizontal size={16} aria-hidden />
          </IconButton>
        }
        entries={[
          {
            label: t('inspector.export.action'),
            icon: <Download size={14} aria-hidden />,
            onSelect: () => setOpen('export'),
          },
          ...(hasSettings
            ? [{ label: t('inspector.keepSettings'), onSelect: () => void runCommand('goSettings') }]
            : []),
          'separator' as const,
          { label: t('inspector.forget.action'), danger: true, onSelect: () => setOpen('forget') },
        ]}
      />
      <ExportDialog q={q} open={open === 'export'} onClose={() => setOpen(undefined)} />
      <ForgetDialog traffic={traffic} open={open === 'forget'} onClose={() => setOpen(undefined)} />
    </>
  )
}

/** What is forgotten cannot be had back, so that this asks. */
function ForgetDialog(props: { readonly traffic: Traffic; readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const forget = useMutation(clearExchangesMutation())
  const run = (): void =>
    forget.mutate(
      {},
      {
        onSuccess: () => {
          props.traffic.clear()
          props.onClose()
        },
      },
    )
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => !open && props.onClose()}
      title={t('inspector.forget.title')}
      footer={
        <>
          <Button onClick={props.onClose}>{t('inspector.cancel')}</Button>
          <Button variant="danger" loading={forget.isPending} onClick={run}>
            {t('inspector.forget.confirm')}
          </Button>
        </>
      }
    >
      <p>{t('inspector.forget.text')}</p>
      {forget.error !== null && <ErrorCard error={forget.error} />}
    </Dialog>
  )
}
