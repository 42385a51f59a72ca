/** Signing in to a server that asks for it, in a tab of its own. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, getAttemptOptions, onGatewayEvent, type ConnectAccountResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Spinner } from '../../components/spinner.js'
import { openOutside } from '../../desktop/open-outside.js'
import { formatRelative } from '../../strings/format.js'
import { ErrorCard } from '../errors/error-card.js'

const lookEveryMs = 1_000

export function ConnectStep({ slug, onConnected }: { readonly slug: string; readonly onConnected: () => void }) {
  const { t } = useTranslation()
  const [attempt, setAttempt] = useState<ConnectAccountResponse>()
  const begin = useMutation({
    mutationFn: async () => {
      const tab = openOutside()
      try {
        const app_auth = { type: 'oauth2_authorization_code' }
        await api.patchServer({ path: { slug }, body: { app_auth }, throwOnError: true })
        const { data } = await api.connectAccount({ path: { slug }, body: {}, throwOnError: true })
        tab.show(data.authorizationUrl)
        return data
      } catch (error) {
        tab.abandon()
        throw error
      }
    },
    gcTime: 0,
    onSuccess: setAttempt,
  })
  const connect = (
    <Button variant="primary" loading={begin.isPending} onClick={() => begin.mutate()}>
      {t('firstRun.attempt.connect')}
    </Button>
  )
  return (
    <div className="grid gap-3">
      {attempt === undefined ? (
        <>
          <p>{t('firstRun.attempt.connectText')}</p>
          <div>{connect}</div>
        </>
      ) : (
        <Waiting attempt={attempt} onConnected={onConnected} onCancel={() => setAttempt(undefined)} again={connect} />
      )}
      {begin.error !== null && <ErrorCard error={begin.error} />}
    </div>
  )
}

function Waiting(props: {
  readonly attempt: ConnectAccountResponse
  readonly onConnected: () => void
  readonly onCancel: () => void
  readonly again: React.ReactNode
}) {
  const { t } = useTranslation()
  const cache = useQueryClient()
  const { attemptId, authorizationUrl, expiresAt } = props.attempt
  const options = getAttemptOptions({ path: { id: attemptId } })
  const query = useQuery({
    ...options,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'pending' ? lookEveryMs : false),
  })
  useEffect(
    () => onGatewayEvent('account', () => void cache.invalidateQueries({ queryKey: options.queryKey })),
    [cache, options.queryKey],
  )
  const status = query.data?.status
  const { onConnected } = props
  useEffect(() => {
    if (status === 'connected') onConnected()
  }, [status, onConnected])
  if (query.error !== null) return <ErrorCard error={query.error} onRetry={() => void query.refetch()} />
  if (status === 'failed' || status === 'expired')
    return (
      <Banner tone="open" announce action={props.again}>
        <p>{t(status === 'failed' ? 'firstRun.attempt.failed' : 'firstRun.attempt.expired')}</p>
        {query.data?.error !== undefined && <p className="text-fg-2">{query.data.error}</p>}
      </Banner>
    )
  return (
    <div className="grid gap-2">
      <p role="status" className="flex items-center gap-2">
        <Spinner />
        {t('firstRun.attempt.waiting', { when: formatRelative(expiresAt) })}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => openOutside().show(authorizationUrl)}>{t('firstRun.attempt.reopen')}</Button>
        <Button variant="quiet" onClick={props.onCancel}>
          {t('firstRun.attempt.cancel')}
        </Button>
      </div>
    </div>
  )
}
