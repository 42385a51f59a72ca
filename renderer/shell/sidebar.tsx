/** The seven screens, the settings, and how the gateway is doing. */
import { Link } from '@tanstack/react-router'
import { PanelLeftClose, PanelLeftOpen, Pause, Play } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { useConnection, type GetStatusResponse } from '../client/api.js'
import { ariaKeys } from '../commands/chord.js'
import { useKeys } from '../commands/key-bindings.js'
import { runCommand } from '../commands/use-command.js'
import { IconButton } from '../components/button.js'
import { classNames } from '../components/class-names.js'
import { Kbd } from '../components/kbd.js'
import { Tooltip } from '../components/tooltip.js'
import { UnreadBadge } from '../features/exchanges/unread-badge.js'
import { ApprovalBadge } from '../features/shield/approval-badge.js'
import { createStoredValue } from '../state/stored-value.js'
import { screens, type Screen } from './screens.js'

const choice = createStoredValue<'auto' | 'open' | 'closed'>('sidebar', 'auto', (text) =>
  text === 'open' || text === 'closed' ? text : undefined,
)
const narrow = matchMedia('(max-width: 1099px)')

function isCollapsed(): boolean {
  return choice.get() === 'auto' ? narrow.matches : choice.get() === 'closed'
}

export function toggleSidebar(): void {
  choice.set(isCollapsed() ? 'open' : 'closed')
}

function subscribe(listener: () => void): () => void {
  narrow.addEventListener('change', listener)
  const unsubscribe = choice.subscribe(listener)
  return () => {
    narrow.removeEventListener('change', listener)
    unsubscribe()
  }
}

export function Sidebar({ status }: { readonly status: GetStatusResponse }) {
  const { t } = useTranslation()
  const collapsed = useSyncExternalStore(subscribe, isCollapsed)
  const main = screens.filter(({ command }) => command !== 'goSettings')
  const settings = screens.filter(({ command }) => command === 'goSettings')
  return (
    <nav
      aria-label={t('shell.nav')}
      className={classNames(
        'flex shrink-0 flex-col gap-0.5 overflow-x-hidden overflow-y-auto border-e border-line bg-panel p-2 transition-[width]',
        collapsed ? 'w-12' : 'w-52',
      )}
    >
      <div className="flex h-8 shrink-0 items-center justify-between ps-2">
        {!collapsed && <span className="truncate font-semibold">{t('shell.product')}</span>}
        <div className={collapsed ? '-ms-2' : undefined}>
          <IconButton
            label={t(collapsed ? 'shell.expand' : 'shell.collapse')}
            command="toggleSidebar"
            onClick={() => void runCommand('toggleSidebar')}
          >
            {collapsed ? <PanelLeftOpen size={16} aria-hidden /> : <PanelLeftClose size={16} aria-hidden />}
          </IconButton>
        </div>
      </div>
      {main.map((screen) => (
        <NavItem key={screen.path} screen={screen} collapsed={collapsed} />
      ))}
      <div className="grow" />
      <GatewayPill status={status} collapsed={collapsed} />
      {settings.map((screen) => (
        <NavItem key={screen.path} screen={screen} collapsed={collapsed} />
      ))}
    </nav>
  )
}

function NavItem({ screen, collapsed }: { readonly screen: Screen; readonly collapsed: boolean }) {
  const { t } = useTranslation()
  const keys = useKeys(screen.command)
  const title = t(screen.title)
  const link = (
    <Link
      to={screen.path}
      activeOptions={{ exact: screen.path === '/', includeSearch: false }}
      aria-label={collapsed ? title : undefined}
      aria-keyshortcuts={keys === undefined ? undefined : ariaKeys(keys)}
      className={classNames(
        'relative flex h-8 shrink-0 items-center gap-2 rounded-control text-fg-2 -outline-offset-2 hover:bg-hover aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-fg',
        collapsed ? 'w-8 justify-center' : 'px-2',
      )}
    >
      <screen.icon size={16} aria-hidden className="shrink-0" />
      {!collapsed && <span className="grow truncate">{title}</span>}
      {screen.command === 'goInspector' && <UnreadBadge collapsed={collapsed} />}
      {screen.command === 'goShield' && <ApprovalBadge small={collapsed} />}
      {!collapsed && keys !== undefined && <Kbd keys={keys} />}
    </Link>
  )
  return collapsed ? (
    <Tooltip text={title} keys={keys}>
      {link}
    </Tooltip>
  ) : (
    link
  )
}

/** Says that the gateway runs and where; pressed, copies the address that agents call. */
function GatewayPill({ status, collapsed }: { readonly status: GetStatusResponse; readonly collapsed: boolean }) {
  const { t } = useTranslation()
  const { port } = new URL(status.dataUrl)
  const look = useConnection() === 'lost' ? 'notAnswering' : status.paused ? 'paused' : 'running'
  const state = t(`shell.${look}`)
  return (
    <div className={classNames('flex shrink-0 items-center', collapsed && 'flex-col')}>
      <Tooltip text={t('shell.copyUrl', { url: status.dataUrl })}>
        <button
          type="button"
          onClick={() => void runCommand('copyGatewayUrl')}
          aria-label={`${state}. ${t('shell.copyUrl', { url: status.dataUrl })}`}
          className={classNames(
            'flex h-8 min-w-0 items-center gap-2 rounded-control text-start -outline-offset-2 hover:bg-hover',
            collapsed ? 'w-8 justify-center' : 'grow px-2',
          )}
        >
          <StateDot look={look} />
          {!collapsed && (
            <span className="flex min-w-0 grow items-baseline gap-2">
              <span className="font-medium">{state}</span>
              <span className="truncate font-mono text-xs text-fg-2">:{port}</span>
            </span>
          )}
        </button>
      </Tooltip>
      <IconButton
        label={t(status.paused ? 'shell.resume' : 'shell.pause')}
        command="pauseGateway"
        onClick={() => void runCommand('pauseGateway')}
      >
        {status.paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
      </IconButton>
    </div>
  )
}

/** A shape for each state, as a colour alone says nothing. */
function StateDot({ look }: { readonly look: 'running' | 'paused' | 'notAnswering' }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 10 10"
      className={classNames('size-2.5 shrink-0', look === 'running' ? 'text-allow' : 'text-open')}
    >
      {look === 'running' && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {look === 'paused' && <path d="M2 1h2v8H2zM6 1h2v8H6z" fill="currentColor" />}
      {look === 'notAnswering' && (
        <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="3 2" />
      )}
    </svg>
  )
}
