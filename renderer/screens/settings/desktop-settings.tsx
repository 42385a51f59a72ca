/** What only the desktop app has: starting at login, notices, updates, folders. */
import type { DesktopState } from '../../../gateway-core/contract/desktop.js'
import { Button } from '../../components/button.js'
import { Checkbox, Switch } from '../../components/choice.js'
import { Skeleton } from '../../components/spinner.js'
import { t } from '../../strings/i18n.js'
import { desktop } from '../../desktop/desktop.js'
import { tellFailure, useDesktopState } from '../../desktop/use-desktop-state.js'

export function DesktopSettings() {
  const { state, change } = useDesktopState()
  if (desktop === undefined || state === undefined) return <Skeleton />
  const { preferences } = state
  const { platform, revealFolder } = desktop
  return (
    <>
      <section className="grid gap-2">
        <Switch
          label={t('settings.desktop.startAtLogin')}
          hint={t('settings.desktop.startAtLoginText')}
          checked={preferences.startAtLogin}
          onChange={(startAtLogin) => change({ startAtLogin })}
        />
        <Checkbox
          label={t('settings.desktop.startHidden')}
          checked={preferences.startHidden}
          disabled={!preferences.startAtLogin}
          onChange={(startHidden) => change({ startHidden })}
        />
        {platform === 'darwin' && (
          <Checkbox
            label={t('settings.desktop.hideDockIcon')}
            checked={preferences.hideDockIcon}
            onChange={(hideDockIcon) => change({ hideDockIcon })}
          />
        )}
      </section>
      <section className="grid gap-1">
        <h3 className="font-semibold">{t('settings.desktop.notices')}</h3>
        {(['notifySignIn', 'notifyDenials', 'notifyUpdates'] as const).map((name) => (
          <Checkbox
            key={name}
            label={t(`settings.desktop.${name}`)}
            checked={preferences[name]}
            onChange={(checked) => change({ [name]: checked })}
          />
        ))}
      </section>
      <section className="grid gap-2">
        <h3 className="font-semibold">{t('settings.desktop.updates')}</h3>
        <Switch
          label={t('settings.desktop.fetchUpdates')}
          checked={preferences.fetchUpdates}
          onChange={(fetchUpdates) => change({ fetchUpdates })}
        />
        <UpdateLine update={state.update} />
      </section>
      <section className="flex flex-wrap gap-2">
        <Button onClick={() => void revealFolder('data').catch(tellFailure)}>{t('settings.desktop.openData')}</Button>
        <Button onClick={() => void revealFolder('logs').catch(tellFailure)}>{t('settings.desktop.openLogs')}</Button>
      </section>
    </>
  )
}

function UpdateLine({ update }: { readonly update: DesktopState['update'] }) {
  const { phase } = update
  const check = (): void => void desktop?.checkForUpdate().catch(tellFailure)
  const install = (): void => void desktop?.installUpdate().catch(tellFailure)
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p role="status">{describe(update)}</p>
      {update.phase === 'ready' ? (
        <Button variant="primary" onClick={install}>
          {t('settings.desktop.install', { version: update.version })}
        </Button>
      ) : (
        <Button disabled={phase === 'off' || phase === 'checking' || phase === 'downloading'} onClick={check}>
          {t('settings.desktop.check')}
        </Button>
      )}
    </div>
  )
}

function describe(update: DesktopState['update']): string {
  switch (update.phase) {
    case 'off':
      return t('settings.desktop.phase.off', { because: update.because })
    case 'downloading':
      return t('settings.desktop.phase.downloading', { percent: Math.round(update.percent) })
    case 'ready':
      return t('settings.desktop.phase.ready', { version: update.version })
    case 'failed':
      return update.message
    default:
      return t(`settings.desktop.phase.${update.phase}`)
  }
}
