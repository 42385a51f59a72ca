/** How far it is to a server, step by step: what was found, and how long it took. */
import { Check, Minus, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ProbeServerResponse } from '../../client/api.js'
import { Spinner } from '../../components/spinner.js'
import { formatDuration } from '../../strings/format.js'

export function DoctorSteps({ probe }: { readonly probe: ProbeServerResponse | undefined }) {
  const { t } = useTranslation()
  if (probe === undefined)
    return (
      <p role="status" className="flex items-center gap-2 text-fg-2">
        <Spinner />
        {t('servers.probe.running')}
      </p>
    )
  return (
    <ol className="grid gap-1" aria-label={t('servers.probe.title')}>
      {probe.steps.map((step) => (
        <li key={step.name} className="grid grid-cols-[16px_6rem_minmax(0,1fr)_auto] items-start gap-2">
          {step.skipped === true ? (
            <Minus size={16} role="img" aria-label={t('servers.probe.skipped')} className="mt-0.5 text-fg-3" />
          ) : step.ok ? (
            <Check size={16} role="img" aria-label={t('servers.probe.ok')} className="mt-0.5 text-allow" />
          ) : (
            <X size={16} role="img" aria-label={t('servers.probe.failed')} className="mt-0.5 text-deny" />
          )}
          <span className="font-medium wrap-anywhere">{t(`servers.probe.step.${step.name}`)}</span>
          <span className="min-w-0 text-fg-2 wrap-anywhere">
            {step.detail}
            {step.fix !== undefined && <span className="block text-fg">{step.fix}</span>}
          </span>
          <span className="font-mono text-sm text-fg-2">
            {step.skipped === true ? '' : formatDuration(step.durationMs)}
          </span>
        </li>
      ))}
    </ol>
  )
}
