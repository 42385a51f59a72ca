/** Which of the two callback addresses the servers of a profile give to providers: a setting of the profile. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { getProfileOptions, listProfilesOptions } from '../../client/api.js'
import { Select } from '../../components/select.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { applyFile } from '../../features/profiles/profile-file.js'

const hosts = ['127.0.0.1', 'localhost'] as const
type Host = (typeof hosts)[number]

interface WithCallback {
  readonly oauth?: { readonly callback_host?: Host }
}

export function CallbackHosts() {
  const profiles = useQuery(listProfilesOptions()).data?.items ?? []
  return (
    <div className="grid max-w-md gap-3 pt-2">
      {profiles
        .filter(({ servers }) => servers > 0)
        .map(({ name }) => (
          <CallbackHost key={name} name={name} />
        ))}
    </div>
  )
}

function CallbackHost({ name }: { readonly name: string }) {
  const { t } = useTranslation()
  const { data } = useQuery(getProfileOptions({ path: { name } }))
  // The gateway has checked it, and writes it as it was given.
  const profile = data as WithCallback | undefined
  const host = profile?.oauth?.callback_host ?? '127.0.0.1'
  const set = useMutation({
    mutationFn: (next: Host) =>
      applyFile(
        { kind: 'text', name, text: JSON.stringify({ ...profile, oauth: { ...profile?.oauth, callback_host: next } }) },
        { dryRun: false, approveCommands: false },
      ),
  })
  const change = (next: Host): void =>
    set.mutate(next, {
      onSuccess: () =>
        showToast({ title: t('settings.network.hostSet', { name, host: next }), undo: () => set.mutate(host) }),
    })
  if (profile === undefined) return null
  return (
    <>
      <Select
        label={t('settings.network.host', { name })}
        value={host}
        options={hosts.map((value) => ({ value, label: value }))}
        onChange={(next) => next !== host && change(next)}
      />
      {set.error !== null && <ErrorCard error={set.error} />}
    </>
  )
}
