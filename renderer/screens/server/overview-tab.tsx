/** How a server is doing, how agents call it, and what can be done with it. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Play, RotateCw, Square, Stethoscope, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import {
  approveServerMutation,
  getServerOptions,
  invalidateOperations,
  patchServerMutation,
  restartServerMutation,
  startServerMutation,
  stopServerMutation,
  type Server,
} from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Switch } from '../../components/choice.js'
import { HopLine } from '../../components/hop-line.js'
import { toneText } from '../../components/tone.js'
import { ConnectAccount } from '../../features/accounts/connect-account.js'
import { ServerAccounts } from '../../features/accounts/server-accounts.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { appAuthOf } from '../../features/server-auth/effective-auth.js'
import { CommandFacts } from '../../features/servers/command-facts.js'
import { DoctorSteps } from '../../features/servers/doctor-steps.js'
import { probeOptions } from '../../features/servers/probe-options.js'
import { awaitsApproval, inboundHop, outboundHop, statusName, statusTone } from '../../features/servers/server-hop.js'
import { ServerFacts } from '../../features/servers/server-facts.js'
import { useRemoveServer } from '../../features/servers/use-remove-server.js'
import { formatRelative } from '../../strings/format.js'

export function OverviewTab({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const usesAccounts = appAuthOf(server).type === 'oauth2_authorization_code'
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-1 gap-6 p-4">
      <HopLine server={server.slug} inbound={inboundHop(server)} outbound={outboundHop(server)} />
      <StateFix server={server} />
      <Part title={t('detail.overview.facts')}>
        <ServerFacts server={server} whole />
      </Part>
      {usesAccounts && (
        <Part title={t('detail.accounts.title')}>
          <ServerAccounts server={server} />
        </Part>
      )}
      <Doctor server={server} />
      {server.command !== undefined && <ProcessPart server={server} />}
      <Running server={server} />
    </div>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="grid grid-cols-1 gap-2">
      <h2 className="text-lg">{title}</h2>
      {children}
    </section>
  )
}

/** The state in a sentence, and the one thing that mends it. */
function StateFix({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const { slug, state, health } = server
  const path = { slug }
  const refresh = { onSuccess: onServerChanged }
  const approve = useMutation({ ...approveServerMutation(), ...refresh })
  const start = useMutation({ ...startServerMutation(), ...refresh })
  const enable = useMutation({ ...patchServerMutation(), ...refresh })
  const failed = approve.error ?? start.error ?? enable.error
  if (awaitsApproval(server))
    return (
      <div className="grid gap-2">
        <Banner
          tone="open"
          action={
            <Button variant="primary" loading={approve.isPending} onClick={() => approve.mutate({ path })}>
              {t(server.command === undefined ? 'detail.overview.approveSecrets' : 'detail.overview.approve')}
            </Button>
          }
        >
          {t(server.command === undefined ? 'detail.overview.approveSecretsText' : 'detail.overview.approveText')}
          {server.command === undefined ? (
            <p className="text-fg-2">{state.reason}</p>
          ) : (
            <div className="py-2">
              <CommandFacts server={server} />
            </div>
          )}
        </Banner>
        {failed !== null && <ErrorCard error={failed} />}
      </div>
    )
  const tone = statusTone(server)
  const fix = health.stopped ? (
    <Button variant="primary" loading={start.isPending} onClick={() => start.mutate({ path })}>
      {t('detail.overview.start')}
    </Button>
  ) : server.enabled === false ? (
    <Button
      variant="primary"
      loading={enable.isPending}
      onClick={() => enable.mutate({ path, body: { enabled: true } })}
    >
      {t('servers.pane.enable')}
    </Button>
  ) : state.status === 'sign_in_needed' ? (
    <ConnectAccount slug={slug} label={t('detail.overview.connect')} primary />
  ) : state.status === 'error' ? (
    <Button
      variant="primary"
      render={<Link to="/servers/$slug/$tab" params={{ slug, tab: 'authentication' }} search={{}} />}
    >
      {t('detail.overview.authenticate')}
    </Button>
  ) : undefined
  return (
    <div className="grid gap-2">
      <Banner tone={tone} action={fix}>
        <span className={toneText[tone]}>{statusName(server)}</span>
        {state.reason !== undefined && <span> · {state.reason}</span>}
        {state.since !== undefined && (
          <span className="text-fg-2">
            {' '}
            · {t('detail.overview.since')} {formatRelative(state.since)}
          </span>
        )}
      </Banner>
      {(state.warnings ?? []).map((warning) => (
        <Banner key={warning} tone="open">
          {warning}
        </Banner>
      ))}
      {failed !== null && <ErrorCard error={failed} />}
    </div>
  )
}

async function onServerChanged(
  _answer: unknown,
  _sent: unknown,
  _result: unknown,
  { client }: { readonly client: Parameters<typeof invalidateOperations>[0] },
): Promise<void> {
  await invalidateOperations(client, ['listServers', 'getServer', 'explain', 'listTools'])
}

function Doctor({ server: { slug } }: { readonly server: Server }) {
  const { t } = useTranslation()
  const probe = useQuery({ ...probeOptions(slug), enabled: false })
  const wasTested = probe.data !== undefined || probe.isFetching
  useCommand('testServer', () => void probe.refetch())
  return (
    <Part title={t('servers.probe.title')}>
      <div>
        <Button
          icon={<Stethoscope size={14} aria-hidden />}
          command="testServer"
          loading={probe.isFetching}
          onClick={() => void probe.refetch()}
        >
          {t(probe.data === undefined ? 'detail.overview.test' : 'detail.overview.testAgain')}
        </Button>
      </div>
      {wasTested && probe.error === null && <DoctorSteps probe={probe.isFetching ? undefined : probe.data} />}
      {probe.error !== null && <ErrorCard error={probe.error} />}
    </Part>
  )
}

/** What it runs, and what it wrote last. Only a single server's answer holds its output. */
function ProcessPart({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const { data } = useQuery({ ...getServerOptions({ path: { slug: server.slug } }), staleTime: 0 })
  const stderr = data?.health.stderr ?? []
  const stray = data?.health.strayOutput
  return (
    <Part title={t('detail.overview.command')}>
      {!awaitsApproval(server) && <CommandFacts server={server} />}
      <h3 className="pt-2 font-medium">{t('detail.overview.stderr')}</h3>
      {stderr.length === 0 ? (
        <p className="text-fg-2">{t('detail.overview.noStderr')}</p>
      ) : (
        <pre
          role="region"
          tabIndex={0}
          aria-label={t('detail.overview.stderr')}
          className="max-h-60 overflow-auto rounded-control border border-line bg-bg p-2 font-mono text-sm wrap-anywhere whitespace-pre-wrap"
        >
          {stderr.join('\n')}
        </pre>
      )}
      {stray !== undefined && <p className="text-open">{t('detail.overview.stray', { count: stray.count })}</p>}
    </Part>
  )
}

function Running({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { slug } = server
  const start = useMutation({ ...startServerMutation(), onSuccess: onServerChanged })
  const stop = useMutation({
    ...stopServerMutation(),
    onSuccess: onServerChanged,
  })
  const restart = useMutation({ ...restartServerMutation(), onSuccess: onServerChanged })
  const enable = useMutation({ ...patchServerMutation(), onSuccess: onServerChanged })
  const remove = useRemoveServer(server, () => void navigate({ to: '/servers' }))
  const failed = start.error ?? stop.error ?? restart.error ?? enable.error ?? remove.error
  const isOff = server.enabled === false || awaitsApproval(server)
  const path = { slug }
  return (
    <section className="grid gap-3 border-t border-line pt-4">
      <Switch
        label={t('servers.pane.enable')}
        hint={t('servers.pane.enableHint')}
        checked={server.enabled !== false}
        onChange={(enabled) => enable.mutate({ path, body: { enabled } })}
      />
      {failed !== null && <ErrorCard error={failed} />}
      <div className="flex flex-wrap gap-2">
        {server.health.stopped ? (
          <Button
            icon={<Play size={14} aria-hidden />}
            loading={start.isPending}
            onClick={() => start.mutate({ path })}
          >
            {t('detail.overview.start')}
          </Button>
        ) : (
          <Button
            icon={<Square size={14} aria-hidden />}
            disabled={isOff}
            loading={stop.isPending}
            onClick={() => stop.mutate({ path })}
          >
            {t('detail.overview.stop')}
          </Button>
        )}
        <Button
          icon={<RotateCw size={14} aria-hidden />}
          disabled={isOff}
          loading={restart.isPending}
          onClick={() => restart.mutate({ path })}
        >
          {t('detail.overview.restart')}
        </Button>
        <span className="grow" />
        <Button
          variant="danger"
          icon={<Trash2 size={14} aria-hidden />}
          loading={remove.isPending}
          onClick={() => remove.mutate({ path })}
        >
          {t('servers.pane.remove')}
        </Button>
      </div>
    </section>
  )
}
