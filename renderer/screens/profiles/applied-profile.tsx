import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Undo2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ApplyProfileResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { applyFile } from '../../features/profiles/profile-file.js'

export interface Applied {
  readonly report: ApplyProfileResponse
  /** What takes it back; undefined where nothing does. */
  readonly before: string | undefined
  /** Names of the secrets that were stored. */
  readonly stored: readonly string[]
  /** Why not all were. */
  readonly failure: unknown
}

export function AppliedProfile({ applied, onClose }: { readonly applied: Applied; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { report, before, stored, failure } = applied
  const { name } = report
  const missing = report.missingSecrets.filter((secret) => !stored.includes(secret))
  const undo = useMutation({
    mutationFn: (text: string) => applyFile({ kind: 'text', text, name }, { dryRun: false, approveCommands: false }),
    onSuccess: () => {
      showToast({ title: t('profiles.review.undone', { name }), tone: 'allow' })
      onClose()
    },
  })
  return (
    <div className="grid gap-4">
      <Banner tone="allow" announce>
        {t('profiles.review.applied', { name })}
      </Banner>
      {report.pendingApproval.length > 0 && (
        <Banner tone="open">{t('profiles.review.waits', { servers: report.pendingApproval.join(', ') })}</Banner>
      )}
      {missing.length > 0 && (
        <Banner tone="open">{t('profiles.review.stillMissing', { secrets: missing.join(', ') })}</Banner>
      )}
      {failure !== undefined && (
        <>
          <p>{t('profiles.review.secretsFailed')}</p>
          <ErrorCard error={failure} />
        </>
      )}
      {before !== undefined && <p className="text-sm text-fg-2">{t('profiles.review.undoText')}</p>}
      {undo.error !== null && <ErrorCard error={undo.error} />}
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" onClick={onClose}>
          {t('profiles.review.done')}
        </Button>
        <Button render={<Link to="/servers" />}>{t('profiles.review.openServers')}</Button>
        {before !== undefined && (
          <Button icon={<Undo2 size={14} aria-hidden />} loading={undo.isPending} onClick={() => undo.mutate(before)}>
            {t('kit.undo')}
          </Button>
        )}
      </div>
    </div>
  )
}
