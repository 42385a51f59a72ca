/** The whole page while there is no open vault: one input, and what it is for. */
import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { unlockMutation } from '../client/api.js'
import { Button } from '../components/button.js'
import { SecretField } from '../components/secret-field.js'
import { desktop } from '../desktop/desktop.js'
import { tellFailure, useDesktopState } from '../desktop/use-desktop-state.js'
import { ErrorCard } from '../features/errors/error-card.js'

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
  return (
    <PassphraseForm
      onSubmit={() => unlock.mutate({ body: recovery ? { recoveryKey: given.trim() } : { passphrase: given } })}
      submit={t('shell.unlock.submit')}
      loading={unlock.isPending}
      error={unlock.error}
      other={
        <>
          <Button variant="quiet" onClick={() => setRecovery(!recovery)}>
            {t(recovery ? 'shell.unlock.usePassphrase' : 'shell.unlock.useRecovery')}
          </Button>
          <KeychainButton />
        </>
      }
    >
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
    </PassphraseForm>
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
  const [given, setGiven] = useState('')
  const [again, setAgain] = useState('')
  const [differ, setDiffer] = useState(false)
  const unlock = useUnlock()
  return (
    <PassphraseForm
      onSubmit={() => {
        setDiffer(given !== again)
        if (given === again) unlock.mutate({ body: { passphrase: given } })
      }}
      submit={t('shell.create.submit')}
      loading={unlock.isPending}
      error={unlock.error}
    >
      <SecretField
        label={t('shell.unlock.passphrase')}
        autoComplete="new-password"
        autoFocus
        required
        maxLength={1024}
        value={given}
        onChange={(event) => setGiven(event.target.value)}
      />
      <SecretField
        label={t('shell.create.again')}
        autoComplete="new-password"
        required
        maxLength={1024}
        value={again}
        onChange={(event) => setAgain(event.target.value)}
        error={differ ? t('shell.create.differ') : undefined}
      />
    </PassphraseForm>
  )
}

function useUnlock() {
  return useMutation({
    ...unlockMutation(),
    gcTime: 0,
  })
}

function PassphraseForm(props: {
  readonly onSubmit: () => void
  readonly submit: string
  readonly loading: boolean
  readonly error: unknown
  readonly children: ReactNode
  readonly other?: ReactNode
}) {
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault()
    props.onSubmit()
  }
  return (
    <form onSubmit={onSubmit} className="grid gap-4">
      {props.children}
      {props.error !== null && <ErrorCard error={props.error} quiet />}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" variant="primary" loading={props.loading}>
          {props.submit}
        </Button>
        {props.other}
      </div>
    </form>
  )
}
