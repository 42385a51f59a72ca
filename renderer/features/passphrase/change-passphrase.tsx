import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { setPassphraseMutation } from '../../client/api.js'
import { showToast } from '../../components/toast.js'
import { NewPassphraseForm } from './new-passphrase-form.js'

/** Another passphrase for the vault. The mutation forgets it with this component. */
export function ChangePassphrase({
  primary = false,
  onDone,
}: {
  readonly primary?: boolean
  readonly onDone?: () => void
}) {
  const { t } = useTranslation()
  const change = useMutation({ ...setPassphraseMutation(), gcTime: 0 })
  return (
    <NewPassphraseForm
      label={t('settings.security.newPassphrase')}
      submit={t('settings.security.change')}
      primary={primary}
      loading={change.isPending}
      error={change.error}
      onChosen={(passphrase, clear) =>
        change.mutate(
          { body: { passphrase } },
          {
            onSuccess: () => {
              clear()
              showToast({ title: t('settings.security.changed'), tone: 'allow' })
              onDone?.()
            },
          },
        )
      }
    />
  )
}
