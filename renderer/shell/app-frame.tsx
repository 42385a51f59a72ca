/** The frame around every screen; before the vault is open, the one input that opens it. */
import { useQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { getStatusOptions, useConnection } from '../client/api.js'
import { Banner } from '../components/banner.js'
import { Spinner } from '../components/spinner.js'
import { ErrorCard } from '../features/errors/error-card.js'
import { SignedOut } from './dead-ends.js'
import { DesktopLink } from './desktop-link.js'
import { LockScreen } from './lock-screen.js'
import { ShellCommands } from './shell-commands.js'
import { Sidebar } from './sidebar.js'

export function AppFrame() {
  const { t } = useTranslation()
  const connection = useConnection()
  const { data: status, error, refetch } = useQuery(getStatusOptions())
  if (connection === 'signed_out') return <SignedOut />
  if (status === undefined)
    return (
      <main className="mx-auto grid max-w-lg p-8">
        {error === null ? (
          <p role="status" className="flex items-center gap-2">
            <Spinner />
            {t('shell.starting')}
          </p>
        ) : (
          <ErrorCard error={error} onRetry={() => void refetch()} />
        )}
      </main>
    )
  if (status.vault !== 'unlocked') return <LockScreen key={status.vault} vault={status.vault} />
  return (
    <div className="flex h-full flex-col">
      <a
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          document.querySelector<HTMLElement>('#content')?.focus()
        }}
        className="sr-only z-50 rounded-control bg-accent-solid px-3 py-1 text-on-accent focus:not-sr-only focus:absolute focus:m-2"
      >
        {t('shell.skip')}
      </a>
      <ShellCommands status={status} />
      <DesktopLink />
      {connection === 'lost' && (
        <Banner tone="open" announce>
          {t('shell.lost')}
        </Banner>
      )}
      <div className="flex min-h-0 flex-1">
        <Sidebar status={status} />
        <main id="content" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col overflow-auto outline-none">
          <Outlet />
        </main>
      </div>
    </div>
  )
}
