/** Who calls: agents with addresses of their own, and every key. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { listAgentsOptions, listKeysOptions, type Agent, type AgentKey } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { Tabs } from '../../components/tabs.js'
import { ConnectAgentSheet } from '../../features/agents/connect-agent-sheet.js'
import { KeySheet } from '../../features/agents/key-form.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { AgentList } from './agent-list.js'
import { AppList } from './app-list.js'
import type { AgentSheet, AgentsSearch, AgentTab } from './agents-search.js'
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
      <PageHeader title={t('agents.title')} actions={<Actions onOpen={open} />} />
      {error !== null && (
        <ErrorCard error={error} onRetry={() => void Promise.all([agents.refetch(), keys.refetch()])} />
      )}
      {error === null && (agentItems === undefined || keyItems === undefined) && (
        <div className="p-4">
          <Skeleton lines={5} />
        </div>
      )}
      {agentItems !== undefined && keyItems !== undefined && (
        <AgentTabs
          tab={tab}
          agents={agentItems}
          keys={keyItems}
          selected={selected}
          onSelect={select}
          onTab={(next) => show(next === 'agents' ? {} : { tab: next })}
          onOpen={open}
          sheet={sheet}
          onShow={show}
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

type OpenSheet = (sheet: AgentSheet) => void

function Actions({ onOpen }: { readonly onOpen: OpenSheet }) {
  const { t } = useTranslation()
  return (
    <>
      <Button variant="quiet" onClick={() => onOpen('importKey')}>
        {t('agents.importKey')}
      </Button>
      <Button command="addKey" onClick={() => onOpen('newKey')}>
        {t('agents.newKey')}
      </Button>
      <Button
        variant="primary"
        command="connectAgent"
        icon={<Plus size={14} aria-hidden />}
        onClick={() => onOpen('connect')}
      >
        {t('agents.connect')}
      </Button>
    </>
  )
}

interface AgentTabsProps {
  readonly tab: AgentTab
  readonly agents: readonly Agent[]
  readonly keys: readonly AgentKey[]
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly onTab: (tab: AgentTab) => void
  readonly onOpen: OpenSheet
  readonly sheet: AgentSheet | undefined
  readonly onShow: (search: AgentsSearch) => void
}

function AgentTabs({ tab, agents, keys, selected, onSelect, onTab, onOpen, sheet, onShow }: AgentTabsProps) {
  const { t } = useTranslation()
  return (
    <Tabs
      label={t('agents.title')}
      value={tab}
      onChange={onTab}
      tabs={[
        {
          value: 'agents',
          label: t('agents.tabs.agents'),
          content: () => (
            <AgentList agents={agents} selected={selected} onSelect={onSelect} onConnect={() => onOpen('connect')} />
          ),
        },
        {
          value: 'apps',
          label: t('agents.tabs.apps'),
          content: () => (
            <AppList
              selected={selected}
              onSelect={onSelect}
              isImporting={sheet === 'importApps'}
              onImporting={(is) => onShow({ tab: 'apps', ...(is && { sheet: 'importApps' }) })}
              onConnectOther={() => onOpen('connect')}
            />
          ),
        },
        {
          value: 'keys',
          label: t('agents.tabs.keys'),
          content: () => <KeyList keys={keys} selected={selected} onSelect={onSelect} onAdd={() => onOpen('newKey')} />,
        },
        {
          value: 'grants',
          label: t('agents.tabs.grants'),
          content: () => <GrantList selected={selected} onSelect={onSelect} />,
        },
      ]}
    />
  )
}
