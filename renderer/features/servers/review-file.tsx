/** A configuration before it is saved: what would be added, what would run, which secrets are missing. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Trans, useTranslation } from 'react-i18next'
import { api, listProfilesOptions, type ApplyProfileResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Checkbox } from '../../components/choice.js'
import { SecretField } from '../../components/secret-field.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../errors/error-card.js'
import type { Pasted } from './parse-pasted.js'

type PastedFile = Extract<Pasted, { kind: 'file' }>

export interface ReviewFileProps {
  readonly pasted: PastedFile
  readonly onBack: () => void
  readonly onAdded: (slugs: readonly string[]) => void
}

export function ReviewFile({ pasted, onBack, onAdded }: ReviewFileProps) {
  const { t } = useTranslation()
  const profiles = useQuery(listProfilesOptions()).data?.items
  const name =
    profiles === undefined ? undefined : freeName(pasted.name, new Set(profiles.map((profile) => profile.name)))
  const review = useQuery({
    queryKey: ['reviewFile', pasted, name],
    queryFn: () => applyFile(pasted, name ?? pasted.name, { dryRun: true, approveCommands: false }),
    enabled: name !== undefined,
    gcTime: 0,
  })
  const backButton = (
    <Button variant="quiet" onClick={onBack}>
      {t('servers.adding.back')}
    </Button>
  )
  if (review.error !== null) return <ErrorCard error={review.error} fix={backButton} />
  if (review.data === undefined || name === undefined) return <Skeleton />
  const slugs = addedSlugs(review.data)
  if (slugs.length === 0) return <ReviewProblem text={t('servers.adding.nothing')}>{backButton}</ReviewProblem>
  return (
    <FileForm pasted={pasted} name={name} report={review.data} slugs={slugs} onAdded={onAdded}>
      {backButton}
    </FileForm>
  )
}

function ReviewProblem({ text, children }: { readonly text: string; readonly children: React.ReactNode }) {
  return (
    <div className="grid gap-3">
      <p>{text}</p>
      <div>{children}</div>
    </div>
  )
}

interface FileFormProps {
  readonly pasted: PastedFile
  readonly name: string
  readonly report: ApplyProfileResponse
  readonly slugs: readonly string[]
  readonly onAdded: (slugs: readonly string[]) => void
  readonly children: React.ReactNode
}

function FileForm({ pasted, name, report, slugs, onAdded, children }: FileFormProps) {
  const { t } = useTranslation()
  const [approved, setApproved] = useState(false)
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const save = useMutation({
    mutationFn: async () => {
      await applyFile(pasted, name, { dryRun: false, approveCommands: approved })
      for (const [secret, value] of Object.entries(values))
        if (value !== '') await api.setSecret({ path: { name: secret }, body: { value }, throwOnError: true })
    },
    gcTime: 0,
    onSuccess: () => onAdded(slugs),
  })
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <WillAdd report={report} />
      {report.pendingApproval.length > 0 && (
        <Banner tone="open">
          <p>{t('servers.adding.runs')}</p>
          <ul className="py-1 font-mono text-sm">
            {report.pendingApproval.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <Checkbox label={t('servers.adding.approve')} checked={approved} onChange={setApproved} />
        </Banner>
      )}
      {report.missingSecrets.map((secret) => (
        <SecretField
          key={secret}
          label={t('servers.adding.secret', { name: secret })}
          hint={t('servers.adding.secretHint')}
          value={values[secret] ?? ''}
          onChange={(event) => setValues({ ...values, [secret]: event.target.value })}
        />
      ))}
      <Warnings warnings={report.warnings} />
      {save.error !== null && <ErrorCard error={save.error} />}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" loading={save.isPending}>
          <Trans i18nKey="servers.adding.saveMany" count={slugs.length} values={{ count: slugs.length }} />
        </Button>
        {children}
      </div>
    </form>
  )
}

function WillAdd({ report }: { readonly report: ApplyProfileResponse }) {
  const { t } = useTranslation()
  return (
    <section className="grid gap-1">
      <h3 className="font-semibold">{t('servers.adding.willAdd')}</h3>
      <ul className="grid gap-1">
        {report.changes.flatMap(({ kind, path, after }) =>
          kind !== 'server' ? [] : [<AddedEntry key={path} path={path} after={after} />],
        )}
      </ul>
    </section>
  )
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  const { t } = useTranslation()
  if (warnings.length === 0) return null
  return (
    <section className="grid gap-1">
      <h3 className="font-semibold">{t('servers.adding.warnings')}</h3>
      <ul className="grid gap-1 text-sm text-fg-2">
        {warnings.map((warning) => (
          <li key={warning} className="wrap-anywhere">
            {warning}
          </li>
        ))}
      </ul>
    </section>
  )
}

function AddedEntry({ path, after }: { readonly path: string; readonly after: unknown }) {
  return (
    <li className="rounded-control border border-line bg-bg p-2">
      <p className="font-medium">{path.replace(/^mcpServers\./, '')}</p>
      <pre tabIndex={0} className="max-h-40 overflow-auto font-mono text-sm whitespace-pre-wrap text-fg-2">
        {JSON.stringify(after, null, 2)}
      </pre>
    </li>
  )
}

/** Slugs of the servers that are added or changed. */
function addedSlugs({ changes }: ApplyProfileResponse): readonly string[] {
  const slugs = changes.flatMap(({ kind, path }) => (kind === 'server' ? [path.split('.')[1] ?? ''] : []))
  return [...new Set(slugs.filter((slug) => slug !== ''))]
}

/** A profile of the same name would be replaced, so that each addition is a profile of its own. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`
    if (!taken.has(name)) return name
  }
}

async function applyFile(
  { text, mediaType }: PastedFile,
  name: string,
  options: { readonly dryRun: boolean; readonly approveCommands: boolean },
): Promise<ApplyProfileResponse> {
  const { data } = await api.applyProfile({
    body: text,
    // The text as it stands; a serializer would quote it.
    bodySerializer: (body: unknown) => String(body),
    headers: { 'content-type': mediaType },
    query: {
      name,
      dryRun: options.dryRun ? 'true' : 'false',
      approveCommands: options.approveCommands ? 'true' : 'false',
    },
    throwOnError: true,
  })
  return data
}
