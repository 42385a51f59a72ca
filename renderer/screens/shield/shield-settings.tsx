/** How strict Shield is. A person's own settings are a profile of their own, which others can only make stricter. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api, listProfilesOptions, type GetShieldResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { RadioCards, Switch } from '../../components/choice.js'
import { Skeleton } from '../../components/spinner.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { useKept } from '../../state/use-kept.js'

/** Name of the profile that holds what is set here. */
const profileName = 'my-shield'

interface Own {
  readonly enabled?: boolean
  readonly on_failure?: 'allow' | 'deny'
  readonly timeout_ms?: number
  readonly ask_timeout_ms?: number
  readonly pin_tools?: boolean
  readonly remote?: { readonly url: string; readonly credential?: { readonly secret: string } }
}

export function ShieldSettings({ state }: { readonly state: GetShieldResponse }) {
  const profiles = useQuery(listProfilesOptions())
  const exists = profiles.data?.items.some(({ name }) => name === profileName)
  const own = useQuery({
    queryKey: ['ownShield', exists, profiles.dataUpdatedAt],
    queryFn: async (): Promise<Own> => {
      if (exists !== true) return {}
      const { data } = await api.getProfile({ path: { name: profileName }, throwOnError: true })
      // The gateway has checked it, and writes it as it was given.
      return (data as { readonly shield?: Own }).shield ?? {}
    },
    enabled: exists !== undefined,
    gcTime: 0,
  })
  const error = profiles.error ?? own.error
  return (
    <div className="mx-auto grid w-full max-w-2xl grid-cols-1 gap-6 p-4">
      <Effective state={state} />
      {error !== null && <ErrorCard error={error} />}
      {own.data === undefined ? (
        error === null && <Skeleton />
      ) : (
        <OwnForm key={JSON.stringify(own.data)} own={own.data} />
      )}
    </div>
  )
}

function Effective({ state }: { readonly state: GetShieldResponse }) {
  const { t } = useTranslation()
  const rows = [
    [t('shield.settings.enabled'), t(state.enabled ? 'shield.on' : 'shield.off')],
    [t('shield.settings.pinTools'), t(state.pinTools ? 'shield.on' : 'shield.off')],
    [t('shield.settings.onFailure'), t(`shield.settings.${state.onFailure}`)],
    [t('shield.settings.timeout'), String(state.timeoutMs)],
    [t('shield.settings.askTimeout'), String(state.askTimeoutMs)],
    [t('shield.settings.remote'), state.remotes.map(({ url }) => url).join(', ') || t('shield.settings.noRemote')],
  ]
  return (
    <section className="grid gap-2">
      <h2 className="text-lg">{t('shield.settings.effective')}</h2>
      <dl className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-card border border-line bg-panel px-4 py-3">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-fg-2">{name}</dt>
            <dd className="min-w-0 wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function OwnForm({ own }: { readonly own: Own }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useKept('shield settings', own)
  const save = useMutation({
    mutationFn: async (confirmed: boolean) => {
      const { warnings } = await applyOwn(draft, !confirmed)
      const weaker = warnings.filter((warning) => warning.startsWith('shield:'))
      if (confirmed || weaker.length > 0) return confirmed ? [] : weaker
      await applyOwn(draft, false)
      return []
    },
    onSuccess: (weaker) => {
      if (weaker.length > 0) return
      setDraft(undefined)
      showToast({ title: t('shield.settings.saved') })
    },
  })
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(false)
      }}
    >
      <header className="grid gap-1">
        <h2 className="text-lg">{t('shield.settings.title')}</h2>
        <p className="text-fg-2">{t('shield.settings.text', { profile: profileName })}</p>
      </header>
      <StrictnessFields draft={draft} onChange={(part) => setDraft({ ...draft, ...part })} />
      <RemoteFields draft={draft} onChange={setDraft} />
      {save.error !== null && <ErrorCard error={save.error} />}
      {save.data !== undefined && save.data.length > 0 && (
        <Weaker warnings={save.data} onAnyway={() => save.mutate(true)} />
      )}
      <div>
        <Button type="submit" variant="primary" loading={save.isPending}>
          {t('shield.settings.save')}
        </Button>
      </div>
    </form>
  )
}

function StrictnessFields({
  draft,
  onChange: change,
}: {
  readonly draft: Own
  readonly onChange: (part: Own) => void
}) {
  const { t } = useTranslation()
  return (
    <>
      <Switch
        label={t('shield.settings.enabled')}
        hint={t('shield.settings.enabledHint')}
        checked={draft.enabled === true}
        onChange={(enabled) => change({ enabled })}
      />
      <Switch
        label={t('shield.settings.pinTools')}
        checked={draft.pin_tools ?? draft.enabled === true}
        onChange={(pin_tools) => change({ pin_tools })}
      />
      <RadioCards
        label={t('shield.settings.onFailure')}
        value={draft.on_failure ?? 'allow'}
        onChange={(on_failure) => change({ on_failure })}
        cards={[
          { value: 'allow', title: t('shield.settings.allow') },
          { value: 'deny', title: t('shield.settings.deny') },
        ]}
      />
      <div className="grid grid-cols-2 items-start gap-4">
        <TextField
          label={t('shield.settings.timeout')}
          type="number"
          min={1}
          max={60_000}
          value={draft.timeout_ms ?? 1500}
          onChange={(event) => change({ timeout_ms: Number(event.target.value) })}
        />
        <TextField
          label={t('shield.settings.askTimeout')}
          type="number"
          min={1}
          max={3_600_000}
          value={draft.ask_timeout_ms ?? 60_000}
          onChange={(event) => change({ ask_timeout_ms: Number(event.target.value) })}
        />
      </div>
    </>
  )
}

/** What Shield would no longer do, and a person's yes to that. */
function Weaker({ warnings, onAnyway }: { readonly warnings: readonly string[]; readonly onAnyway: () => void }) {
  const { t } = useTranslation()
  return (
    <Banner
      tone="open"
      announce
      action={
        <Button variant="danger" onClick={onAnyway}>
          {t('shield.settings.anyway')}
        </Button>
      }
    >
      <p className="font-medium">{t('shield.settings.weaker')}</p>
      {warnings.map((warning) => (
        <p key={warning}>{warning}</p>
      ))}
    </Banner>
  )
}

function RemoteFields({ draft, onChange }: { readonly draft: Own; readonly onChange: (own: Own) => void }) {
  const { t } = useTranslation()
  const { remote, ...rest } = draft
  const credential = remote?.credential?.secret ?? ''
  const change = (url: string, secret: string): void =>
    onChange(url === '' ? rest : { ...rest, remote: { url, ...(secret !== '' && { credential: { secret } }) } })
  return (
    <div className="grid grid-cols-2 items-start gap-4">
      <TextField
        label={t('shield.settings.remote')}
        hint={t('shield.settings.remoteHint')}
        optional
        mono
        type="url"
        value={remote?.url ?? ''}
        onChange={(event) => change(event.target.value, credential)}
      />
      <TextField
        label={t('shield.settings.credential')}
        optional
        mono
        disabled={remote === undefined}
        value={credential}
        onChange={(event) => change(remote?.url ?? '', event.target.value)}
      />
    </div>
  )
}

async function applyOwn(shield: Own, dryRun: boolean): Promise<{ readonly warnings: readonly string[] }> {
  const { data } = await api.applyProfile({
    body: JSON.stringify({ gatehouse: 1, name: profileName, shield }),
    bodySerializer: (body: unknown) => String(body),
    headers: { 'content-type': 'application/json' },
    query: { name: profileName, dryRun: dryRun ? 'true' : 'false', approveCommands: 'false' },
    throwOnError: true,
  })
  return data
}
