/** Chooses a secret of the vault by its name, or stores one there. A value is in the page only while it is typed. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { invalidateOperations, listSecretsOptions, problemOf, setSecretMutation } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { Combobox } from '../../components/combobox.js'
import { SecretField } from '../../components/secret-field.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../errors/error-card.js'

export interface SecretPickerProps {
  readonly label: string
  /** Empty while none is chosen. */
  readonly value: string
  readonly onChange: (name: string) => void
  /** For one that is made here: `github-token`. */
  readonly suggestedName: string
  readonly error: string | undefined
  readonly optional?: boolean
}

export function SecretPicker({ label, value, onChange, suggestedName, error, optional }: SecretPickerProps) {
  const { t } = useTranslation()
  const secrets = useQuery({ ...listSecretsOptions(), staleTime: 0 }).data?.items
  const [adding, setAdding] = useState(false)
  const names = [...new Set((secrets ?? []).map(({ name }) => name))]
  const isMissing = value !== '' && secrets !== undefined && !names.includes(value)
  const known = value === '' || names.includes(value) ? names : [...names, value]
  return (
    <div className="grid gap-2">
      <div className="flex items-end gap-2">
        <div className="min-w-0 grow">
          <Combobox
            label={label}
            value={value === '' ? null : value}
            onChange={(name) => onChange(name ?? '')}
            options={known.map((name) => ({ value: name, label: name }))}
            placeholder={t('detail.secret.choose')}
            optional={optional === true}
          />
        </div>
        {!adding && (
          <Button icon={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
            {t('detail.secret.new')}
          </Button>
        )}
      </div>
      {isMissing && !adding && <p className="text-sm text-open">{t('detail.secret.missing')}</p>}
      {error !== undefined && value === '' && !adding && (
        <p role="alert" className="text-sm text-deny">
          {t('detail.secret.choose')}
        </p>
      )}
      {error !== undefined && value !== '' && <p className="text-sm text-deny">{error}</p>}
      {adding && (
        <NewSecret
          initialName={isMissing ? value : freeName(suggestedName, names)}
          onStored={(name) => {
            setAdding(false)
            onChange(name)
          }}
          onCancel={() => setAdding(false)}
        />
      )}
    </div>
  )
}

interface NewSecretProps {
  readonly initialName: string
  readonly onStored: (name: string) => void
  readonly onCancel: () => void
}

function NewSecret({ initialName, onStored, onCancel }: NewSecretProps) {
  const { t } = useTranslation()
  const [name, setName] = useState(initialName)
  const [value, setValue] = useState('')
  const store = useMutation({
    ...setSecretMutation(),
    // What was sent is in the mutation's own state until it is forgotten.
    gcTime: 0,
    onSuccess: async (_stored, _sent, _result, { client }) => {
      setValue('')
      showToast({ title: t('detail.secret.stored', { name }), tone: 'allow' })
      onStored(name)
      await invalidateOperations(client, ['listSecrets', 'explain'])
    },
  })
  const [failed, setFailed] = useState<unknown>()
  const nameError = failed === undefined ? undefined : problemOf(failed, 500).fieldError('name')
  const send = (): void => {
    setFailed(undefined)
    store.mutate({ path: { name }, body: { value } }, { onError: setFailed, onSettled: () => store.reset() })
  }
  return (
    <div
      role="group"
      aria-label={t('detail.secret.new')}
      className="grid gap-2 rounded-card border border-line bg-bg p-3"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || value === '' || event.target instanceof HTMLButtonElement) return
        event.preventDefault()
        send()
      }}
    >
      <TextField
        label={t('detail.secret.name')}
        mono
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={nameError}
      />
      <SecretField
        label={t('detail.secret.value')}
        hint={t('detail.secret.where')}
        autoFocus
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      {failed !== undefined && nameError === undefined && <ErrorCard error={failed} />}
      <div className="flex gap-2">
        <Button
          variant="primary"
          icon={<KeyRound size={14} aria-hidden />}
          disabled={value === '' || name === ''}
          loading={store.isPending}
          onClick={send}
        >
          {t('detail.secret.store')}
        </Button>
        <Button variant="quiet" onClick={onCancel}>
          {t('detail.secret.cancel')}
        </Button>
      </div>
    </div>
  )
}

/** A name of its own, so that no other server's secret is replaced. */
function freeName(wanted: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`
    if (!taken.includes(name)) return name
  }
}
