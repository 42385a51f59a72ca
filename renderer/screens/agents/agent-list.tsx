import { Circle } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { allServers } from '../../../gateway-core/contract/agent-setup.js'
import type { Agent } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { CopyButton } from '../../components/copy-button.js'
import { DataGrid, type Column } from '../../components/data-grid.js'
import { DetailPane } from '../../components/detail-pane.js'
import { EmptyState } from '../../components/empty-state.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { Splitter } from '../../components/splitter.js'
import { lastCallOf, lastCallText } from '../../features/agents/last-call.js'
import { RevokeKey } from '../../features/agents/revoke-key.js'
import { t as say, type Translate } from '../../strings/i18n.js'

export interface AgentListProps {
  readonly agents: readonly Agent[]
  readonly selected: string | undefined
  readonly onSelect: (name: string | undefined) => void
  readonly onConnect: () => void
}

export function AgentList({ agents, selected, onSelect, onConnect }: AgentListProps) {
  const { t } = useTranslation()
  const chosen = agents.find(({ name }) => name === selected)
  if (agents.length === 0)
    return (
      <EmptyState
        title={t('agents.empty.title')}
        text={t('agents.empty.text')}
        action={
          <Button variant="primary" onClick={onConnect}>
            {t('agents.connect')}
          </Button>
        }
      />
    )
  const grid = (
    <DataGrid
      label={t('agents.tabs.agents')}
      rows={agents}
      rowId={({ name }) => name}
      rowName={(agent) => t('agents.rowName', { name: agent.name, lastCall: lastCallText(lastCallOf(agent)) })}
      selectedId={selected}
      onSelect={onSelect}
      onOpen={onSelect}
      columns={columnsFor(say, chosen === undefined)}
    />
  )
  return (
    <div className="flex h-full flex-col">
      <Splitter
        name="agents"
        main={grid}
        detail={
          chosen && (
            <AgentPane key={chosen.name} agent={chosen} onClose={() => onSelect(undefined)} onConnect={onConnect} />
          )
        }
      />
    </div>
  )
}

function columnsFor(t: Translate, isWide: boolean): readonly Column<Agent>[] {
  return [
    {
      id: 'name',
      title: t('agents.column.name'),
      width: 'minmax(8rem, 1fr)',
      cell: ({ name }) => <span className="font-medium">{name}</span>,
    },
    {
      id: 'lastCall',
      title: t('agents.column.lastCall'),
      width: 'minmax(11rem, 1fr)',
      cell: (agent) => <LastCall agent={agent} />,
    },
    {
      id: 'keys',
      title: t('agents.column.keys'),
      width: '6rem',
      cell: ({ keys }) => <KeyHints keys={keys} />,
    },
    ...(isWide
      ? [
          {
            id: 'address',
            title: t('agents.column.address'),
            width: 'minmax(10rem, 2fr)',
            cell: ({ urls }: Agent) => <span className="font-mono text-sm text-fg-2">{urls[allServers]}</span>,
          },
        ]
      : []),
  ]
}

function LastCall({ agent }: { readonly agent: Agent }) {
  const time = lastCallOf(agent)
  return (
    <span className="flex items-center gap-2">
      <Circle
        size={10}
        aria-hidden
        fill={time === undefined ? 'none' : 'currentColor'}
        className={classNames('shrink-0', time === undefined ? 'text-fg-3' : 'text-allow')}
      />
      <span className={classNames('truncate', time === undefined && 'text-fg-2')}>{lastCallText(time)}</span>
    </span>
  )
}

function KeyHints({ keys }: Pick<Agent, 'keys'>) {
  return <span className="font-mono text-sm text-fg-2">{keys.map(({ hint }) => `··${hint}`).join(' ')}</span>
}

interface AgentPaneProps {
  readonly agent: Agent
  readonly onClose: () => void
  readonly onConnect: () => void
}

function AgentPane({ agent, onClose, onConnect }: AgentPaneProps) {
  const { t } = useTranslation()
  const { [allServers]: merged = '', ...urls } = agent.urls
  return (
    <DetailPane title={agent.name} onClose={onClose}>
      <LastCall agent={agent} />
      <section className="grid gap-1">
        <h3 className="font-semibold">{t('agents.pane.addresses')}</h3>
        <FactList>
          <Fact name={t('agents.pane.allServers')}>
            <Address url={merged} what={t('agents.pane.allServers')} />
          </Fact>
          {Object.entries(urls).map(([slug, url]) => (
            <Fact key={slug} name={slug}>
              <Address url={url} what={t('agents.pane.oneServer', { server: slug })} />
            </Fact>
          ))}
        </FactList>
        {Object.keys(urls).length === 0 && <p className="text-fg-2">{t('agents.pane.noServers')}</p>}
      </section>
      <section className="grid gap-2">
        <h3 className="font-semibold">{t('agents.pane.keys')}</h3>
        {agent.keys.length === 0 && <p className="text-fg-2">{t('agents.pane.revokedHere')}</p>}
        <ul className="grid gap-1">
          {agent.keys.map((key) => (
            <li key={key.id} className="flex items-center gap-2 rounded-control border border-line px-2 py-1">
              <span className="min-w-0 grow truncate">
                <code className="font-mono text-sm">··{key.hint}</code>
                <span className="text-fg-2"> · {lastCallText(key.lastUsedAt)}</span>
              </span>
              <RevokeKey agentKey={key} />
            </li>
          ))}
        </ul>
        <div>
          <Button onClick={onConnect}>{t('agents.pane.connectMore')}</Button>
        </div>
      </section>
    </DetailPane>
  )
}

function Address({ url, what }: { readonly url: string; readonly what: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 font-mono text-sm wrap-anywhere">{url}</code>
      <CopyButton text={url} what={what} />
    </span>
  )
}
