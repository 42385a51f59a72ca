/** Agents on this machine: what Gatehouse found, what it wrote, and whether that still stands. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Circle, Import, Undo2, Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import {
  disconnectAgentConfigMutation,
  listAgentConfigsOptions,
  undoAgentConnectionMutation,
  type AgentConfig,
} from '../../client/api.js'
import { Button } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { EmptyState } from '../../components/empty-state.js'
import { Skeleton } from '../../components/spinner.js'
import { showToast } from '../../components/toast.js'
import { toneText, type Tone } from '../../components/tone.js'
import { ConnectAppSheet } from '../../features/agent-configs/connect-app-sheet.js'
import { ImportAppsDialog, type AppName } from '../../features/agent-configs/import-apps-dialog.js'
import { lastCallText } from '../../features/agents/last-call.js'
import { ErrorCard } from '../../features/errors/error-card.js'

export interface AppListProps {
  /** The agent that is being connected. */
  readonly selected: string | undefined
  readonly onSelect: (app: AppName | undefined) => void
  readonly isImporting: boolean
  readonly onImporting: (isImporting: boolean) => void
  /** For an agent that is not found. */
  readonly onConnectOther: () => void
}

export function AppList({ selected, onSelect, isImporting, onImporting, onConnectOther }: AppListProps) {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(listAgentConfigsOptions())
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={5} />
      </div>
    )
  if (data.items.length === 0)
    return (
      <EmptyState
        title={t('agentConfigs.empty.title')}
        text={t('agentConfigs.empty.text')}
        action={<Button onClick={onConnectOther}>{t('agents.connect')}</Button>}
      />
    )
  return (
    <div className="h-full overflow-auto">
      <div className="mx-auto grid w-full max-w-5xl gap-4 p-4">
        <div className="flex flex-wrap items-center gap-3">
          <p className="min-w-0 grow basis-80 text-fg-2">{t('agentConfigs.text')}</p>
          <Button icon={<Import size={14} aria-hidden />} onClick={() => onImporting(true)}>
            {t('agentConfigs.import.open')}
          </Button>
        </div>
        <ul className="overflow-hidden rounded-card border border-line bg-panel">
          {data.items.map((config) => (
            <AppRow key={config.app} config={config} onConnect={() => onSelect(config.app)} />
          ))}
        </ul>
      </div>
      <ConnectAppSheet config={data.items.find(({ app }) => app === selected)} onClose={() => onSelect(undefined)} />
      <ImportAppsDialog open={isImporting} onClose={() => onImporting(false)} onConnect={onSelect} />
    </div>
  )
}

type Status = NonNullable<AgentConfig['connection']>['status']
const tones: Readonly<Record<Status, Tone>> = {
  connected: 'allow',
  changed: 'open',
  removed: 'open',
  key_revoked: 'deny',
  other_address: 'deny',
  unreadable: 'deny',
}

function AppRow({ config, onConnect }: { readonly config: AgentConfig; readonly onConnect: () => void }) {
  const { t } = useTranslation()
  const { name, path, exists, connection } = config
  const tone = connection === undefined ? 'neutral' : tones[connection.status]
  return (
    <li className="grid gap-1 border-b border-line px-4 py-2 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Circle
          size={10}
          aria-hidden
          fill={connection === undefined ? 'none' : 'currentColor'}
          className={classNames('shrink-0', toneText[tone])}
        />
        <div className="min-w-0 grow basis-64">
          <p className="flex flex-wrap gap-x-2">
            <span className="font-medium">{name}</span>
            <span data-tone={tone} className={toneText[tone]}>
              {connection === undefined
                ? t('agentConfigs.status.found')
                : t(`agentConfigs.status.${connection.status}`)}
            </span>
            {connection !== undefined && <span className="text-fg-2">{lastCallText(connection.lastCallAt)}</span>}
          </p>
          <p className="flex flex-wrap gap-x-2 text-sm text-fg-2">
            <code className="font-mono wrap-anywhere">{path}</code>
            {!exists && <span>{t('agentConfigs.noFile')}</span>}
          </p>
          {connection?.reason !== undefined && <p className="text-sm wrap-anywhere">{connection.reason}</p>}
        </div>
        {connection?.status !== 'connected' && (
          <Button onClick={onConnect}>
            {t(connection === undefined ? 'agentConfigs.connect.action' : 'agentConfigs.connect.again')}
            <span className="sr-only">{name}</span>
          </Button>
        )}
        {connection !== undefined && <TakeBack config={config} canUndo={connection.canUndo} />}
      </div>
    </li>
  )
}

/** Puts the file back as it was where that is possible, and else takes the gateway's entry out. */
function TakeBack({ config, canUndo }: { readonly config: AgentConfig; readonly canUndo: boolean }) {
  const { t } = useTranslation()
  const { app, name } = config
  const onSuccess = ({ restored }: { readonly restored: boolean }): void => {
    showToast({ title: t(restored ? 'agentConfigs.undone' : 'agentConfigs.disconnected', { name }), tone: 'allow' })
  }
  const undo = useMutation({ ...undoAgentConnectionMutation(), onSuccess })
  const disconnect = useMutation({ ...disconnectAgentConfigMutation(), onSuccess })
  const error = undo.error ?? disconnect.error
  const what = canUndo ? 'agentConfigs.undo' : 'agentConfigs.disconnect'
  return (
    <>
      <Button
        variant="quiet"
        icon={canUndo ? <Undo2 size={14} aria-hidden /> : <Unplug size={14} aria-hidden />}
        loading={undo.isPending || disconnect.isPending}
        onClick={() => (canUndo ? undo : disconnect).mutate({ path: { app } })}
      >
        {t(what)}
        <span className="sr-only">{name}</span>
      </Button>
      {error !== null && (
        <div className="basis-full">
          <ErrorCard error={error} />
        </div>
      )}
    </>
  )
}
