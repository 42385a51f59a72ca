/** All servers, what each needs, and beside them the one that is chosen. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Plus, Search } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { listServersOptions, type Server } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { DataGrid, type Column } from '../../components/data-grid.js'
import { EmptyState } from '../../components/empty-state.js'
import { HopLine } from '../../components/hop-line.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { Splitter } from '../../components/splitter.js'
import { classNames } from '../../components/class-names.js'
import { inputLook } from '../../components/field.js'
import { toneText } from '../../components/tone.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { AddServerSheet } from '../../features/servers/add-server-sheet.js'
import {
  agentAuthName,
  appAuthName,
  inboundHop,
  needsPerson,
  outboundHop,
  placeOf,
  statusName,
  statusTone,
} from '../../features/servers/server-hop.js'
import { formatRelative } from '../../strings/format.js'
import { t as say, type Translate } from '../../strings/i18n.js'
import { ServerPane } from './server-pane.js'
import type { ServersSearch } from './servers-search.js'

const route = getRouteApi('/servers')

export function ServersScreen() {
  const { t } = useTranslation()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery(listServersOptions())
  const servers = data?.items ?? []
  const change = (changed: { readonly [K in keyof ServersSearch]: ServersSearch[K] | undefined }): void =>
    void navigate({ search: (before) => readable({ ...before, ...changed }), replace: true })
  const add = (): void => change({ add: '' })
  useCommand('addServer', add)
  const selected = servers.find(({ slug }) => slug === search.selected)
  return (
    <>
      <PageHeader
        title={t('servers.title')}
        actions={
          <>
            <Button render={<Link to="/setup" />}>{t('detail.setup')}</Button>
            <Button variant="primary" icon={<Plus size={14} aria-hidden />} command="addServer" onClick={add}>
              {t('servers.add')}
            </Button>
          </>
        }
      >
        {servers.length > 0 && <FilterBox value={search.filter ?? ''} onChange={(filter) => change({ filter })} />}
      </PageHeader>
      {error !== null && <ErrorCard error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <div className="p-4">
          <Skeleton lines={5} />
        </div>
      )}
      {data !== undefined && (
        <Splitter
          name="servers"
          main={
            <ServerList
              servers={servers}
              filter={search.filter ?? ''}
              selected={search.selected}
              onSelect={(slug) => change({ selected: slug })}
              onOpen={(slug) => void navigate({ to: '/servers/$slug/$tab', params: { slug, tab: 'overview' } })}
              onAdd={add}
            />
          }
          detail={
            selected === undefined ? undefined : (
              <ServerPane key={selected.slug} server={selected} onClose={() => change({ selected: undefined })} />
            )
          }
        />
      )}
      <AddServerSheet
        open={search.add !== undefined}
        initialText={search.add ?? ''}
        onClose={() => change({ add: undefined })}
        onOpenServer={(slug) => change({ add: undefined, selected: slug })}
      />
    </>
  )
}

/** Leaves out what is not set, so that the address stays short. */
function readable(search: { readonly [K in keyof ServersSearch]: ServersSearch[K] | undefined }): ServersSearch {
  return Object.fromEntries(
    Object.entries(search).filter(([key, value]) => value !== undefined && (key === 'add' || value !== '')),
  )
}

function FilterBox({ value, onChange }: { readonly value: string; readonly onChange: (filter: string) => void }) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  useCommand('filter', () => input.current?.focus())
  return (
    <div className="relative w-full max-w-64">
      <Search size={14} aria-hidden className="absolute start-2 top-1.5 text-fg-3" />
      <input
        ref={input}
        type="search"
        aria-label={t('servers.filter')}
        placeholder={t('servers.filter')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (value === '') document.querySelector<HTMLElement>('[role=grid]')?.focus()
          onChange('')
          event.preventDefault()
        }}
        className={classNames(inputLook, 'ps-7')}
      />
    </div>
  )
}

interface ServerListProps {
  readonly servers: readonly Server[]
  readonly filter: string
  readonly selected: string | undefined
  readonly onSelect: (slug: string) => void
  readonly onOpen: (slug: string) => void
  readonly onAdd: () => void
}

function ServerList({ servers, filter, selected, onSelect, onOpen, onAdd }: ServerListProps) {
  const { t } = useTranslation()
  const wanted = filter.toLowerCase()
  const rows = servers.filter((server) => `${server.slug} ${placeOf(server)}`.toLowerCase().includes(wanted))
  const needy = servers.filter(needsPerson).length
  if (servers.length === 0)
    return (
      <EmptyState
        title={t('servers.empty.title')}
        text={t('servers.empty.text')}
        action={
          <Button variant="primary" onClick={onAdd}>
            {t('servers.add')}
          </Button>
        }
      />
    )
  return (
    <>
      <DataGrid
        label={t('servers.title')}
        rows={rows}
        columns={columnsFor(say)}
        rowId={({ slug }) => slug}
        rowName={(server) =>
          t('servers.rowName', {
            name: server.slug,
            status: statusName(server),
            agentAuth: agentAuthName(server),
            appAuth: appAuthName(server),
          })
        }
        selectedId={selected}
        onSelect={onSelect}
        onOpen={onOpen}
        rowHeightPx={32}
        empty={<EmptyState title={t('servers.empty.noMatch')} />}
      />
      <footer className="flex shrink-0 gap-3 border-t border-line px-4 py-1 text-sm text-fg-2">
        <span>{t('servers.count', { count: servers.length })}</span>
        {needy > 0 && <span className="text-open">{t('servers.needYou', { count: needy })}</span>}
      </footer>
    </>
  )
}

/** In a narrow list what the pane shows too is left out. */
function columnsFor(t: Translate): readonly Column<Server>[] {
  return [
    {
      id: 'name',
      title: t('servers.column.name'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ slug }) => <span className="font-medium">{slug}</span>,
    },
    {
      id: 'hop',
      title: t('servers.column.hop'),
      width: '14rem',
      cell: (server) => (
        <span className="flex items-center gap-3">
          <HopLine size="mini" server={server.slug} inbound={inboundHop(server)} outbound={outboundHop(server)} />
          <span className={classNames('truncate', toneText[statusTone(server)])}>{statusName(server)}</span>
        </span>
      ),
    },
    { id: 'agentAuth', title: t('servers.column.agentAuth'), width: '8rem', cell: agentAuthName, shownFromPx: 760 },
    { id: 'appAuth', title: t('servers.column.appAuth'), width: '9rem', cell: appAuthName, shownFromPx: 600 },
    {
      id: 'place',
      title: t('servers.column.place'),
      width: 'minmax(8rem, 2fr)',
      shownFromPx: 900,
      cell: (server) => <span className="font-mono text-sm text-fg-2">{placeOf(server)}</span>,
    },
    {
      id: 'last',
      title: t('servers.column.last'),
      width: '7rem',
      alignEnd: true,
      shownFromPx: 1000,
      cell: ({ state }) => (
        <span className="text-fg-2">
          {state.lastSuccessAt === undefined ? '–' : formatRelative(state.lastSuccessAt)}
        </span>
      ),
    },
  ]
}
