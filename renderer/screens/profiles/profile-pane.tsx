import { useMutation, useQuery } from '@tanstack/react-query'
import { Download, KeyRound, Pencil, UserRound } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, getProfileOptions } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { CodeEditor } from '../../components/code-editor.js'
import { CopyButton } from '../../components/copy-button.js'
import { DetailPane } from '../../components/detail-pane.js'
import { Dialog } from '../../components/dialog.js'
import { Skeleton } from '../../components/spinner.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { NewPassphraseForm } from '../../features/passphrase/new-passphrase-form.js'
import { download, readProfileYaml } from '../../features/profiles/profile-file.js'
import { profileNeeds, type ProfileNeeds } from '../../features/profiles/profile-needs.js'
import { giveToImport } from './import-profile-dialog.js'

export interface ProfilePaneProps {
  readonly name: string
  readonly updatedAt: string
  readonly onClose: () => void
  /** Opens the dialog that a text was given to. */
  readonly onEdit: () => void
}

export function ProfilePane({ name, updatedAt, onClose, onEdit }: ProfilePaneProps) {
  const { t } = useTranslation()
  const [sealing, setSealing] = useState(false)
  const file = useQuery({
    queryKey: ['profileYaml', name, updatedAt],
    queryFn: () => readProfileYaml(name),
    staleTime: 0,
  })
  const profile = useQuery(getProfileOptions({ path: { name } }))
  const error = file.error ?? profile.error
  const text = file.data
  return (
    <DetailPane title={name} onClose={onClose}>
      {error !== null && <ErrorCard error={error} quiet />}
      {profile.data !== undefined && <Needs needs={profileNeeds(profile.data)} />}
      <section className="grid grid-cols-1 gap-2">
        <div className="flex flex-wrap items-center gap-2">
          <h3 className="grow font-semibold">{t('profiles.file')}</h3>
          {text !== undefined && (
            <>
              <Button
                icon={<Pencil size={14} aria-hidden />}
                onClick={() => {
                  giveToImport({ text, name })
                  onEdit()
                }}
              >
                {t('profiles.edit')}
              </Button>
              <CopyButton text={text} what={t('profiles.whatFile')}>
                {t('profiles.copy')}
              </CopyButton>
              <Button
                icon={<Download size={14} aria-hidden />}
                onClick={() => download(`${name}.yaml`, new Blob([text], { type: 'application/yaml' }))}
              >
                {t('profiles.download')}
              </Button>
            </>
          )}
        </div>
        {text === undefined ? (
          <Skeleton lines={6} />
        ) : (
          <CodeEditor label={t('profiles.fileLabel', { name })} language="yaml" value={text} />
        )}
        <p className="text-sm text-fg-2">{t('profiles.noSecrets')}</p>
        <div>
          <Button variant="quiet" onClick={() => setSealing(true)}>
            {t('profiles.sealed.open')}
          </Button>
        </div>
      </section>
      <Dialog
        open={sealing}
        onOpenChange={setSealing}
        title={t('profiles.sealed.title', { name })}
        description={t('profiles.sealed.text')}
      >
        <SealedExport name={name} onDone={() => setSealing(false)} />
      </Dialog>
    </DetailPane>
  )
}

function Needs({ needs: { secrets, accounts } }: { readonly needs: ProfileNeeds }) {
  const { t } = useTranslation()
  const count = secrets.length + accounts.length
  if (count === 0) return <p className="text-fg-2">{t('profiles.needsNothing')}</p>
  return (
    <section className="grid gap-1">
      <h3 className="font-semibold">{t('profiles.needs', { count })}</h3>
      <ul className="grid gap-0.5">
        {secrets.map((name) => (
          <li key={name} className="flex items-center gap-2">
            <KeyRound size={14} aria-hidden className="shrink-0 text-fg-2" />
            <code className="min-w-0 font-mono text-sm wrap-anywhere">{name}</code>
            <span className="text-fg-2">{t('profiles.needsSecret')}</span>
          </li>
        ))}
        {accounts.map((server) => (
          <li key={server} className="flex items-center gap-2">
            <UserRound size={14} aria-hidden className="shrink-0 text-fg-2" />
            {t('profiles.needsAccount', { server })}
          </li>
        ))}
      </ul>
    </section>
  )
}

function SealedExport({ name, onDone }: { readonly name: string; readonly onDone: () => void }) {
  const { t } = useTranslation()
  const save = useMutation({
    gcTime: 0,
    mutationFn: async (recipientPassphrase: string) => {
      const { data } = await api.exportSealedProfile({
        path: { name },
        body: { recipientPassphrase },
        parseAs: 'blob',
        throwOnError: true,
      })
      download(`${name}.age`, data as Blob)
    },
    onSuccess: () => {
      showToast({ title: t('profiles.sealed.done', { name }), tone: 'allow' })
      onDone()
    },
  })
  return (
    <NewPassphraseForm
      label={t('profiles.sealed.passphrase')}
      submit={t('profiles.sealed.save')}
      primary
      loading={save.isPending}
      error={save.error}
      onChosen={(passphrase) => save.mutate(passphrase)}
    />
  )
}
