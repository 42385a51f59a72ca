/** Who calls: agents with addresses of their own, and every key. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { listAgentsOptions, listKeysOptions } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { Tabs } from '../../components/tabs.js'
import { ConnectAgentSheet } from '../../features/agents/connect-agent-sheet.js'
import { KeySheet } from '../../features/agents/key-form.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { AgentList } from './agent-list.js'
import type { AgentsSearch } from './agents-search.js'
import { GrantList } from './grant-list.js'
import { KeyList } from './key-list.js'

const route = getRouteApi('/agents')

export function AgentsScreen() {
  const { t } = useTranslation()
  const { tab = 'agents', selected, sheet } = route.useSearch()
  const navigate = route.useNavigate()
  const show = (search: AgentsSearch): void => void navigate({ search, replace: true })
  const here = (more: AgentsSearch): void => show({ ...(tab !== 'agents' && { tab }), ...more })
  const close = (): void => here(selected === undefined ? {} : { selected })
  const open = (what: NonNullable<AgentsSearch['sheet']>): void =>
    here({ ...(selected !== undefined && { selected }), sheet: what })
  const select = (id: string | undefined): void => here(id === undefined ? {} : { selected: id })
  const agents = useQuery(listAgentsOptions())
  const keys = useQuery(listKeysOptions())
  const error = agents.error ?? keys.error
  useCommand('connectAgent', () => open('connect'))
  useCommand('addKey', () => open('newKey'))
  const [agentItems, keyItems] = [agents.data?.items, keys.data?.items]
  return (
    <>
      <PageHeader
        title={t('agents.title')}
        actions={
          <>
            <Button variant="quiet" onClick={() => open('importKey')}>
              {t('agents.importKey')}
            </Button>
            <Button command="addKey" onClick={() => open('newKey')}>
              {t('agents.newKey')}
            </Button>
            <Button
              variant="primary"
              command="connectAgent"
              icon={<Plus size={14} aria-hidden />}
              onClick={() => open('connect')}
            >
              {t('agents.connect')}
            </Button>
          </>
        }
      />
      {error !== null && (
        <ErrorCard error={error} onRetry={() => void Promise.all([agents.refetch(), keys.refetch()])} />
      )}
      {error === null && (agentItems === undefined || keyItems === undefined) && (
        <div className="p-4">
          <Skeleton lines={5} />
        </div>
      )}
      {agentItems !== undefined && keyItems !== undefined && (
        <Tabs
          label={t('agents.title')}
          value={tab}
          onChange={(next) => show(next === 'agents' ? {} : { tab: next })}
          tabs={[
            {
              value: 'agents',
              label: t('agents.tabs.agents'),
              content: () => (
                <AgentList
                  agents={agentItems}
                  selected={selected}
                  onSelect={select}
                  onConnect={() => open('connect')}
                />
              ),
            },
            {
              value: 'keys',
              label: t('agents.tabs.keys'),
              content: () => (
                <KeyList keys={keyItems} selected={selected} onSelect={select} onAdd={() => open('newKey')} />
              ),
            },
            {
              value: 'grants',
              label: t('agents.tabs.grants'),
              content: () => <GrantList selected={selected} onSelect={select} />,
            },
          ]}
        />
      )}
      <ConnectAgentSheet
        open={sheet === 'connect'}
        onClose={close}
        initialName={agentItems?.find(({ name }) => tab === 'agents' && name === selected)?.name}
      />
      <KeySheet mode={sheet === 'newKey' ? 'create' : sheet === 'importKey' ? 'import' : undefined} onClose={close} />
    </>
  )
}
