/** A key of its own: who it speaks for, how far it reaches, and when it ends. Or one that agents have already. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  api,
  getStatusOptions,
  listAgentsOptions,
  listServersOptions,
  problemOf,
  type ApiProblem,
} from '../../client/api.js'
import { Button } from '../../components/button.js'
import { Checkbox } from '../../components/choice.js'
import { Sheet } from '../../components/dialog.js'
import { SecretField } from '../../components/secret-field.js'
import { Select } from '../../components/select.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../errors/error-card.js'
import { expiries, keyBody, type KeyDraft } from './key-draft.js'
import { SetupSteps, type MadeKey } from './setup-steps.js'

export interface KeySheetProps {
  /** `import`: the key exists already. */
  readonly mode: 'create' | 'import' | undefined
  readonly onClose: () => void
}

export function KeySheet({ mode, onClose }: KeySheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet
      open={mode !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={t(mode === 'import' ? 'agents.form.importTitle' : 'agents.form.createTitle')}
      description={mode === 'import' ? t('agents.form.importText') : undefined}
    >
      {mode !== undefined && <KeyMaking key={mode} isImport={mode === 'import'} onClose={onClose} />}
    </Sheet>
  )
}

function KeyMaking({ isImport, onClose }: { readonly isImport: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [made, setMade] = useState<{ readonly key: MadeKey; readonly isBound: boolean }>()
  if (made === undefined)
    return (
      <KeyForm
        isImport={isImport}
        onImported={(name) => {
          onClose()
          showToast({ title: t('agents.form.imported', { name }), tone: 'allow' })
        }}
        onMade={(key, isBound) => setMade({ key, isBound })}
      />
    )
  return (
    <div className="grid gap-4">
      <SetupSteps made={made.key} initialProgram="other" isBound={made.isBound} />
      <div>
        <Button variant="primary" onClick={onClose}>
          {t('agents.setup.done')}
        </Button>
      </div>
    </div>
  )
}

const emptyDraft: KeyDraft = { name: '', subject: '', email: '', agent: '', servers: [], tools: '', expiry: 'never' }

interface KeyFormProps {
  readonly isImport: boolean
  readonly onImported: (name: string) => void
  readonly onMade: (made: MadeKey, isBound: boolean) => void
}

function KeyForm({ isImport, onImported, onMade }: KeyFormProps) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(emptyDraft)
  const [existing, setExisting] = useState('')
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const save = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      const body = keyBody(draft, Date.now())
      if (isImport) await api.importKey({ body: { ...body, key: existing.trim() }, throwOnError: true })
      else {
        const { data } = await api.addKey({ body, throwOnError: true })
        const url = draft.agent === '' ? `${dataUrl}/mcp` : `${dataUrl}/agents/${draft.agent}/mcp`
        onMade({ id: data.id, key: data.key, url }, draft.agent !== '')
      }
    },
    onSuccess: () => isImport && onImported(draft.name),
  })
  const problem = save.error === null ? undefined : problemOf(save.error, 0)
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      {isImport && (
        <SecretField
          label={t('agents.form.key')}
          error={problem?.fieldError('key')}
          value={existing}
          onChange={(event) => setExisting(event.target.value)}
        />
      )}
      <KeyFields draft={draft} onChange={(changed) => setDraft({ ...draft, ...changed })} problem={problem} />
      {problem !== undefined && <ErrorCard error={problem} />}
      <div>
        <Button type="submit" variant="primary" loading={save.isPending}>
          {t(isImport ? 'agents.form.import' : 'agents.form.create')}
        </Button>
      </div>
    </form>
  )
}

interface KeyFieldsProps {
  readonly draft: KeyDraft
  readonly onChange: (changed: Partial<KeyDraft>) => void
  readonly problem: ApiProblem | undefined
}

function KeyFields({ draft, onChange, problem }: KeyFieldsProps) {
  const { t } = useTranslation()
  const agents = useQuery(listAgentsOptions()).data?.items ?? []
  return (
    <>
      <TextField
        label={t('agents.form.name')}
        hint={t('agents.form.nameHint')}
        error={problem?.fieldError('name')}
        value={draft.name}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <TextField
        label={t('agents.form.subject')}
        hint={t('agents.form.subjectHint')}
        error={problem?.fieldError('subject')}
        optional
        placeholder="local"
        value={draft.subject}
        onChange={(event) => onChange({ subject: event.target.value })}
      />
      <TextField
        label={t('agents.form.email')}
        error={problem?.fieldError('email')}
        optional
        type="email"
        value={draft.email}
        onChange={(event) => onChange({ email: event.target.value })}
      />
      <Select
        label={t('agents.form.agent')}
        value={draft.agent}
        onChange={(agent) => onChange({ agent })}
        options={[
          { value: '', label: t('agents.form.anyAgent') },
          ...agents.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      <ServerChoice chosen={draft.servers} onChange={(servers) => onChange({ servers })} />
      <TextField
        label={t('agents.form.tools')}
        hint={t('agents.form.toolsHint')}
        error={problem?.fieldError('tools')}
        optional
        mono
        value={draft.tools}
        onChange={(event) => onChange({ tools: event.target.value })}
      />
      <Select
        label={t('agents.form.expires')}
        value={draft.expiry}
        onChange={(expiry) => onChange({ expiry })}
        options={expiries.map((value) => ({
          value,
          label: t(`agents.form.expiry.${value}`),
        }))}
      />
    </>
  )
}

function ServerChoice(props: {
  readonly chosen: readonly string[]
  readonly onChange: (servers: readonly string[]) => void
}) {
  const { t } = useTranslation()
  const servers = useQuery(listServersOptions()).data?.items ?? []
  if (servers.length === 0) return null
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 font-medium">{t('agents.form.servers')}</legend>
      <div className="grid max-h-40 gap-0.5 overflow-auto rounded-control border border-line p-1">
        {servers.map(({ slug }) => (
          <Checkbox
            key={slug}
            label={slug}
            checked={props.chosen.includes(slug)}
            onChange={(checked) =>
              props.onChange(checked ? [...props.chosen, slug] : props.chosen.filter((one) => one !== slug))
            }
          />
        ))}
      </div>
      <p className="text-sm text-fg-2">{t('agents.form.serversHint')}</p>
    </fieldset>
  )
}
