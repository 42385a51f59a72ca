/** One policy: read, written, tried on what was recorded, turned off, deleted and put back. */
import { useMutation } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { backtestPolicyMutation, problemOf, putPolicyMutation, removePolicyMutation } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Banner } from '../../components/banner.js'
import { Button, IconButton } from '../../components/button.js'
import { Switch } from '../../components/choice.js'
import { CodeEditor } from '../../components/code-editor.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { isOff, turnedOff, turnedOn } from '../../features/shield/policy-switch.js'
import { useDraft } from '../../state/use-draft.js'
import { BacktestReport } from './backtest-report.js'
import type { Policy } from './policies.js'

const example = `@id("my-policy")
@reason("Say here what an agent is told.")
forbid(principal, action == Action::"tools/call", resource)
when { context.arguments has env && context.arguments.env == "prod" };
`

export interface PolicyEditorProps {
  /** Undefined for one that is not there yet. */
  readonly policy: Policy | undefined
  readonly onSaved: (name: string) => void
  readonly onClose: () => void
}

export function PolicyEditor({ policy, onSaved, onClose }: PolicyEditorProps) {
  const { t } = useTranslation()
  const saved = policy?.text ?? ''
  const [name, setName] = useState(policy?.name ?? '')
  const [draft, setDraft] = useDraft(`policy.${policy?.name ?? ''}`)
  const text = draft ?? (policy === undefined ? example : saved)
  const put = useMutation(putPolicyMutation())
  const backtest = useMutation(backtestPolicyMutation())
  const isReadOnly = policy?.profile !== undefined
  const isChanged = policy === undefined || text !== saved
  const keep = (next: string, title: string): void =>
    put.mutate(
      { path: { name }, body: { text: next } },
      {
        onSuccess: () => {
          setDraft(undefined)
          onSaved(name)
          showToast({ title })
        },
      },
    )
  const save = (): void => keep(text, t('shield.editor.saved', { name }))
  useCommand('save', save, !isReadOnly && isChanged)
  const remove = useRemove(policy, onClose)
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-1 gap-4">
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-0 grow text-lg wrap-anywhere">{policy?.name ?? t('shield.editor.newTitle')}</h2>
        <IconButton label={t('kit.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {isReadOnly && <Banner tone="pending">{t('shield.editor.readOnly', { profile: policy.profile ?? '' })}</Banner>}
      {policy === undefined && (
        <TextField
          label={t('shield.editor.name')}
          hint={t('shield.editor.nameHint')}
          mono
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={put.error === null ? undefined : problemOf(put.error, 500).fieldError('name')}
        />
      )}
      {policy !== undefined && !isReadOnly && (
        <Switch
          label={t('shield.editor.enabled')}
          hint={t('shield.editor.enabledHint')}
          checked={!isOff(saved)}
          onChange={(on) =>
            on
              ? keep(turnedOn(saved), t('shield.policies.turnedOn', { name }))
              : keep(turnedOff(saved), t('shield.policies.turnedOff', { name }))
          }
        />
      )}
      <CodeEditor
        label={t('shield.editor.text')}
        language="text"
        value={text}
        {...(isReadOnly ? {} : { onChange: (next: string) => setDraft(next) })}
      />
      <Problems error={put.error ?? backtest.error ?? remove.error} />
      <div className="flex flex-wrap items-center gap-2">
        {!isReadOnly && (
          <Button
            variant="primary"
            command="save"
            disabled={!isChanged || name === ''}
            loading={put.isPending}
            onClick={save}
          >
            {t('shield.editor.save')}
          </Button>
        )}
        {policy !== undefined && isChanged && (
          <Button variant="quiet" onClick={() => setDraft(undefined)}>
            {t('shield.editor.discard')}
          </Button>
        )}
        <Button loading={backtest.isPending} onClick={() => backtest.mutate({ body: { text: turnedOn(text) } })}>
          {t('shield.backtest.run')}
        </Button>
        {policy !== undefined && !isReadOnly && (
          <Button variant="danger" loading={remove.isPending} onClick={() => remove.mutate({ path: { name } })}>
            {t('shield.editor.remove')}
          </Button>
        )}
        {policy !== undefined && isChanged && <span className="text-open">{t('shield.editor.unsaved')}</span>}
      </div>
      {backtest.data !== undefined && <BacktestReport report={backtest.data} />}
    </div>
  )
}

/** Deleted at once, and put back as it was. */
function useRemove(policy: Policy | undefined, onClose: () => void) {
  const { t } = useTranslation()
  const restore = useMutation(putPolicyMutation())
  return useMutation({
    ...removePolicyMutation(),
    onSuccess: () => {
      if (policy === undefined) return
      const { name, text } = policy
      onClose()
      showToast({
        title: t('shield.editor.removed', { name }),
        undo: () => restore.mutate({ path: { name }, body: { text } }),
      })
    },
  })
}

/** What is wrong with the text, by line; whatever else failed as a card. */
function Problems({ error }: { readonly error: unknown }) {
  const { t } = useTranslation()
  if (error === null) return null
  const problem = problemOf(error, 500)
  const lines = problem.errors.filter(({ path }) => path === 'text')
  if (lines.length === 0) return problem.fieldError('name') === undefined ? <ErrorCard error={error} /> : null
  return (
    <ul role="alert" className="grid gap-1 rounded-card border border-l-4 border-line border-l-deny bg-panel px-4 py-2">
      {lines.map(({ line, message }) => (
        <li key={`${line ?? 0} ${message}`} className="wrap-anywhere">
          {line !== undefined && (
            <span className="me-2 font-medium text-deny">{t('shield.editor.line', { line: String(line) })}</span>
          )}
          {message}
        </li>
      ))}
    </ul>
  )
}
