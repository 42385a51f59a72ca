/** The whole page while there is no open vault: one input, and what it is for. */
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { unlockMutation } from '../client/api.js'
import { Button } from '../components/button.js'
import { SecretField } from '../components/secret-field.js'
import { desktop } from '../desktop/desktop.js'
import { tellFailure, useDesktopState } from '../desktop/use-desktop-state.js'
import { ErrorCard } from '../features/errors/error-card.js'
import { NewPassphraseForm } from '../features/passphrase/new-passphrase-form.js'

export function LockScreen({ vault }: { readonly vault: 'locked' | 'uninitialized' }) {
  const { t } = useTranslation()
  const words = vault === 'locked' ? 'unlock' : 'create'
  return (
    <main className="mx-auto grid min-h-full max-w-md content-center gap-6 p-8">
      <div className="grid gap-2">
        <p className="font-semibold text-accent">{t('shell.product')}</p>
        <h1 className="text-2xl">{t(`shell.${words}.title`)}</h1>
        <p className="text-fg-2">{t(`shell.${words}.text`)}</p>
      </div>
      {vault === 'locked' ? <UnlockForm /> : <CreateForm />}
    </main>
  )
}

function UnlockForm() {
  const { t } = useTranslation()
  const [recovery, setRecovery] = useState(false)
  const [given, setGiven] = useState('')
  const unlock = useUnlock()
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    unlock.mutate({ body: recovery ? { recoveryKey: given.trim() } : { passphrase: given } })
  }
  return (
    <form onSubmit={onSubmit} className="grid gap-4">
      <SecretField
        key={String(recovery)}
        label={t(recovery ? 'shell.unlock.recoveryKey' : 'shell.unlock.passphrase')}
        autoComplete={recovery ? 'off' : 'current-password'}
        autoFocus
        required
        maxLength={1024}
        value={given}
        onChange={(event) => setGiven(event.target.value)}
      />
      {unlock.error !== null && <ErrorCard error={unlock.error} quiet />}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" variant="primary" loading={unlock.isPending}>
          {t('shell.unlock.submit')}
        </Button>
        <Button variant="quiet" onClick={() => setRecovery(!recovery)}>
          {t(recovery ? 'shell.unlock.usePassphrase' : 'shell.unlock.useRecovery')}
        </Button>
        <KeychainButton />
      </div>
    </form>
  )
}

/** Where the desktop app may keep the vault's key with the operating system. */
function KeychainButton() {
  const { t } = useTranslation()
  const { state } = useDesktopState()
  if (desktop === undefined || state?.keychain !== true) return null
  const { unlockWithKeychain } = desktop
  return <Button onClick={() => void unlockWithKeychain().catch(tellFailure)}>{t('shell.keychain')}</Button>
}

function CreateForm() {
  const { t } = useTranslation()
  const unlock = useUnlock()
  return (
    <NewPassphraseForm
      label={t('shell.unlock.passphrase')}
      submit={t('shell.create.submit')}
      primary
      autoFocus
      loading={unlock.isPending}
      error={unlock.error}
      onChosen={(passphrase) => unlock.mutate({ body: { passphrase } })}
    />
  )
}

function useUnlock() {
  return useMutation({ ...unlockMutation(), gcTime: 0 })
}
