import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { listSecretsOptions, type Secret } from '../../client/api.js'
import { Button } from '../../components/button.js'
import type { Column } from '../../components/data-grid.js'
import { Listed } from '../../components/listed.js'
import { formatRelative } from '../../strings/format.js'
import { t as say, type Translate } from '../../strings/i18n.js'
import { ListState } from './list-state.js'
import { SecretPane } from './secret-pane.js'
import { secretId, serversUsing } from './secret-use.js'
import type { VaultListProps } from './vault-search.js'

export function SecretList({ selected, onSelect, onSheet }: VaultListProps) {
  const { t } = useTranslation()
  const answer = useQuery({ ...listSecretsOptions(), staleTime: 0 })
  const chosen = answer.data?.items.find((secret) => secretId(secret) === selected)
  return (
    <ListState
      answer={answer}
      title={t('vault.secrets.empty')}
      text={t('vault.secrets.emptyText')}
      action={
        <Button variant="primary" onClick={() => onSheet('secret')}>
          {t('vault.addSecret')}
        </Button>
      }
    >
      {(rows) => (
        <Listed
          name="secrets"
          label={t('vault.tabs.secrets')}
          rows={rows}
          rowId={secretId}
          rowName={({ name, usedBy }) => t('vault.secrets.rowName', { name, usedBy: usedText(say, usedBy) })}
          selectedId={selected}
          onSelect={onSelect}
          narrow={['name', 'usedBy']}
          columns={columnsFor(say)}
          pane={chosen && <SecretPane key={secretId(chosen)} secret={chosen} onClose={() => onSelect(undefined)} />}
        />
      )}
    </ListState>
  )
}

function usedText(t: Translate, usedBy: readonly string[]): string {
  return usedBy.length === 0 ? t('vault.secrets.unused') : serversUsing(usedBy).join(', ') || usedBy.join(', ')
}

function columnsFor(t: Translate): readonly Column<Secret>[] {
  return [
    {
      id: 'name',
      title: t('vault.column.name'),
      width: 'minmax(9rem, 2fr)',
      cell: ({ name }) => <span className="font-mono text-sm font-medium">{name}</span>,
    },
    {
      id: 'subject',
      title: t('vault.column.subject'),
      width: 'minmax(6rem, 1fr)',
      cell: ({ subject }) => subject ?? t('vault.secrets.everyone'),
    },
    {
      id: 'usedBy',
      title: t('vault.column.usedBy'),
      width: 'minmax(8rem, 2fr)',
      cell: ({ usedBy }) => (
        <span className={usedBy.length === 0 ? 'text-fg-2' : undefined}>{usedText(t, usedBy)}</span>
      ),
    },
    {
      id: 'updated',
      title: t('vault.column.updated'),
      width: '8rem',
      cell: ({ updatedAt }) => formatRelative(updatedAt),
    },
  ]
}
