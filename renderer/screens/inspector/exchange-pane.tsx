/** One exchange beside the list: its parts as tabs, and what can be done with it. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Copy, Pin, Repeat2, SquarePen, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { getExchangeOptions, getStatusOptions } from '../../client/api.js'
import { keysOf } from '../../commands/key-bindings.js'
import { useCommand } from '../../commands/use-command.js'
import { Button, IconButton } from '../../components/button.js'
import { Menu } from '../../components/menu.js'
import { Skeleton } from '../../components/spinner.js'
import { Tabs } from '../../components/tabs.js'
import { showToast } from '../../components/toast.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatDuration } from '../../strings/format.js'
import { BodyTab } from './body-tab.js'
import { curlOf, jsonRpcOf } from './copy-as.js'
import { methodOf } from './exchange-words.js'
import { HeadersTab } from './headers-tab.js'
import { inspectorTabs, type InspectorTab } from './inspector-search.js'
import type { Whole } from './messages.js'
import { togglePin, usePinnedCalls } from './pinned-calls.js'
import { RawTab } from './raw-tab.js'
import { ConfirmReplay, ReplayPane } from './replay-pane.js'
import { StreamTab } from './stream-tab.js'
import { SummaryTab } from './summary-tab.js'
import { TimingTab } from './timing-tab.js'
import { useReplay, type Replay } from './use-replay.js'
import { WhyTab } from './why-tab.js'

/** A whole exchange is not kept longer than it is looked at. */
const keptMs = 30_000

export function wholeExchangeOptions(id: string) {
  return queryOptions({ ...getExchangeOptions({ path: { id } }), gcTime: keptMs })
}

export interface ExchangePaneProps {
  readonly id: string
  readonly tab: InspectorTab
  readonly onTab: (tab: InspectorTab) => void
  readonly onClose: () => void
}

export function ExchangePane({ id, tab, onTab, onClose }: ExchangePaneProps) {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(wholeExchangeOptions(id))
  if (error !== null)
    return (
      <div className="grid content-start gap-3 p-4">
        <ErrorCard error={error} onRetry={() => void refetch()} quiet />
        <div>
          <Button onClick={onClose}>{t('kit.close')}</Button>
        </div>
      </div>
    )
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={6} />
      </div>
    )
  return <Loaded key={id} exchange={data} {...{ tab, onTab, onClose }} />
}

function Loaded({ exchange, tab, onTab, onClose }: Omit<ExchangePaneProps, 'id'> & { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const replay = useReplay(exchange)
  useTabCommands(onTab)
  return (
    <section aria-label={t('inspector.pane')} className="@container flex min-h-0 flex-1 flex-col bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-4 py-1.5">
        <VerdictBadge verdict={verdictOf(exchange)} />
        <span className="shrink-0 font-mono text-sm text-fg-2 @max-sm:hidden">
          {exchange.response.status === 0 ? t('inspector.left') : exchange.response.status} ·{' '}
          {formatDuration(exchange.durationMs)}
        </span>
        <h2 className="min-w-0 flex-1 truncate font-mono text-sm font-medium">{exchange.tool ?? methodOf(exchange)}</h2>
        <Actions exchange={exchange} replay={replay} />
        <IconButton label={t('kit.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {replay.step === undefined ? (
        <Tabs
          label={t('inspector.pane')}
          value={tab}
          onChange={onTab}
          tabs={inspectorTabs.map((value) => ({
            value,
            label: t(`inspector.tab.${value}`),
            content: () => <TabContent tab={value} exchange={exchange} />,
          }))}
        />
      ) : (
        <ReplayPane original={exchange} replay={replay} />
      )}
      <ConfirmReplay replay={replay} tool={exchange.tool ?? methodOf(exchange)} />
    </section>
  )
}

function TabContent({ tab, exchange }: { readonly tab: InspectorTab; readonly exchange: Whole }) {
  switch (tab) {
    case 'summary':
      return <SummaryTab exchange={exchange} />
    case 'headers':
      return <HeadersTab exchange={exchange} />
    case 'body':
      return <BodyTab exchange={exchange} />
    case 'stream':
      return <StreamTab exchange={exchange} />
    case 'timing':
      return <TimingTab exchange={exchange} />
    case 'raw':
      return <RawTab exchange={exchange} />
    default:
      return <WhyTab exchange={exchange} />
  }
}

function useTabCommands(onTab: (tab: InspectorTab) => void): void {
  useCommand('showSummary', () => onTab('summary'))
  useCommand('showHeaders', () => onTab('headers'))
  useCommand('showBody', () => onTab('body'))
  useCommand('showStream', () => onTab('stream'))
  useCommand('showTiming', () => onTab('timing'))
  useCommand('showRaw', () => onTab('raw'))
  useCommand('showWhy', () => onTab('why'))
}

/** While something is asked in front of the page, single keys are not for what is behind it. */
function nothingInFront(): boolean {
  return document.querySelector('[role=dialog],[role=alertdialog],[role=menu]') === null
}

function Actions({ exchange, replay }: { readonly exchange: Whole; readonly replay: Replay }) {
  const { t } = useTranslation()
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const copy = (text: string, what: string): void => {
    navigator.clipboard.writeText(text).then(
      () => showToast({ title: t('kit.copied'), description: what }),
      () => showToast({ title: t('kit.copyFailed'), tone: 'deny' }),
    )
  }
  const copyCurl = (): void => copy(curlOf(exchange, dataUrl), t('inspector.copy.curl'))
  const copyJsonRpc = (): void => copy(jsonRpcOf(exchange), t('inspector.copy.jsonRpc'))
  const canReplay = exchange.lane === 'mcp'
  const isPinned = usePinnedCalls().some(({ id }) => id === exchange.id)
  useCommand('pin', () => nothingInFront() && togglePin(exchange))
  useCommand('replay', () => nothingInFront() && replay.send(), canReplay)
  useCommand('editReplay', () => nothingInFront() && replay.edit(), canReplay)
  useCommand('copyCurl', () => nothingInFront() && copyCurl())
  useCommand('copyJsonRpc', () => nothingInFront() && copyJsonRpc())
  return (
    <>
      {canReplay && (
        <>
          <IconButton
            label={t('inspector.replay.send')}
            command="replay"
            loading={replay.isPending}
            onClick={replay.send}
          >
            <Repeat2 size={16} aria-hidden />
          </IconButton>
          <IconButton label={t('inspector.replay.edit')} command="editReplay" onClick={replay.edit}>
            <SquarePen size={16} aria-hidden />
          </IconButton>
        </>
      )}
      <IconButton
        label={t(isPinned ? 'inspector.pinned.unpin' : 'inspector.pinned.pin')}
        command="pin"
        pressed={isPinned}
        onClick={() => togglePin(exchange)}
      >
        <Pin size={16} aria-hidden className={isPinned ? 'fill-current text-accent' : undefined} />
      </IconButton>
      <Menu
        trigger={
          <IconButton label={t('kit.copy')}>
            <Copy size={16} aria-hidden />
          </IconButton>
        }
        entries={[
          { label: t('inspector.copy.curl'), keys: keysOf('copyCurl'), onSelect: copyCurl },
          { label: t('inspector.copy.jsonRpc'), keys: keysOf('copyJsonRpc'), onSelect: copyJsonRpc },
        ]}
      />
    </>
  )
}
