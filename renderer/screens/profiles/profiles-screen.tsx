/** Setups as files: what this gateway has, and taking one in. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { FileInput } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { listProfilesOptions, type ListProfilesResponse } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { EmptyState } from '../../components/empty-state.js'
import { Listed } from '../../components/listed.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { formatRelative } from '../../strings/format.js'
import { ImportProfileDialog } from './import-profile-dialog.js'
import { ProfilePane } from './profile-pane.js'
import type { ProfilesSearch } from './profiles-search.js'

const route = getRouteApi('/profiles')

export function ProfilesScreen() {
  const { t } = useTranslation()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery(listProfilesOptions())
  const show = (next: ProfilesSearch): void => void navigate({ search: next, replace: true })
  const chosen = search.selected === undefined ? {} : { selected: search.selected }
  const startImport = (): void => show({ ...chosen, import: true })
  useCommand('importProfile', startImport)
  const importButton = (
    <Button variant="primary" command="importProfile" icon={<FileInput size={14} aria-hidden />} onClick={startImport}>
      {t('profiles.import')}
    </Button>
  )
  return (
    <>
      <PageHeader title={t('profiles.title')} actions={data?.items.length === 0 ? undefined : importButton} />
      {error !== null && <ErrorCard error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <div className="p-4">
          <Skeleton lines={5} />
        </div>
      )}
      {data?.items.length === 0 && (
        <EmptyState title={t('profiles.empty')} text={t('profiles.emptyText')} action={importButton} />
      )}
      {data !== undefined && data.items.length > 0 && (
        <div className="min-h-0 flex-1">
          <ProfileList profiles={data.items} selected={search.selected} onShow={show} />
        </div>
      )}
      <ImportProfileDialog open={search.import === true} onClose={() => show(chosen)} />
    </>
  )
}

interface ProfileListProps {
  readonly profiles: ListProfilesResponse['items']
  readonly selected: string | undefined
  readonly onShow: (search: ProfilesSearch) => void
}

function ProfileList({ profiles, selected, onShow }: ProfileListProps) {
  const { t } = useTranslation()
  const chosen = profiles.find(({ name }) => name === selected)
  return (
    <Listed
      name="profiles"
      label={t('profiles.title')}
      rows={profiles}
      rowId={({ name }) => name}
      rowName={({ name, servers }) => t('profiles.rowName', { name, count: servers })}
      selectedId={selected}
      onSelect={(name) => onShow({ selected: name })}
      narrow={['name', 'servers']}
      columns={[
        {
          id: 'name',
          title: t('profiles.column.name'),
          width: 'minmax(8rem, 2fr)',
          cell: ({ name }) => <span className="font-medium">{name}</span>,
        },
        { id: 'servers', title: t('profiles.column.servers'), width: '5rem', cell: ({ servers }) => servers },
        {
          id: 'updated',
          title: t('profiles.column.updated'),
          width: 'minmax(8rem, 1fr)',
          cell: ({ updatedAt }) => formatRelative(updatedAt),
        },
      ]}
      pane={
        chosen && (
          <ProfilePane
            key={`${chosen.name} ${chosen.updatedAt}`}
            name={chosen.name}
            updatedAt={chosen.updatedAt}
            onClose={() => onShow({})}
            onEdit={() => onShow({ selected: chosen.name, import: true })}
          />
        )
      }
    />
  )
}
