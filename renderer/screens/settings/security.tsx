/** Locking, and the two ways in. */
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { createRecoveryKeyMutation, rotateSignInKeysMutation } from '../../client/api.js'
import { runCommand } from '../../commands/use-command.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { Select } from '../../components/select.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { desktop } from '../../desktop/desktop.js'
import { useDesktopState } from '../../desktop/use-desktop-state.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { ChangePassphrase } from '../../features/passphrase/change-passphrase.js'

export function Security() {
  const { t } = useTranslation()
  return (
    <>
      <section className="grid gap-2">
        <p className="text-fg-2">{t('settings.security.lockText')}</p>
        <div>
          <Button command="lock" onClick={() => void runCommand('lock')}>
            {t('settings.security.lockNow')}
          </Button>
        </div>
      </section>
      {desktop === undefined ? <p className="text-fg-2">{t('settings.security.browser')}</p> : <LockByItself />}
      <Passphrase />
      <RecoveryKey />
      <SigningKey />
    </>
  )
}

function Passphrase() {
  const { t } = useTranslation()
  return (
    <section className="grid gap-3">
      <header className="grid gap-1">
        <h3 className="font-semibold">{t('settings.security.passphrase')}</h3>
        <p className="text-fg-2">{t('settings.security.passphraseText')}</p>
      </header>
      <ChangePassphrase />
    </section>
  )
}

/** Shown once, and nowhere kept: the mutation forgets it with this component. */
function RecoveryKey() {
  const { t } = useTranslation()
  const make = useMutation({ ...createRecoveryKeyMutation(), gcTime: 0 })
  const key = make.data?.recoveryKey
  return (
    <section className="grid gap-3">
      <header className="grid gap-1">
        <h3 className="font-semibold">{t('settings.security.recovery')}</h3>
        <p className="text-fg-2">{t('settings.security.recoveryText')}</p>
      </header>
      {make.error !== null && <ErrorCard error={make.error} />}
      {key === undefined ? (
        <div>
          <Button loading={make.isPending} onClick={() => make.mutate({})}>
            {t('settings.security.makeRecovery')}
          </Button>
        </div>
      ) : (
        <Banner tone="open" announce action={<Button onClick={make.reset}>{t('settings.security.hide')}</Button>}>
          <p>{t('settings.security.recoveryOnce')}</p>
          <p className="flex items-center gap-2">
            <code className="font-mono wrap-anywhere">{key}</code>
            <CopyButton text={key} what={t('settings.security.recoveryWhat')} secret />
          </p>
        </Banner>
      )}
    </section>
  )
}

function SigningKey() {
  const { t } = useTranslation()
  const rotate = useMutation({
    ...rotateSignInKeysMutation(),
    onSuccess: ({ kid }) => showToast({ title: t('settings.security.rotated'), description: kid, tone: 'allow' }),
  })
  return (
    <section className="grid gap-3">
      <header className="grid gap-1">
        <h3 className="font-semibold">{t('settings.security.signing')}</h3>
        <p className="text-fg-2">{t('settings.security.signingText')}</p>
      </header>
      {rotate.error !== null && <ErrorCard error={rotate.error} />}
      <div>
        <Button loading={rotate.isPending} onClick={() => rotate.mutate({})}>
          {t('settings.security.rotate')}
        </Button>
      </div>
    </section>
  )
}

const levels = ['off', 'window', 'vault'] as const

function LockByItself() {
  const { t } = useTranslation()
  const { state, change } = useDesktopState()
  if (state === undefined) return null
  const { preferences } = state
  const options = levels.map((value) => ({ value, label: t(`settings.security.level.${value}`) }))
  return (
    <section className="grid gap-3">
      <header className="grid gap-1">
        <h3 className="font-semibold">{t('settings.security.idle')}</h3>
        <p className="text-fg-2">{t('settings.security.idleText')}</p>
      </header>
      <div className="grid grid-cols-2 gap-4">
        <Select
          label={t('settings.security.onIdle')}
          value={preferences.lockOnIdle}
          options={options}
          onChange={(lockOnIdle) => change({ lockOnIdle })}
        />
        <TextField
          label={t('settings.security.idleMinutes')}
          type="number"
          min={1}
          max={1440}
          disabled={preferences.lockOnIdle === 'off'}
          value={preferences.idleMinutes}
          onChange={(event) => change({ idleMinutes: Number(event.target.value) })}
        />
        <Select
          label={t('settings.security.onSuspend')}
          value={preferences.lockOnSuspend}
          options={options}
          onChange={(lockOnSuspend) => change({ lockOnSuspend })}
        />
        <Select
          label={t('settings.security.onScreenLock')}
          value={preferences.lockOnScreenLock}
          options={options}
          onChange={(lockOnScreenLock) => change({ lockOnScreenLock })}
        />
      </div>
    </section>
  )
}
