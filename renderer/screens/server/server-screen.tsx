/** One server, whole: five parts, and at their foot what is not saved. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ArrowLeft, Compass } from 'lucide-react'
import { lazy, Suspense, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { listServersOptions, type Server } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { EmptyState } from '../../components/empty-state.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { Tabs } from '../../components/tabs.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { useServerDraft, type ServerDraft } from '../../features/server-auth/server-draft.js'
import { OverviewTab } from './overview-tab.js'
import { SaveBar } from './save-bar.js'
import { isServerTab, serverTabs, type ServerTab } from './server-search.js'

const AuthenticationTab = lazy(async () => ({ default: (await import('./authentication-tab.js')).AuthenticationTab }))
const ToolsTab = lazy(async () => ({ default: (await import('./tools-tab.js')).ToolsTab }))
const TrafficTab = lazy(async () => ({ default: (await import('./traffic-tab.js')).TrafficTab }))
const AdvancedTab = lazy(async () => ({ default: (await import('./advanced-tab.js')).AdvancedTab }))

const route = getRouteApi('/servers/$slug/$tab')

export function ServerScreen() {
  const { t } = useTranslation()
  const { slug, tab } = route.useParams()
  const { data, error, refetch } = useQuery(listServersOptions())
  const server = data?.items.find((each) => each.slug === slug)
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={6} />
      </div>
    )
  if (server === undefined)
    return (
      <EmptyState
        title={t('detail.unknown.title', { slug })}
        action={
          <Button variant="primary" render={<Link to="/servers" />}>
            {t('detail.unknown.action')}
          </Button>
        }
      />
    )
  return <ServerParts key={slug} server={server} tab={isServerTab(tab) ? tab : 'overview'} />
}

function ServerParts({ server, tab }: { readonly server: Server; readonly tab: ServerTab }) {
  const { t } = useTranslation()
  const { slug } = server
  const navigate = route.useNavigate()
  const draft = useServerDraft(server)
  const show = (next: ServerTab): void =>
    void navigate({ to: '/servers/$slug/$tab', params: { slug, tab: next }, search: {} })
  useCommand('tab1', () => show('overview'))
  useCommand('tab2', () => show('authentication'))
  useCommand('tab3', () => show('tools'))
  useCommand('tab4', () => show('traffic'))
  useCommand('tab5', () => show('advanced'))
  const content: Readonly<Record<ServerTab, (draft: ServerDraft) => ReactNode>> = {
    overview: () => <OverviewTab server={server} />,
    authentication: (shown) => <AuthenticationTab server={server} draft={shown} />,
    tools: (shown) => <ToolsTab server={server} draft={shown} />,
    traffic: () => <TrafficTab server={server} />,
    advanced: (shown) => <AdvancedTab server={server} draft={shown} />,
  }
  return (
    <>
      <PageHeader
        title={slug}
        actions={
          <>
            <Button icon={<Compass size={14} aria-hidden />} render={<Link to="/setup" search={{ server: slug }} />}>
              {t('detail.setup')}
            </Button>
            <Button
              variant="quiet"
              icon={<ArrowLeft size={14} aria-hidden />}
              render={<Link to="/servers" search={{ selected: slug }} />}
            >
              {t('detail.back')}
            </Button>
          </>
        }
      />
      <Tabs
        label={t('detail.tabs')}
        value={tab}
        onChange={show}
        tabs={serverTabs.map((value) => ({
          value,
          label: t(`detail.tab.${value}`),
          content: () => (
            <Suspense
              fallback={
                <div className="p-4">
                  <Skeleton lines={6} />
                </div>
              }
            >
              {content[value](draft)}
            </Suspense>
          ),
        }))}
      />
      <SaveBar server={server} draft={draft} />
    </>
  )
}
