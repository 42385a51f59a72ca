/** What the gateway keeps for callers: accounts, secrets, its own registrations, and which tokens it obtained. */
import { getRouteApi } from '@tanstack/react-router'
import { ChevronDown, Lock, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useCommand, runCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { Menu } from '../../components/menu.js'
import { PageHeader } from '../../components/page-header.js'
import { Tabs } from '../../components/tabs.js'
import { ConnectAccountSheet } from '../../features/accounts/connect-account-sheet.js'
import { AccountList } from './account-list.js'
import { AddSecretSheet } from './add-secret-sheet.js'
import { ClientList } from './client-list.js'
import { IssuanceList } from './issuance-list.js'
import { PassphraseDialog } from './passphrase-dialog.js'
import { RecoveryDialog } from './recovery-dialog.js'
import { SecretList } from './secret-list.js'
import type { VaultListProps, VaultSearch, VaultSheet, VaultTab } from './vault-search.js'

const route = getRouteApi('/vault')

const lists: Readonly<Record<VaultTab, (props: VaultListProps) => React.ReactNode>> = {
  accounts: (props) => <AccountList {...props} />,
  secrets: (props) => <SecretList {...props} />,
  clients: (props) => <ClientList {...props} />,
  issuances: (props) => <IssuanceList {...props} />,
}
const tabNames = Object.keys(lists) as readonly VaultTab[]

export function VaultScreen() {
  const { t } = useTranslation()
  const { tab = 'accounts', selected, sheet } = route.useSearch()
  const navigate = route.useNavigate()
  const here = (more: VaultSearch): void =>
    void navigate({ search: { ...(tab !== 'accounts' && { tab }), ...more }, replace: true })
  const chosen = selected === undefined ? {} : { selected }
  const onSheet = (what: VaultSheet): void => here({ ...chosen, sheet: what })
  const close = (): void => here(chosen)
  useCommand('addSecret', () => onSheet('secret'))
  useCommand('connectAccount', () => onSheet('connect'))
  const props: VaultListProps = {
    selected,
    onSelect: (id) => here(id === undefined ? {} : { selected: id }),
    onSheet,
  }
  return (
    <>
      <PageHeader title={t('vault.title')} actions={<Actions tab={tab} onSheet={onSheet} />} />
      <Tabs
        label={t('vault.title')}
        value={tab}
        onChange={(next) => void navigate({ search: next === 'accounts' ? {} : { tab: next }, replace: true })}
        tabs={tabNames.map((value) => ({ value, label: t(`vault.tabs.${value}`), content: () => lists[value](props) }))}
      />
      <ConnectAccountSheet open={sheet === 'connect'} onClose={close} />
      <AddSecretSheet open={sheet === 'secret'} onClose={close} />
      <RecoveryDialog open={sheet === 'recovery'} onClose={close} />
      <PassphraseDialog open={sheet === 'passphrase'} onClose={close} />
    </>
  )
}

function Actions({ tab, onSheet }: { readonly tab: VaultTab; readonly onSheet: (sheet: VaultSheet) => void }) {
  const { t } = useTranslation()
  return (
    <>
      <Menu
        trigger={
          <Button variant="quiet">
            {t('vault.more')} <ChevronDown size={14} aria-hidden />
          </Button>
        }
        entries={[
          { label: t('vault.recovery.menu'), onSelect: () => onSheet('recovery') },
          { label: t('settings.security.passphrase'), onSelect: () => onSheet('passphrase') },
        ]}
      />
      <Button command="lock" icon={<Lock size={14} aria-hidden />} onClick={() => void runCommand('lock')}>
        {t('vault.lock')}
      </Button>
      {tab === 'secrets' ? (
        <Button
          variant="primary"
          command="addSecret"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => onSheet('secret')}
        >
          {t('vault.addSecret')}
        </Button>
      ) : (
        <Button
          variant="primary"
          command="connectAccount"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => onSheet('connect')}
        >
          {t('vault.connect')}
        </Button>
      )}
    </>
  )
}
