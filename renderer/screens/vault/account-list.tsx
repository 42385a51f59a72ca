import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { listAccountsOptions, type Account } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { Button } from '../../components/button.js'
import type { Column } from '../../components/data-grid.js'
import { Listed } from '../../components/listed.js'
import { ownerName } from '../../features/accounts/account-names.js'
import { formatRelative } from '../../strings/format.js'
import { t as say, type Translate } from '../../strings/i18n.js'
import { AccountPane } from './account-pane.js'
import { ListState } from './list-state.js'
import type { VaultListProps } from './vault-search.js'

export function AccountList({ selected, onSelect, onSheet }: VaultListProps) {
  const { t } = useTranslation()
  const answer = useQuery(listAccountsOptions())
  const chosen = answer.data?.items.find(({ id }) => id === selected)
  return (
    <ListState
      answer={answer}
      title={t('vault.accounts.empty')}
      text={t('vault.accounts.emptyText')}
      action={
        <Button variant="primary" onClick={() => onSheet('connect')}>
          {t('vault.connect')}
        </Button>
      }
    >
      {(rows) => (
        <Listed
          name="accounts"
          label={t('vault.tabs.accounts')}
          rows={rows}
          rowId={({ id }) => id}
          rowName={(account) =>
            t('vault.accounts.rowName', {
              server: account.server,
              subject: ownerName(account),
              status: t(`vault.accounts.status.${account.status}`),
            })
          }
          selectedId={selected}
          onSelect={onSelect}
          columns={columnsFor(say)}
          narrow={['server', 'subject', 'status']}
          pane={chosen && <AccountPane key={chosen.id} account={chosen} onClose={() => onSelect(undefined)} />}
        />
      )}
    </ListState>
  )
}

function columnsFor(t: Translate): readonly Column<Account>[] {
  return [
    {
      id: 'server',
      title: t('vault.column.server'),
      width: 'minmax(7rem, 1fr)',
      cell: ({ server }) => <span className="font-medium">{server}</span>,
    },
    { id: 'subject', title: t('vault.column.subject'), width: 'minmax(6rem, 1fr)', cell: ownerName },
    {
      id: 'label',
      title: t('vault.column.label'),
      width: 'minmax(6rem, 1fr)',
      cell: ({ label, default: isDefault }) => (
        <>
          {label} {isDefault && <Badge>{t('vault.accounts.default')}</Badge>}
        </>
      ),
    },
    {
      id: 'status',
      title: t('vault.column.status'),
      width: '9rem',
      cell: ({ status }) => (
        <span className={status === 'connected' ? 'text-allow' : 'text-open'}>
          {t(`vault.accounts.status.${status}`)}
        </span>
      ),
    },
    {
      id: 'scopes',
      title: t('vault.column.scopes'),
      width: 'minmax(8rem, 2fr)',
      cell: ({ scopes }) => <span className="font-mono text-sm text-fg-2">{scopes.join(' ')}</span>,
    },
    {
      id: 'expires',
      title: t('vault.column.expires'),
      width: '7rem',
      cell: ({ expiresAt }) => (expiresAt === undefined ? '' : formatRelative(expiresAt)),
    },
  ]
}
