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
import type { Policy } from '../../features/shield/policy.js'
import { isOff, turnedOff, turnedOn } from '../../features/shield/policy-switch.js'
import { useDraft } from '../../state/use-draft.js'
import { BacktestReport } from './backtest-report.js'

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
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-1 gap-4">
      <EditorHead policy={policy} onClose={onClose} />
      {policy === undefined && <NameField name={name} onName={setName} error={put.error} />}
      {policy !== undefined && !isReadOnly && <OnSwitch policy={policy} onKeep={keep} />}
      <CodeEditor
        label={t('shield.editor.text')}
        language="text"
        value={text}
        {...(isReadOnly ? {} : { onChange: (next: string) => setDraft(next) })}
      />
      <Problems error={put.error ?? backtest.error} />
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
        <Button loading={backtest.isPending} onClick={() => backtest.mutate({ body: { text: turnedOn(text) } })}>
          {t('shield.backtest.run')}
        </Button>
        {policy !== undefined && !isReadOnly && <RemoveButton policy={policy} onRemoved={onClose} />}
        {policy !== undefined && isChanged && <Unsaved onDiscard={() => setDraft(undefined)} />}
      </div>
      {backtest.data !== undefined && <BacktestReport report={backtest.data} />}
    </div>
  )
}

function EditorHead({ policy, onClose }: Pick<PolicyEditorProps, 'policy' | 'onClose'>) {
  const { t } = useTranslation()
  return (
    <>
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-0 grow text-lg wrap-anywhere">{policy?.name ?? t('shield.editor.newTitle')}</h2>
        <IconButton label={t('kit.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {policy?.profile !== undefined && (
        <Banner tone="pending">{t('shield.editor.readOnly', { profile: policy.profile })}</Banner>
      )}
    </>
  )
}

function OnSwitch(props: { readonly policy: Policy; readonly onKeep: (text: string, title: string) => void }) {
  const { t } = useTranslation()
  const { name, text } = props.policy
  return (
    <Switch
      label={t('shield.editor.enabled')}
      hint={t('shield.editor.enabledHint')}
      checked={!isOff(text)}
      onChange={(on) =>
        on
          ? props.onKeep(turnedOn(text), t('shield.policies.turnedOn', { name }))
          : props.onKeep(turnedOff(text), t('shield.policies.turnedOff', { name }))
      }
    />
  )
}

function Unsaved({ onDiscard }: { readonly onDiscard: () => void }) {
  const { t } = useTranslation()
  return (
    <>
      <Button variant="quiet" onClick={onDiscard}>
        {t('shield.editor.discard')}
      </Button>
      <span className="text-open">{t('shield.editor.unsaved')}</span>
    </>
  )
}

function NameField(props: { readonly name: string; readonly onName: (name: string) => void; readonly error: unknown }) {
  const { t } = useTranslation()
  return (
    <TextField
      label={t('shield.editor.name')}
      hint={t('shield.editor.nameHint')}
      mono
      autoFocus
      value={props.name}
      onChange={(event) => props.onName(event.target.value)}
      error={props.error === null ? undefined : problemOf(props.error, 500).fieldError('name')}
    />
  )
}

/** Deleted at once, and put back as it was. */
function RemoveButton({ policy, onRemoved }: { readonly policy: Policy; readonly onRemoved: () => void }) {
  const { t } = useTranslation()
  const { name, text } = policy
  const restore = useMutation(putPolicyMutation())
  const remove = useMutation({
    ...removePolicyMutation(),
    onSuccess: () => {
      onRemoved()
      showToast({
        title: t('shield.editor.removed', { name }),
        undo: () => restore.mutate({ path: { name }, body: { text } }),
      })
    },
    onError: (error) => showToast({ title: problemOf(error, 500).message, tone: 'deny' }),
  })
  return (
    <Button variant="danger" loading={remove.isPending} onClick={() => remove.mutate({ path: { name } })}>
      {t('shield.editor.remove')}
    </Button>
  )
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
