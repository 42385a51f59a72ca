import { useMutation } from '@tanstack/react-query'
import { useRef, useState, type DragEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { problemOf, type ApiProblem, type ApplyProfileResponse } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { CodeEditor } from '../../components/code-editor.js'
import { SecretField } from '../../components/secret-field.js'
import { TextField } from '../../components/text-field.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { applyFile, languageOf, readImported, type ImportedFile } from '../../features/profiles/profile-file.js'

export interface GivenText {
  readonly text: string
  /** For a file that names no profile. */
  readonly name: string
}

export interface GiveProfileProps {
  readonly given: GivenText
  readonly onGiven: (given: GivenText) => void
  readonly onReviewed: (file: ImportedFile, report: ApplyProfileResponse) => void
}

interface SealedFile {
  readonly name: string
  readonly base64: string
}

export function GiveProfile({ given, onGiven, onReviewed }: GiveProfileProps) {
  const { t } = useTranslation()
  const [sealed, setSealed] = useState<SealedFile>()
  const [passphrase, setPassphrase] = useState('')
  const [isTooBig, setTooBig] = useState(false)
  const review = useMutation({
    gcTime: 0,
    mutationFn: (file: ImportedFile) => applyFile(file, { dryRun: true, approveCommands: false }),
    onSuccess: (report, file) => onReviewed(file, report),
  })
  const take = async (file: File): Promise<void> => {
    const read = await readImported(file)
    setTooBig(read === 'too big')
    if (read === 'too big') return
    setSealed('base64' in read ? { name: file.name, base64: read.base64 } : undefined)
    if ('text' in read) onGiven({ ...given, text: read.text })
  }
  const problem = review.error === null ? undefined : problemOf(review.error, 0)
  return (
    <form
      className="grid grid-cols-1 gap-4"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => onDropped(event, take)}
      onSubmit={(event) => {
        event.preventDefault()
        review.mutate(
          sealed === undefined ? { kind: 'text', ...given } : { kind: 'sealed', base64: sealed.base64, passphrase },
        )
      }}
    >
      <ChooseFile onFile={(file) => void take(file)} />
      {isTooBig && (
        <p role="alert" className="text-deny">
          {t('profiles.importing.tooBig')}
        </p>
      )}
      {sealed === undefined ? (
        <TextToImport given={given} onGiven={onGiven} problem={problem} />
      ) : (
        <SecretField
          label={t('profiles.importing.sealedPassphrase')}
          hint={t('profiles.importing.sealedFile', { name: sealed.name })}
          value={passphrase}
          onChange={(event) => setPassphrase(event.target.value)}
        />
      )}
      {problem !== undefined && <ProfileProblem problem={problem} />}
      <div>
        <Button
          type="submit"
          variant="primary"
          loading={review.isPending}
          disabled={sealed === undefined && given.text.trim() === ''}
        >
          {t('profiles.importing.review')}
        </Button>
      </div>
    </form>
  )
}

function onDropped(event: DragEvent, take: (file: File) => Promise<void>): void {
  event.preventDefault()
  const [file] = event.dataTransfer.files
  if (file !== undefined) void take(file)
}

function ChooseFile({ onFile }: { readonly onFile: (file: File) => void }) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  return (
    <div className="flex items-center gap-2">
      <span>{t('profiles.importing.paste')}</span>
      <Button onClick={() => input.current?.click()}>{t('profiles.importing.choose')}</Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('profiles.importing.choose')}
        accept=".yaml,.yml,.json,.age"
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file !== undefined) onFile(file)
          event.target.value = ''
        }}
      />
    </div>
  )
}

function TextToImport(props: Omit<GiveProfileProps, 'onReviewed'> & { readonly problem: ApiProblem | undefined }) {
  const { t } = useTranslation()
  const { given, onGiven, problem } = props
  const marks = (problem?.errors ?? []).flatMap(({ line, message }) => (line === undefined ? [] : [{ line, message }]))
  return (
    <>
      <div className="grid h-64 grid-cols-1">
        <CodeEditor
          label={t('profiles.importing.editor')}
          language={languageOf(given.text)}
          value={given.text}
          marks={marks}
          onChange={(text) => onGiven({ ...given, text })}
        />
      </div>
      <TextField
        label={t('profiles.importing.name')}
        hint={t('profiles.importing.nameHint')}
        error={problem?.fieldError('name')}
        optional
        mono
        value={given.name}
        onChange={(event) => onGiven({ ...given, name: event.target.value })}
      />
    </>
  )
}

/** A faulty file: each error with its line, in the order of the lines. */
function ProfileProblem({ problem }: { readonly problem: ApiProblem }) {
  const { t } = useTranslation()
  const lines = problem.errors.filter(({ line }) => line !== undefined)
  if (lines.length === 0) return <ErrorCard error={problem} />
  return (
    <section role="alert" className="grid gap-1 rounded-card border border-s-4 border-line border-s-deny bg-panel p-3">
      <h3 className="font-semibold">{t('profiles.importing.errors', { count: lines.length })}</h3>
      <ul className="grid gap-1">
        {lines.map(({ path, message, line = 0 }) => (
          <li key={`${line} ${path} ${message}`} className="wrap-anywhere">
            <span className="me-2 font-medium">{t('profiles.importing.line', { line: String(line) })}</span>
            {path !== '' && <code className="me-2 font-mono text-sm text-fg-2">{path}</code>}
            {message}
          </li>
        ))}
      </ul>
    </section>
  )
}
