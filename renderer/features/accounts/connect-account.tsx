/** Connecting an account: a link for the system's browser, and waiting until somebody has signed in there. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  connectAccountMutation,
  getAttemptOptions,
  invalidateOperations,
  type ConnectAccountData,
  type ConnectAccountResponse,
} from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { Spinner } from '../../components/spinner.js'
import { showToast } from '../../components/toast.js'
import { formatDuration } from '../../strings/format.js'
import { ErrorCard } from '../errors/error-card.js'

/** Between two looks at an attempt. */
const lookEveryMs = 1_000

export interface ConnectAccountProps {
  readonly slug: string
  /** Whose, with which label and scopes. */
  readonly wish?: NonNullable<ConnectAccountData['body']>
  readonly label: string
  readonly primary?: boolean
}

export function ConnectAccount({ slug, wish = {}, label, primary }: ConnectAccountProps) {
  const [attempt, setAttempt] = useState<ConnectAccountResponse>()
  const connect = useMutation({ ...connectAccountMutation(), onSuccess: setAttempt })
  const begin = (): void => connect.mutate({ path: { slug }, body: wish })
  return (
    <div className="grid gap-2">
      {attempt === undefined ? (
        <div>
          <Button variant={primary === true ? 'primary' : 'secondary'} loading={connect.isPending} onClick={begin}>
            {label}
          </Button>
        </div>
      ) : (
        <Attempt key={attempt.attemptId} attempt={attempt} onEnd={() => setAttempt(undefined)} onAgain={begin} />
      )}
      {connect.error !== null && <ErrorCard error={connect.error} />}
    </div>
  )
}

interface AttemptProps {
  readonly attempt: ConnectAccountResponse
  readonly onEnd: () => void
  readonly onAgain: () => void
}

function Attempt({ attempt, onEnd, onAgain }: AttemptProps) {
  const { t } = useTranslation()
  const cache = useQueryClient()
  const leftMs = useLeft(attempt.expiresAt)
  const { data, error } = useQuery({
    ...getAttemptOptions({ path: { id: attempt.attemptId } }),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'pending' ? lookEveryMs : false),
    staleTime: 0,
  })
  const status = data?.status ?? 'pending'
  useEffect(() => {
    if (status !== 'connected') return
    showToast({ title: t('detail.accounts.connected'), tone: 'allow' })
    void invalidateOperations(cache, ['listAccounts', 'listServers', 'getServer', 'explain'])
    onEnd()
  }, [status, cache, onEnd, t])
  if (error !== null) return <ErrorCard error={error} onRetry={onAgain} />
  if (status === 'failed' || status === 'expired' || leftMs <= 0)
    return (
      <Banner tone="deny" announce action={<Button onClick={onAgain}>{t('detail.accounts.connect')}</Button>}>
        {status === 'failed' ? `${t('detail.accounts.failed')}: ${data?.error ?? ''}` : t('detail.accounts.expired')}
      </Banner>
    )
  return (
    <div
      role="group"
      aria-label={t('detail.accounts.connect')}
      className="grid gap-2 rounded-card border border-line bg-bg p-3"
    >
      <p role="status" className="flex items-center gap-2">
        <Spinner />
        {t('detail.accounts.waiting')}
      </p>
      <p className="text-sm text-fg-2">{t('detail.accounts.left', { left: formatDuration(leftMs) })}</p>
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          icon={<ExternalLink size={14} aria-hidden />}
          render={<a href={attempt.authorizationUrl} target="_blank" rel="noopener noreferrer" />}
        >
          {t('detail.accounts.openAgain')}
        </Button>
        <CopyButton text={attempt.authorizationUrl} what={t('detail.accounts.link')}>
          {t('detail.accounts.copyLink')}
        </CopyButton>
        <Button variant="quiet" onClick={onEnd}>
          {t('detail.accounts.cancel')}
        </Button>
      </div>
    </div>
  )
}

/** Milliseconds until a time, each second anew. @param time RFC 3339 */
function useLeft(time: string): number {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return Date.parse(time) - nowMs
}
