/** Connecting an agent by an edit of its own file: every line that changes is shown first, and can be taken back. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  api,
  connectAgentConfigMutation,
  undoAgentConnectionMutation,
  type AgentConfig,
  type ConnectAgentConfigResponse,
  type PreviewAgentConnectionResponse,
} from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Checkbox } from '../../components/choice.js'
import { Sheet } from '../../components/dialog.js'
import { Skeleton } from '../../components/spinner.js'
import { showToast } from '../../components/toast.js'
import { FirstCall } from '../agents/first-call.js'
import { ErrorCard } from '../errors/error-card.js'
import { ConfigDiff } from './config-diff.js'

export interface ConnectAppSheetProps {
  /** Undefined while it is closed. */
  readonly config: AgentConfig | undefined
  readonly onClose: () => void
}

export function ConnectAppSheet({ config, onClose }: ConnectAppSheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet
      open={config !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={config === undefined ? '' : t('agentConfigs.connect.title', { name: config.name })}
      size="large"
    >
      {config !== undefined && <ConnectApp key={config.app} config={config} onClose={onClose} />}
    </Sheet>
  )
}

function ConnectApp({ config, onClose }: { readonly config: AgentConfig; readonly onClose: () => void }) {
  const [connected, setConnected] = useState<ConnectAgentConfigResponse>()
  if (connected === undefined) return <ReviewEdit config={config} onConnected={setConnected} />
  return <Connected connected={connected} onClose={onClose} />
}

interface ReviewEditProps {
  readonly config: AgentConfig
  readonly onConnected: (connected: ConnectAgentConfigResponse) => void
}

function ReviewEdit({ config, onConnected }: ReviewEditProps) {
  const { t } = useTranslation()
  const { app, name } = config
  const [replace, setReplace] = useState(true)
  const [isMeant, setMeant] = useState(false)
  const preview = useQuery({
    queryKey: ['previewAgent', app, replace],
    queryFn: async () =>
      (await api.previewAgentConnection({ path: { app }, body: { replace }, throwOnError: true })).data,
    gcTime: 0,
    retry: false,
  })
  const connect = useMutation({ ...connectAgentConfigMutation(), gcTime: 0, onSuccess: onConnected })
  if (preview.error !== null) return <ErrorCard error={preview.error} onRetry={() => void preview.refetch()} />
  if (preview.data === undefined) return <Skeleton lines={6} />
  const { diff, hash, replaced, isOutside } = preview.data
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        connect.mutate({ path: { app }, body: { hash, replace, followOutside: isMeant } })
      }}
    >
      <Place preview={preview.data} />
      <ConfigDiff label={t('agentConfigs.connect.diff', { name })} lines={diff} />
      {(replaced.length > 0 || !replace) && (
        <Checkbox
          label={t('agentConfigs.connect.replace')}
          hint={replace ? t('agentConfigs.connect.replaceHint', { names: replaced.join(', ') }) : ''}
          checked={replace}
          onChange={setReplace}
        />
      )}
      {isOutside && <Checkbox label={t('agentConfigs.connect.follow')} checked={isMeant} onChange={setMeant} />}
      <p className="text-fg-2">{t('agentConfigs.connect.text', { name })}</p>
      {connect.error !== null && (
        <ErrorCard
          error={connect.error}
          onRetry={() => {
            connect.reset()
            void preview.refetch()
          }}
        />
      )}
      <div>
        <Button type="submit" variant="primary" loading={connect.isPending} disabled={isOutside && !isMeant}>
          {t('agentConfigs.connect.apply')}
        </Button>
      </div>
    </form>
  )
}

function Place({ preview }: { readonly preview: PreviewAgentConnectionResponse }) {
  const { t } = useTranslation()
  const { path, realPath, isOutside, creates } = preview
  return (
    <div className="grid gap-1">
      <code className="font-mono text-sm wrap-anywhere">{path}</code>
      <p className="text-fg-2">{t(creates ? 'agentConfigs.connect.creates' : 'agentConfigs.connect.onlyThese')}</p>
      {realPath !== undefined && (
        <Banner tone={isOutside ? 'open' : 'neutral'}>
          {t(isOutside ? 'agentConfigs.connect.outside' : 'agentConfigs.connect.elsewhere', { path: realPath })}
        </Banner>
      )}
    </div>
  )
}

function Connected(props: { readonly connected: ConnectAgentConfigResponse; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { config, keyId } = props.connected
  const { app, name, restart } = config
  const undo = useMutation({
    ...undoAgentConnectionMutation(),
    onSuccess: () => {
      showToast({ title: t('agentConfigs.undone', { name }), tone: 'allow' })
      props.onClose()
    },
  })
  return (
    <div className="grid gap-4">
      <p>{t(restart ? 'agentConfigs.connect.restart' : 'agentConfigs.connect.noRestart', { name })}</p>
      <FirstCall keyId={keyId} />
      {undo.error !== null && <ErrorCard error={undo.error} />}
      <div className="flex gap-2">
        <Button variant="primary" onClick={props.onClose}>
          {t('agentConfigs.done')}
        </Button>
        <Button
          icon={<Undo2 size={14} aria-hidden />}
          loading={undo.isPending}
          onClick={() => undo.mutate({ path: { app } })}
        >
          {t('agentConfigs.undo')}
        </Button>
      </div>
    </div>
  )
}
