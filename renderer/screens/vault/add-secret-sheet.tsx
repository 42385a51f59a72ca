import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { Sheet } from '../../components/dialog.js'
import { SecretField } from '../../components/secret-field.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { putSecret } from './secret-pane.js'

export function AddSecretSheet({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Sheet open={open} onOpenChange={(next) => !next && onClose()} title={t('vault.secrets.add.title')}>
      <AddSecret onClose={onClose} />
    </Sheet>
  )
}

function AddSecret({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [subject, setSubject] = useState('')
  const [value, setValue] = useState('')
  const add = useMutation({
    gcTime: 0,
    mutationFn: () => putSecret(name.trim(), subject.trim() === '' ? undefined : subject.trim(), value),
    onSuccess: () => {
      showToast({ title: t('vault.secrets.add.added', { name: name.trim() }), tone: 'allow' })
      onClose()
    },
  })
  const problem = add.error === null ? undefined : problemOf(add.error, 0)
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate()
      }}
    >
      <TextField
        label={t('vault.secrets.add.name')}
        hint={t('vault.secrets.add.nameHint')}
        error={problem?.fieldError('name')}
        mono
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t('vault.secrets.add.subject')}
        hint={t('vault.secrets.add.subjectHint')}
        error={problem?.fieldError('subject')}
        optional
        value={subject}
        onChange={(event) => setSubject(event.target.value)}
      />
      <SecretField
        label={t('vault.secrets.add.value')}
        error={problem?.fieldError('value')}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      {problem !== undefined && problem.errors.length === 0 && <ErrorCard error={problem} />}
      <div>
        <Button type="submit" variant="primary" loading={add.isPending} disabled={name.trim() === '' || value === ''}>
          {t('vault.secrets.add.save')}
        </Button>
      </div>
    </form>
  )
}
