import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { listAccountsOptions, patchKeyMutation, type AgentKey } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { DataGrid, type Column } from '../../components/data-grid.js'
import { DetailPane } from '../../components/detail-pane.js'
import { EmptyState } from '../../components/empty-state.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { Select } from '../../components/select.js'
import { Splitter } from '../../components/splitter.js'
import { expiryText, lastCallText } from '../../features/agents/last-call.js'
import { RevokeKey } from '../../features/agents/revoke-key.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { formatMoment } from '../../strings/format.js'
import { t as say, type Translate } from '../../strings/i18n.js'
import { severalAccounts } from './several-accounts.js'

export interface KeyListProps {
  readonly keys: readonly AgentKey[]
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly onAdd: () => void
}

export function KeyList({ keys, selected, onSelect, onAdd }: KeyListProps) {
  const { t } = useTranslation()
  const chosen = keys.find(({ id }) => id === selected)
  if (keys.length === 0)
    return (
      <EmptyState
        title={t('agents.empty.noKeys')}
        text={t('agents.empty.noKeysText')}
        action={
          <Button variant="primary" onClick={onAdd}>
            {t('agents.newKey')}
          </Button>
        }
      />
    )
  const columns = columnsFor(say)
  return (
    <div className="flex h-full flex-col">
      <Splitter
        name="keys"
        main={
          <DataGrid
            label={t('agents.tabs.keys')}
            rows={keys}
            rowId={({ id }) => id}
            rowName={({ name, subject, lastUsedAt }) =>
              t('agents.keyRowName', { name, subject, lastCall: lastCallText(lastUsedAt) })
            }
            selectedId={selected}
            onSelect={onSelect}
            onOpen={onSelect}
            columns={
              chosen === undefined ? columns : columns.filter(({ id }) => ['name', 'hint', 'lastCall'].includes(id))
            }
          />
        }
        detail={chosen && <KeyPane key={chosen.id} agentKey={chosen} onClose={() => onSelect(undefined)} />}
      />
    </div>
  )
}

function columnsFor(t: Translate): readonly Column<AgentKey>[] {
  return [
    {
      id: 'name',
      title: t('agents.column.name'),
      width: 'minmax(7rem, 2fr)',
      cell: ({ name }) => <span className="font-medium">{name}</span>,
    },
    {
      id: 'hint',
      title: t('agents.column.hint'),
      width: '5rem',
      cell: ({ hint }) => <span className="font-mono text-sm">··{hint}</span>,
    },
    { id: 'subject', title: t('agents.column.subject'), width: 'minmax(5rem, 1fr)', cell: ({ subject }) => subject },
    { id: 'agent', title: t('agents.column.agent'), width: 'minmax(5rem, 1fr)', cell: ({ agent }) => agent ?? '' },
    {
      id: 'servers',
      title: t('agents.column.servers'),
      width: 'minmax(5rem, 1fr)',
      cell: ({ servers }) => servers?.join(', ') ?? t('agents.allServers'),
    },
    { id: 'expires', title: t('agents.column.expires'), width: '6rem', cell: (key) => expiryText(key) },
    {
      id: 'lastCall',
      title: t('agents.column.lastCall'),
      width: 'minmax(10rem, 1fr)',
      cell: ({ lastUsedAt }) => <span className="text-fg-2">{lastCallText(lastUsedAt)}</span>,
    },
  ]
}

function KeyPane({ agentKey, onClose }: { readonly agentKey: AgentKey; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { name, kind, hint, subject, email, agent, servers, tools, createdAt, expiresAt, lastUsedAt } = agentKey
  return (
    <DetailPane title={name} onClose={onClose}>
      <FactList>
        <Fact name={t('agents.pane.kind')}>{t(`agents.pane.${kind}`)}</Fact>
        <Fact name={t('agents.column.hint')}>
          <code className="font-mono text-sm">··{hint}</code>
        </Fact>
        <Fact name={t('agents.column.subject')}>{subject}</Fact>
        {email !== undefined && <Fact name={t('agents.pane.email')}>{email}</Fact>}
        {agent !== undefined && <Fact name={t('agents.column.agent')}>{agent}</Fact>}
        <Fact name={t('agents.column.servers')}>{servers?.join(', ') ?? t('agents.allServers')}</Fact>
        <Fact name={t('agents.pane.tools')}>{tools?.join(', ') ?? t('agents.allTools')}</Fact>
        <Fact name={t('agents.column.expires')}>
          {expiryText(agentKey)}
          {expiresAt !== undefined && <span className="text-fg-2"> · {formatMoment(expiresAt)}</span>}
        </Fact>
        <Fact name={t('agents.pane.created')}>{formatMoment(createdAt)}</Fact>
        <Fact name={t('agents.column.lastCall')}>{lastCallText(lastUsedAt)}</Fact>
      </FactList>
      <KeyAccounts agentKey={agentKey} />
      <div>
        <RevokeKey agentKey={agentKey} onRevoked={onClose} />
      </div>
    </DetailPane>
  )
}

/** Which account the key's calls use, where there is a choice. */
function KeyAccounts({ agentKey }: { readonly agentKey: AgentKey }) {
  const { t } = useTranslation()
  const accounts = useQuery(listAccountsOptions()).data?.items ?? []
  const patch = useMutation(patchKeyMutation())
  const choices = severalAccounts(agentKey, accounts)
  if (choices.length === 0) return null
  const choose = (server: string, label: string): void =>
    patch.mutate({ path: { id: agentKey.id }, body: { accounts: { [server]: label === '*' ? null : label } } })
  return (
    <section className="grid gap-2">
      <h3 className="font-semibold">{t('agents.pane.accounts')}</h3>
      <p className="text-sm text-fg-2">{t('agents.pane.accountsText')}</p>
      {choices.map(({ server, labels, chosen }) => (
        <Select
          key={server}
          label={t('agents.pane.accountAt', { server })}
          value={chosen ?? '*'}
          onChange={(label) => choose(server, label)}
          options={[
            { value: '*', label: t('agents.pane.accountDefault') },
            ...labels.map((label) => ({ value: label, label: label === '' ? t('agents.pane.accountPlain') : label })),
          ]}
        />
      ))}
      {patch.error !== null && <ErrorCard error={patch.error} />}
    </section>
  )
}
