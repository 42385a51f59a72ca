import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { Dialog } from '../../components/dialog.js'
import { SecretField } from '../../components/secret-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'

export function PassphraseDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t('vault.passphrase.title')}
      description={t('vault.passphrase.text')}
    >
      <Passphrase onClose={onClose} />
    </Dialog>
  )
}

function Passphrase({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [first, setFirst] = useState('')
  const [again, setAgain] = useState('')
  const [differ, setDiffer] = useState(false)
  const save = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      await api.setPassphrase({ body: { passphrase: first }, throwOnError: true })
    },
    onSuccess: () => {
      showToast({ title: t('vault.passphrase.done'), tone: 'allow' })
      onClose()
    },
  })
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        setDiffer(first !== again)
        if (first === again) save.mutate()
      }}
    >
      <SecretField
        label={t('vault.passphrase.first')}
        autoComplete="new-password"
        value={first}
        onChange={(event) => setFirst(event.target.value)}
      />
      <SecretField
        label={t('vault.passphrase.again')}
        autoComplete="new-password"
        error={differ ? t('vault.passphrase.differ') : undefined}
        value={again}
        onChange={(event) => setAgain(event.target.value)}
      />
      {save.error !== null && <ErrorCard error={save.error} />}
      <div>
        <Button type="submit" variant="primary" loading={save.isPending} disabled={first === ''}>
          {t('vault.passphrase.save')}
        </Button>
      </div>
    </form>
  )
}
