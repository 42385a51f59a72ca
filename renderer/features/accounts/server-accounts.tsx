/** The accounts that are connected at one server, and connecting them. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  invalidateOperations,
  listAccountsOptions,
  patchAccountMutation,
  removeAccountMutation,
  type ListAccountsResponse,
  type Server,
} from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { Button } from '../../components/button.js'
import { Dialog } from '../../components/dialog.js'
import { Skeleton } from '../../components/spinner.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { formatRelative } from '../../strings/format.js'
import { ErrorCard } from '../errors/error-card.js'
import { ConnectAccount } from './connect-account.js'

type Account = ListAccountsResponse['items'][number]

export function ServerAccounts({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(listAccountsOptions())
  const [label, setLabel] = useState('')
  const { slug } = server
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} quiet />
  if (data === undefined) return <Skeleton lines={2} />
  const accounts = data.items.filter((account) => account.server === slug)
  return (
    <div className="grid gap-3">
      {accounts.length === 0 && <p className="text-fg-2">{t('detail.accounts.none')}</p>}
      {accounts.length > 0 && (
        <ul className="grid gap-2">
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} />
          ))}
        </ul>
      )}
      {accounts.length === 0 ? (
        <ConnectAccount slug={slug} label={t('detail.accounts.connect')} primary />
      ) : (
        <details>
          <summary className="w-fit rounded-control px-1 text-accent">{t('detail.accounts.connectMore')}</summary>
          <div className="grid gap-2 pt-2">
            <TextField
              label={t('detail.accounts.label')}
              hint={t('detail.accounts.labelHint')}
              optional
              value={label}
              onChange={(event) => setLabel(event.target.value)}
            />
            <ConnectAccount slug={slug} label={t('detail.accounts.connect')} wish={label === '' ? {} : { label }} />
          </div>
        </details>
      )}
    </div>
  )
}

function AccountRow({ account }: { readonly account: Account }) {
  const { t } = useTranslation()
  const patch = useMutation({
    ...patchAccountMutation(),
    onSuccess: (_account, _sent, _result, { client }) => invalidateOperations(client, ['listAccounts', 'explain']),
  })
  const isConnected = account.status === 'connected'
  const subject =
    account.subject === ''
      ? t('detail.accounts.organization')
      : account.subject === 'local'
        ? t('detail.accounts.you')
        : account.subject
  return (
    <li className="grid gap-2 rounded-card border border-line bg-bg p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={isConnected ? 'allow' : 'open'}>
          {t(isConnected ? 'detail.accounts.connected' : 'detail.accounts.signIn')}
        </Badge>
        <span className="min-w-0 font-medium wrap-anywhere">
          {[account.label, subject, account.providerSubject]
            .filter((word) => word !== undefined && word !== '')
            .join(' · ')}
        </span>
        {account.default && <Badge>{t('detail.accounts.standard')}</Badge>}
      </div>
      <p className="text-sm text-fg-2 wrap-anywhere">
        {account.issuer} · {account.scopes.length === 0 ? t('detail.accounts.noScopes') : account.scopes.join(' ')}
        {account.expiresAt !== undefined && (
          <> · {t('detail.accounts.refreshes', { time: formatRelative(account.expiresAt) })}</>
        )}
      </p>
      {account.reason !== undefined && <p className="text-open wrap-anywhere">{account.reason}</p>}
      {patch.error !== null && <ErrorCard error={patch.error} />}
      <div className="flex flex-wrap items-start gap-2">
        {!isConnected && (
          <ConnectAccount
            slug={account.server}
            label={t('detail.accounts.reconnect')}
            primary
            wish={{
              ...(account.subject !== '' && { subject: account.subject }),
              ...(account.label !== undefined && { label: account.label }),
            }}
          />
        )}
        {!account.default && (
          <Button
            loading={patch.isPending}
            onClick={() => patch.mutate({ path: { id: account.id }, body: { default: true } })}
          >
            {t('detail.accounts.makeStandard')}
          </Button>
        )}
        <Disconnect account={account} />
      </div>
    </li>
  )
}

/** It revokes at the provider, which nothing here takes back: so it is asked first. */
function Disconnect({ account }: { readonly account: Account }) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const remove = useMutation({
    ...removeAccountMutation(),
    onSuccess: async (_nothing, _sent, _result, { client }) => {
      setAsking(false)
      showToast({ title: t('detail.accounts.disconnected') })
      await invalidateOperations(client, ['listAccounts', 'listServers', 'explain'])
    },
  })
  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {t('detail.accounts.disconnect')}
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={t('detail.accounts.disconnectTitle')}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{t('detail.accounts.cancel')}</Button>
            <Button
              variant="danger"
              loading={remove.isPending}
              onClick={() => remove.mutate({ path: { id: account.id } })}
            >
              {t('detail.accounts.disconnect')}
            </Button>
          </>
        }
      >
        <p>{t('detail.accounts.disconnectText')}</p>
        {remove.error !== null && <ErrorCard error={remove.error} />}
      </Dialog>
    </>
  )
}
