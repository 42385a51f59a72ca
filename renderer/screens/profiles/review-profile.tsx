import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, type ApplyProfileResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Checkbox } from '../../components/choice.js'
import { SecretField } from '../../components/secret-field.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { commandLine } from '../../features/profiles/changed-lines.js'
import { applyFile, type ImportedFile } from '../../features/profiles/profile-file.js'
import { AppliedProfile, type Applied } from './applied-profile.js'
import { ChangeList } from '../../features/profiles/change-list.js'
import { previousState } from './previous-state.js'

export interface ReviewProfileProps {
  readonly file: ImportedFile
  /** Of a dry run. */
  readonly report: ApplyProfileResponse
  readonly onBack: () => void
  readonly onApplied: () => void
  readonly onClose: () => void
}

export function ReviewProfile({ file, report, onBack, onApplied, onClose }: ReviewProfileProps) {
  const { t } = useTranslation()
  const [approved, setApproved] = useState(false)
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [applied, setApplied] = useState<Applied>()
  const apply = useMutation({
    gcTime: 0,
    mutationFn: async () => {
      const before = await previousState(report)
      const done = await applyFile(file, { dryRun: false, approveCommands: approved })
      const stored = await storeSecrets(values)
      return { report: done, before, ...stored }
    },
    onSuccess: (done) => {
      setValues({})
      setApplied(done)
      onApplied()
    },
  })
  if (applied !== undefined) return <AppliedProfile applied={applied} onClose={onClose} />
  const count = report.changes.length
  return (
    <form
      className="grid grid-cols-1 gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        apply.mutate()
      }}
    >
      <ChangeList changes={report.changes} />
      <Warnings warnings={report.warnings} />
      {report.pendingApproval.length > 0 && (
        <Banner tone="open">
          <Pending report={report} />
          <Checkbox
            label={t('profiles.review.approve')}
            hint={t('profiles.review.approveHint')}
            checked={approved}
            onChange={setApproved}
          />
        </Banner>
      )}
      <MissingSecrets names={report.missingSecrets} values={values} onChange={setValues} />
      {apply.error !== null && <ErrorCard error={apply.error} />}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" loading={apply.isPending}>
          {t('profiles.review.apply', { count })}
        </Button>
        <Button variant="quiet" onClick={onBack}>
          {t('profiles.review.back')}
        </Button>
      </div>
    </form>
  )
}

/** @returns the first failure; the names that were stored are not asked for again */
async function storeSecrets(
  values: Readonly<Record<string, string>>,
): Promise<{ readonly stored: readonly string[]; readonly failure: unknown }> {
  const stored: string[] = []
  try {
    for (const [name, value] of Object.entries(values))
      if (value !== '') {
        await api.setSecret({ path: { name }, body: { value }, throwOnError: true })
        stored.push(name)
      }
  } catch (failure) {
    return { stored, failure }
  }
  return { stored, failure: undefined }
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  const { t } = useTranslation()
  if (warnings.length === 0) return null
  return (
    <Banner tone="open">
      <h3 className="font-semibold">{t('profiles.review.converted')}</h3>
      <ul className="list-disc ps-5">
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </Banner>
  )
}

/** What waits for a yes: commands in full, and servers that would be sent secrets. */
function Pending({ report: { pendingApproval, changes } }: { readonly report: ApplyProfileResponse }) {
  const { t } = useTranslation()
  const waiting = pendingApproval.map((slug) => ({
    slug,
    command: commandLine(changes.find(({ path }) => path === `mcpServers.${slug}`)?.after),
  }))
  const commands = waiting.filter(({ command }) => command !== undefined)
  const others = waiting.filter(({ command }) => command === undefined)
  return (
    <>
      {commands.length > 0 && (
        <>
          <p>{t('profiles.review.runs')}</p>
          <ul className="grid gap-1 py-1">
            {commands.map(({ slug, command }) => (
              <li key={slug}>
                <span className="font-medium">{slug}</span> <code className="font-mono text-sm">{command}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      {others.length > 0 && (
        <p>
          {t('profiles.review.reach')} <span className="font-medium">{others.map(({ slug }) => slug).join(', ')}</span>
        </p>
      )}
    </>
  )
}

interface MissingSecretsProps {
  readonly names: readonly string[]
  readonly values: Readonly<Record<string, string>>
  readonly onChange: (values: Readonly<Record<string, string>>) => void
}

function MissingSecrets({ names, values, onChange }: MissingSecretsProps) {
  const { t } = useTranslation()
  if (names.length === 0) return null
  return (
    <section className="grid gap-2">
      <h3 className="font-semibold">{t('profiles.review.missing', { count: names.length })}</h3>
      {names.map((name) => (
        <SecretField
          key={name}
          label={name}
          hint={t('profiles.review.missingHint')}
          value={values[name] ?? ''}
          onChange={(event) => onChange({ ...values, [name]: event.target.value })}
        />
      ))}
    </section>
  )
}
