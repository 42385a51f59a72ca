/** The tools of a server: which agents see, by which name, and trying one. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { RefreshCw, Search } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listToolsOptions, type Server } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Badge } from '../../components/badge.js'
import { IconButton } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { DataGrid, type Column } from '../../components/data-grid.js'
import { EmptyState } from '../../components/empty-state.js'
import { inputLook } from '../../components/field.js'
import { Skeleton } from '../../components/spinner.js'
import { Splitter } from '../../components/splitter.js'
import { ConnectAccount } from '../../features/accounts/connect-account.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import type { ServerDraft } from '../../features/server-auth/server-draft.js'
import { isToolShown, toolNameForAgents, type Tool } from '../../features/servers/tool-view.js'
import { t as say, type Translate } from '../../strings/i18n.js'
import { ToolPane } from './tool-pane.js'

const route = getRouteApi('/servers/$slug/$tab')

export function ToolsTab({ server, draft }: { readonly server: Server; readonly draft: ServerDraft }) {
  const { t } = useTranslation()
  const { tool: selected } = route.useSearch()
  const navigate = route.useNavigate()
  const [filter, setFilter] = useState('')
  const { slug } = server
  const { data, error, refetch, isFetching } = useQuery({
    ...listToolsOptions({ path: { slug } }),
    retry: false,
    // Another server may have answered by the time that this is looked at again.
    staleTime: 30_000,
  })
  const select = (tool: string | undefined): void =>
    void navigate({ search: tool === undefined ? {} : { tool }, replace: true })
  if (error !== null)
    return (
      <div className="p-4">
        <ErrorCard
          error={error}
          quiet
          onRetry={() => void refetch()}
          {...(error.code === 'account_needed' && {
            fix: <ConnectAccount slug={slug} label={t('detail.overview.connect')} primary />,
          })}
        />
      </div>
    )
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={6} />
      </div>
    )
  const wanted = filter.toLowerCase()
  const rows = data.items.filter(({ name, title = '', description = '' }) =>
    `${name} ${toolNameForAgents(draft.config, name)} ${title} ${description}`.toLowerCase().includes(wanted),
  )
  const chosen = data.items.find(({ name }) => name === selected)
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-2 border-b border-line px-4 py-2">
        <FilterBox value={filter} onChange={setFilter} />
        <span className="text-sm text-fg-2">{t('detail.overview.tools', { count: data.items.length })}</span>
        <span className="grow" />
        <IconButton label={t('detail.tools.refresh')} loading={isFetching} onClick={() => void refetch()}>
          <RefreshCw size={16} aria-hidden />
        </IconButton>
      </div>
      <Splitter
        name="tools"
        main={
          <DataGrid
            label={t('detail.tools.list')}
            rows={rows}
            columns={columnsFor(say, draft)}
            rowId={({ name }) => name}
            rowName={({ name }) =>
              t('detail.tools.rowName', {
                name: toolNameForAgents(draft.config, name),
                state: t(isToolShown(draft.config, name) ? 'detail.tools.shown' : 'detail.tools.hidden'),
              })
            }
            selectedId={selected}
            onSelect={select}
            empty={<EmptyState title={t(data.items.length === 0 ? 'detail.tools.empty' : 'detail.tools.noMatch')} />}
          />
        }
        detail={
          chosen === undefined ? undefined : (
            <ToolPane key={chosen.name} server={server} draft={draft} tool={chosen} onClose={() => select(undefined)} />
          )
        }
      />
    </div>
  )
}

function columnsFor(t: Translate, { config }: ServerDraft): readonly Column<Tool>[] {
  return [
    {
      id: 'name',
      title: t('detail.tools.column.name'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ name }) => {
        const shown = toolNameForAgents(config, name)
        return (
          <span className={classNames('font-mono text-sm', !isToolShown(config, name) && 'text-fg-3')}>
            {shown}
            {shown !== name && <span className="ms-2 text-fg-3 line-through">{name}</span>}
          </span>
        )
      },
    },
    {
      id: 'description',
      title: t('detail.tools.column.description'),
      width: 'minmax(6rem, 2fr)',
      cell: ({ name, description }) => config.tools?.[name]?.description ?? description ?? '',
    },
    {
      id: 'shown',
      title: t('detail.tools.column.shown'),
      width: '7rem',
      cell: ({ name }) =>
        isToolShown(config, name) ? (
          <Badge tone="allow">{t('detail.tools.shown')}</Badge>
        ) : (
          <Badge>{t('detail.tools.hidden')}</Badge>
        ),
    },
  ]
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
        aria-label={t('detail.tools.filter')}
        placeholder={t('detail.tools.filter')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={classNames(inputLook, 'ps-7')}
      />
    </div>
  )
}
