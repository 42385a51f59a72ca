/** Agents that people let in by signing in. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listGrantsOptions, removeGrantMutation, type Grant } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import { DetailPane } from '../../components/detail-pane.js'
import { EmptyState } from '../../components/empty-state.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { Listed } from '../../components/listed.js'
import { Skeleton } from '../../components/spinner.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { formatMoment, formatRelative } from '../../strings/format.js'

export interface GrantListProps {
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
}

export function GrantList({ selected, onSelect }: GrantListProps) {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(listGrantsOptions())
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={5} />
      </div>
    )
  if (data.items.length === 0)
    return <EmptyState title={t('agents.grants.empty')} text={t('agents.grants.emptyText')} />
  const chosen = data.items.find(({ id }) => id === selected)
  return (
    <Listed
      name="grants"
      label={t('agents.tabs.grants')}
      rows={data.items}
      rowId={({ id }) => id}
      rowName={({ clientName, subject }) => t('agents.grants.rowName', { name: clientName, subject })}
      selectedId={selected}
      onSelect={onSelect}
      narrow={['name', 'subject']}
      columns={[
        {
          id: 'name',
          title: t('agents.column.name'),
          width: 'minmax(8rem, 2fr)',
          cell: ({ clientName }) => <span className="font-medium">{clientName}</span>,
        },
        {
          id: 'subject',
          title: t('agents.column.subject'),
          width: 'minmax(6rem, 1fr)',
          cell: ({ email, subject }) => email ?? subject,
        },
        {
          id: 'servers',
          title: t('agents.column.servers'),
          width: 'minmax(8rem, 2fr)',
          cell: ({ servers }) => servers.join(', '),
        },
        {
          id: 'approved',
          title: t('agents.grants.approved'),
          width: '8rem',
          cell: ({ createdAt }) => formatRelative(createdAt),
        },
      ]}
      pane={chosen && <GrantPane key={chosen.id} grant={chosen} onClose={() => onSelect(undefined)} />}
    />
  )
}

function GrantPane({ grant, onClose }: { readonly grant: Grant; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const { id, clientName: name, clientId, redirectUri, subject, issuer, email, servers, createdAt } = grant
  const remove = useMutation({
    ...removeGrantMutation(),
    onSuccess: () => {
      showToast({ title: t('agents.grants.done', { name }) })
      onClose()
    },
  })
  return (
    <DetailPane title={name} onClose={onClose}>
      <FactList>
        <Fact name={t('agents.column.subject')}>{subject}</Fact>
        {email !== undefined && <Fact name={t('agents.pane.email')}>{email}</Fact>}
        <Fact name={t('agents.grants.by')}>{issuer ?? t('agents.grants.local')}</Fact>
        <Fact name={t('agents.column.servers')}>{servers.join(', ')}</Fact>
        <Fact name={t('agents.grants.clientId')}>
          <code className="font-mono text-sm">{clientId}</code>
        </Fact>
        <Fact name={t('agents.grants.redirect')}>
          <code className="font-mono text-sm">{redirectUri}</code>
        </Fact>
        <Fact name={t('agents.grants.approved')}>{formatMoment(createdAt)}</Fact>
      </FactList>
      <div>
        <Button variant="danger" onClick={() => setOpen(true)}>
          {t('agents.grants.signOut')}
        </Button>
      </div>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('agents.grants.title', { name })}
        action={t('agents.grants.signOut')}
        loading={remove.isPending}
        onConfirm={() => remove.mutate({ path: { id } })}
      >
        <p>{t('agents.grants.text')}</p>
        {remove.error !== null && <ErrorCard error={remove.error} />}
      </ConfirmDialog>
    </DetailPane>
  )
}
