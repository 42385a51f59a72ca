/** Taking over the servers that agents have: which files are read, what that would change, and where to go from there. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  importAgentConfigsMutation,
  listAgentConfigsOptions,
  type AgentConfig,
  type ImportAgentConfigsResponse,
} from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Checkbox } from '../../components/choice.js'
import { Dialog } from '../../components/dialog.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../errors/error-card.js'
import { ReviewedApp } from './reviewed-app.js'

export type AppName = AgentConfig['app']

export interface ImportAppsDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  /** An agent whose entries may be replaced by the gateway's. */
  readonly onConnect: (app: AppName) => void
}

export function ImportAppsDialog(props: ImportAppsDialogProps) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => !open && props.onClose()}
      title={t('agentConfigs.import.title')}
      description={t('agentConfigs.import.text')}
      size="large"
    >
      <ImportApps {...props} />
    </Dialog>
  )
}

function ImportApps({ onClose, onConnect }: ImportAppsDialogProps) {
  const [review, setReview] = useState<ImportAgentConfigsResponse>()
  const [done, setDone] = useState<ImportAgentConfigsResponse>()
  if (done !== undefined) return <ImportDone done={done} onClose={onClose} onConnect={onConnect} />
  if (review === undefined) return <ChooseApps onReviewed={setReview} />
  return <ReviewApps review={review} onBack={() => setReview(undefined)} onDone={setDone} />
}

function ChooseApps({ onReviewed }: { readonly onReviewed: (review: ImportAgentConfigsResponse) => void }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useQuery(listAgentConfigsOptions())
  const [left, setLeft] = useState<ReadonlySet<AppName>>(new Set())
  const look = useMutation({ ...importAgentConfigsMutation(), gcTime: 0, onSuccess: onReviewed })
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={4} />
  const known = data.items.filter(({ canImport }) => canImport)
  if (known.length === 0) return <p>{t('agentConfigs.import.none')}</p>
  const chosen = known.filter(({ app }) => !left.has(app))
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        look.mutate({ body: { dryRun: true, sources: chosen.map(({ app }) => ({ app })) } })
      }}
    >
      <fieldset className="grid gap-1">
        <legend className="mb-1 font-medium">{t('agentConfigs.import.which')}</legend>
        {known.map(({ app, name, path }) => (
          <Checkbox
            key={app}
            label={name}
            hint={path}
            checked={!left.has(app)}
            onChange={(checked) => setLeft(new Set(checked ? [...left].filter((one) => one !== app) : [...left, app]))}
          />
        ))}
      </fieldset>
      {look.error !== null && <ErrorCard error={look.error} />}
      <div>
        <Button type="submit" variant="primary" loading={look.isPending} disabled={chosen.length === 0}>
          {t('agentConfigs.import.look')}
        </Button>
      </div>
    </form>
  )
}

interface ReviewAppsProps {
  readonly review: ImportAgentConfigsResponse
  readonly onBack: () => void
  readonly onDone: (done: ImportAgentConfigsResponse) => void
}

function ReviewApps({ review, onBack, onDone }: ReviewAppsProps) {
  const { t } = useTranslation()
  const [approved, setApproved] = useState(false)
  const apply = useMutation({ ...importAgentConfigsMutation(), gcTime: 0, onSuccess: onDone })
  const worth = review.files.filter(({ report }) => report !== undefined)
  const count = worth.reduce((sum, { imported }) => sum + imported.length, 0)
  const waits = worth.some(({ report }) => (report?.pendingApproval.length ?? 0) > 0)
  return (
    <form
      className="grid grid-cols-1 gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        const sources = worth.map(({ app, hash }) => ({ app, ...(hash !== undefined && { hash }) }))
        apply.mutate({ body: { sources, approveCommands: approved } })
      }}
    >
      {review.files.map((item) => (
        <ReviewedApp key={item.app} item={item} />
      ))}
      {waits && (
        <Checkbox
          label={t('profiles.review.approve')}
          hint={t('profiles.review.approveHint')}
          checked={approved}
          onChange={setApproved}
        />
      )}
      {apply.error !== null && <ErrorCard error={apply.error} />}
      <div className="flex gap-2">
        {count > 0 && (
          <Button type="submit" variant="primary" loading={apply.isPending}>
            {t('agentConfigs.import.apply', { count })}
          </Button>
        )}
        <Button variant="quiet" onClick={onBack}>
          {t('agentConfigs.import.back')}
        </Button>
      </div>
    </form>
  )
}

function ImportDone({
  done,
  onClose,
  onConnect,
}: Pick<ImportAppsDialogProps, 'onClose' | 'onConnect'> & { readonly done: ImportAgentConfigsResponse }) {
  const { t } = useTranslation()
  const count = done.files.reduce((sum, { imported }) => sum + imported.length, 0)
  const pending = done.files.flatMap(({ report }) => report?.pendingApproval ?? [])
  const missing = done.files.flatMap(({ report }) => report?.missingSecrets ?? [])
  return (
    <div className="grid gap-4">
      {count > 0 && (
        <Banner tone="allow" announce>
          {t('agentConfigs.import.done', { count })}
        </Banner>
      )}
      {done.files.flatMap(({ app, name, problem }) =>
        problem === undefined ? [] : [<Banner key={app} tone="deny">{`${name}: ${problem.detail}`}</Banner>],
      )}
      {pending.length > 0 && <Banner tone="open">{t('profiles.review.waits', { servers: pending.join(', ') })}</Banner>}
      {missing.length > 0 && (
        <Banner tone="open">{t('profiles.review.stillMissing', { secrets: missing.join(', ') })}</Banner>
      )}
      <section className="grid gap-2">
        <h3 className="font-semibold">{t('agentConfigs.import.next')}</h3>
        <p className="text-fg-2">{t('agentConfigs.import.nextText')}</p>
        <div className="flex flex-wrap gap-2">
          {done.files
            .filter(({ problem }) => problem === undefined)
            .map(({ app, name }) => (
              <Button key={app} onClick={() => onConnect(app)}>
                {t('agentConfigs.connect.review', { name })}
              </Button>
            ))}
        </div>
      </section>
      <div>
        <Button variant="primary" onClick={onClose}>
          {t('agentConfigs.done')}
        </Button>
      </div>
    </div>
  )
}
