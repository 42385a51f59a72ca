/** One server beside the list: how it is doing, where agents call it, and what can be done with it. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { approveServerMutation, patchServerMutation, type Server } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button, IconButton } from '../../components/button.js'
import { Switch } from '../../components/choice.js'
import { HopLine } from '../../components/hop-line.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { DoctorSteps } from '../../features/servers/doctor-steps.js'
import { probeOptions } from '../../features/servers/probe-options.js'
import { awaitsApproval, inboundHop, outboundHop } from '../../features/servers/server-hop.js'
import { ServerFacts } from '../../features/servers/server-facts.js'
import { useRemoveServer } from '../../features/servers/use-remove-server.js'

export function ServerPane({ server, onClose }: { readonly server: Server; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <section aria-label={server.slug} className="flex min-h-0 flex-1 flex-col bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="min-w-0 grow text-lg wrap-anywhere">{server.slug}</h2>
        <Button render={<Link to="/servers/$slug/$tab" params={{ slug: server.slug, tab: 'overview' }} />}>
          {t('detail.openDetail')}
        </Button>
        <IconButton label={t('kit.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-5 overflow-auto p-4">
        <HopLine server={server.slug} inbound={inboundHop(server)} outbound={outboundHop(server)} />
        <ServerFacts server={server} />
        <Actions server={server} onClose={onClose} />
      </div>
    </section>
  )
}

function Actions({ server, onClose }: { readonly server: Server; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { slug } = server
  const [testing, setTesting] = useState(false)
  const probe = useQuery({ ...probeOptions(slug), enabled: testing })
  const approve = useMutation(approveServerMutation())
  const patch = useMutation(patchServerMutation())
  const remove = useRemoveServer(server, onClose)
  const failed = approve.error ?? patch.error ?? remove.error ?? probe.error
  return (
    <div className="grid gap-4">
      {awaitsApproval(server) && (
        <Banner
          tone="open"
          action={
            <Button variant="primary" loading={approve.isPending} onClick={() => approve.mutate({ path: { slug } })}>
              {t('servers.pane.approve')}
            </Button>
          }
        >
          {t('servers.pane.approveText')}
        </Banner>
      )}
      <Switch
        label={t('servers.pane.enable')}
        hint={t('servers.pane.enableHint')}
        checked={server.enabled !== false}
        onChange={(enabled) => patch.mutate({ path: { slug }, body: { enabled } })}
      />
      {testing && probe.error === null && <DoctorSteps probe={probe.isFetching ? undefined : probe.data} />}
      {failed !== null && <ErrorCard error={failed} />}
      <div className="flex flex-wrap gap-2">
        <Button
          loading={probe.isFetching}
          onClick={() => {
            if (testing) void probe.refetch()
            setTesting(true)
          }}
        >
          {t('servers.pane.test')}
        </Button>
        <Button
          variant="danger"
          icon={<Trash2 size={14} aria-hidden />}
          loading={remove.isPending}
          onClick={() => remove.mutate({ path: { slug } })}
        >
          {t('servers.pane.remove')}
        </Button>
      </div>
    </div>
  )
}
