import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  listIssuancesOptions,
  listKeysOptions,
  patchAccountMutation,
  problemOf,
  removeAccountMutation,
  type Account,
} from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import { DetailPane } from '../../components/detail-pane.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { accountName, keysUsing, ownerName } from '../../features/accounts/account-names.js'
import { ConnectAccountSheet } from '../../features/accounts/connect-account-sheet.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { formatMoment, formatRelative } from '../../strings/format.js'

export function AccountPane({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <DetailPane title={accountName(account)} onClose={onClose}>
      {account.status === 'sign_in_needed' && (
        <Banner tone="open">{account.reason ?? t('vault.accounts.status.sign_in_needed')}</Banner>
      )}
      <AccountFacts account={account} />
      <AccountLabel account={account} />
      <AccountActions account={account} onClose={onClose} />
    </DetailPane>
  )
}

function AccountFacts({ account }: { readonly account: Account }) {
  const { t } = useTranslation()
  const keys = keysUsing(account, useQuery(listKeysOptions()).data?.items ?? [])
  const issuances = useQuery(listIssuancesOptions({ query: { server: account.server, limit: 100 } })).data?.items ?? []
  const last = issuances.find(({ clientId, caller }) => clientId === account.clientId && isOf(account, caller))
  const { providerSubject, tools, expiresAt } = account
  return (
    <FactList>
      <Fact name={t('vault.column.status')}>{t(`vault.accounts.status.${account.status}`)}</Fact>
      <Fact name={t('vault.column.subject')}>{ownerName(account)}</Fact>
      <Fact name={t('vault.accounts.issuer')}>{account.issuer}</Fact>
      {providerSubject !== undefined && <Fact name={t('vault.accounts.providerSubject')}>{providerSubject}</Fact>}
      <Fact name={t('vault.accounts.clientId')}>
        <code className="font-mono text-sm">{account.clientId}</code>
      </Fact>
      {tools !== undefined && <Fact name={t('vault.accounts.tools')}>{tools.join(', ')}</Fact>}
      <Fact name={t('vault.column.scopes')}>
        <code className="font-mono text-sm">{account.scopes.join(' ') || t('vault.none')}</code>
      </Fact>
      {expiresAt !== undefined && (
        <Fact name={t('vault.column.expires')}>
          {formatRelative(expiresAt)} <span className="text-fg-2">· {t('vault.accounts.refreshed')}</span>
        </Fact>
      )}
      <Fact name={t('vault.accounts.usedBy')}>{keys.map(({ name }) => name).join(', ') || t('vault.none')}</Fact>
      {last !== undefined && <Fact name={t('vault.accounts.lastIssued')}>{formatRelative(last.issuedAt)}</Fact>}
      <Fact name={t('vault.accounts.created')}>{formatMoment(account.createdAt)}</Fact>
    </FactList>
  )
}

/** Whether a token that a caller got may be the account's. */
function isOf({ subject }: Account, caller: { readonly subject: string } | null): boolean {
  return subject === '' || caller?.subject === subject
}

function AccountLabel({ account }: { readonly account: Account }) {
  const { t } = useTranslation()
  const [label, setLabel] = useState(account.label ?? '')
  const patch = useMutation({
    ...patchAccountMutation(),
    onSuccess: () => showToast({ title: t('vault.accounts.labelSaved'), tone: 'allow' }),
  })
  const labelError = patch.error === null ? undefined : problemOf(patch.error, 0).fieldError('label')
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        patch.mutate({ path: { id: account.id }, body: { label: label.trim() } })
      }}
    >
      <TextField
        label={t('vault.accounts.label')}
        hint={t('vault.accounts.labelHint')}
        error={labelError}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      {patch.error !== null && labelError === undefined && <ErrorCard error={patch.error} />}
      <div>
        <Button type="submit" loading={patch.isPending} disabled={label.trim() === (account.label ?? '')}>
          {t('vault.accounts.saveLabel')}
        </Button>
      </div>
    </form>
  )
}

function AccountActions({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<'reconnect' | 'disconnect'>()
  const path = { id: account.id }
  const name = accountName(account)
  const choose = useMutation({
    ...patchAccountMutation(),
    onSuccess: () => showToast({ title: t('vault.accounts.madeDefault', { name }), tone: 'allow' }),
  })
  const remove = useMutation({
    ...removeAccountMutation(),
    onSuccess: () => {
      showToast({ title: t('vault.accounts.disconnected', { name }) })
      onClose()
    },
  })
  const keys = keysUsing(account, useQuery(listKeysOptions()).data?.items ?? [])
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        variant={account.status === 'sign_in_needed' ? 'primary' : 'secondary'}
        onClick={() => setAsked('reconnect')}
      >
        {t('vault.accounts.reconnect')}
      </Button>
      {!account.default && (
        <Button loading={choose.isPending} onClick={() => choose.mutate({ path, body: { default: true } })}>
          {t('vault.accounts.makeDefault')}
        </Button>
      )}
      <Button variant="danger" onClick={() => setAsked('disconnect')}>
        {t('vault.accounts.disconnect')}
      </Button>
      {choose.error !== null && <ErrorCard error={choose.error} />}
      <ConnectAccountSheet open={asked === 'reconnect'} onClose={() => setAsked(undefined)} wish={wishOf(account)} />
      <ConfirmDialog
        open={asked === 'disconnect'}
        onClose={() => setAsked(undefined)}
        title={t('vault.accounts.disconnectTitle', { name })}
        action={t('vault.accounts.disconnect')}
        loading={remove.isPending}
        onConfirm={() => remove.mutate({ path })}
      >
        <p>{t('vault.accounts.disconnectText', { issuer: account.issuer })}</p>
        {keys.length > 0 && (
          <p>{t('vault.accounts.disconnectKeys', { keys: keys.map((key) => key.name).join(', ') })}</p>
        )}
        {remove.error !== null && <ErrorCard error={remove.error} />}
      </ConfirmDialog>
    </div>
  )
}

function wishOf({ server, subject, label, tools }: Account) {
  const tool = tools?.[0]
  return {
    server,
    ...(subject !== '' && { subject }),
    ...(label !== undefined && { label }),
    ...(tool !== undefined && { tool }),
  }
}
