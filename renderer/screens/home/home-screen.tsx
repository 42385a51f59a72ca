/** What needs a person, what was refused lately, and every server's hop line. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { getStatusOptions, listServersOptions, type Server } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { classNames } from '../../components/class-names.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { HopLine } from '../../components/hop-line.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { toneText } from '../../components/tone.js'
import { FoundApps } from '../../features/agent-configs/found-apps.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { inboundHop, needsPerson, outboundHop, statusName, statusTone } from '../../features/servers/server-hop.js'
import { Checklist } from './checklist.js'
import { FirstRun } from './first-run.js'
import { RecentRefusals } from './recent-refusals.js'

const route = getRouteApi('/')

/** More than these are on the servers screen. */
const shownServers = 6

export function HomeScreen() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { first } = route.useSearch()
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl
  const { data, error, refetch } = useQuery(listServersOptions())
  const add = (): void => void navigate({ to: '/servers', search: { add: '' } })
  useCommand('addServer', add)
  return (
    <>
      <PageHeader
        title={t('home.title')}
        actions={
          <Button
            variant={first !== undefined || data === undefined || data.items.length === 0 ? 'secondary' : 'primary'}
            icon={<Plus size={14} aria-hidden />}
            command="addServer"
            onClick={add}
          >
            {t('servers.add')}
          </Button>
        }
      >
        {dataUrl !== undefined && (
          <p className="flex min-w-0 items-center gap-2 text-fg-2">
            {t('home.agentsCall')}
            <code className="truncate font-mono text-sm text-fg">{dataUrl}</code>
            <CopyButton text={dataUrl} what={t('home.address')} />
          </p>
        )}
      </PageHeader>
      <div className="mx-auto grid w-full max-w-5xl content-start gap-6 p-4 min-[1100px]:p-6">
        {error !== null && <ErrorCard error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Skeleton lines={6} />}
        {data !== undefined &&
          (first !== undefined || data.items.length === 0 ? (
            <FirstRun slug={first === '' ? undefined : first} />
          ) : (
            <Overview servers={data.items} />
          ))}
      </div>
    </>
  )
}

function Overview({ servers }: { readonly servers: readonly Server[] }) {
  const { t } = useTranslation()
  const needy = servers.filter(needsPerson)
  return (
    <>
      <Checklist servers={servers.length} />
      <FoundApps />
      <Section title={t('home.needsYou')}>
        {needy.length === 0 ? (
          <p className="px-4 py-3 text-fg-2">{t('home.nothing')}</p>
        ) : (
          needy.map((server) => (
            <ServerLink key={server.slug} server={server}>
              <span className="w-40 shrink-0 truncate font-medium">{server.slug}</span>
              <span className={classNames('w-32 shrink-0 truncate', toneText[statusTone(server)])}>
                {statusName(server)}
              </span>
              <span className="min-w-0 grow truncate text-fg-2" title={server.state.reason}>
                {server.state.reason}
              </span>
            </ServerLink>
          ))
        )}
      </Section>
      <Section
        title={t('home.hops')}
        action={
          <Button variant="quiet" render={<Link to="/servers" />}>
            {t('home.showAll')}
          </Button>
        }
      >
        {servers.slice(0, shownServers).map((server) => (
          <ServerLink key={server.slug} server={server}>
            <span className="grow py-2">
              <HopLine server={server.slug} inbound={inboundHop(server)} outbound={outboundHop(server)} />
            </span>
          </ServerLink>
        ))}
      </Section>
      <Section title={t('home.denials')}>
        <RecentRefusals />
      </Section>
    </>
  )
}

function ServerLink({ server, children }: { readonly server: Server; readonly children: ReactNode }) {
  return (
    <Link
      to="/servers"
      search={{ selected: server.slug }}
      className="flex min-h-9 items-center gap-3 border-b border-line px-4 -outline-offset-2 last:border-b-0 hover:bg-hover"
    >
      {children}
    </Link>
  )
}

function Section(props: { readonly title: string; readonly action?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="grid gap-2">
      <header className="flex min-h-7 items-center justify-between">
        <h2 className="text-lg">{props.title}</h2>
        {props.action}
      </header>
      <div className="overflow-hidden rounded-card border border-line bg-panel">{props.children}</div>
    </section>
  )
}
