/** Where the time went: as a waterfall, and the same as a table. */
import { useTranslation } from 'react-i18next'
import { classNames } from '../../components/class-names.js'
import { TableHead } from '../../components/table-head.js'
import { formatDuration } from '../../strings/format.js'
import type { Whole } from './messages.js'
import { phaseColours, phasesOf } from './phases.js'

export function TimingTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const phases = phasesOf(exchange)
  const { totalMs, tlsMs, gatewayMs } = exchange.timings
  const total = Math.max(totalMs, 0.001)
  return (
    <div className="grid grid-cols-1 content-start gap-4 p-4">
      <p className="text-lg">
        {t('inspector.timing.total', { time: formatDuration(totalMs) })}
        <span className="text-fg-2"> · </span>
        <span className="text-accent">{t('inspector.ownShare', { time: formatDuration(gatewayMs) })}</span>
      </p>
      <table aria-label={t('inspector.timing.table')} className="w-full table-fixed border-collapse text-sm">
        <TableHead
          columns={[
            { title: t('inspector.timing.phase'), className: 'w-36 ps-0!' },
            { title: t('inspector.timing.picture'), isUnseen: true },
            { title: t('inspector.timing.start'), className: 'w-20 text-end!' },
            { title: t('inspector.timing.duration'), className: 'w-20 pe-0! text-end!' },
          ]}
        />
        <tbody>
          {phases.map(({ name, startMs, durationMs }) => (
            <tr key={name} className="border-b border-line">
              <th
                scope="row"
                className={classNames('py-1 text-start font-normal', name === 'gateway' && 'font-medium')}
              >
                {t(`inspector.timing.${name}`)}
                {name === 'connect' && tlsMs > 0 && (
                  <span className="block text-fg-2">{t('inspector.timing.tls', { time: formatDuration(tlsMs) })}</span>
                )}
              </th>
              <td>
                <svg
                  aria-hidden
                  viewBox="0 0 100 10"
                  preserveAspectRatio="none"
                  className="block h-3 w-full bg-hover forced-color-adjust-none"
                >
                  <rect
                    x={(startMs / total) * 100}
                    width={Math.max((durationMs / total) * 100, durationMs > 0 ? 0.4 : 0)}
                    height={10}
                    fill="currentColor"
                    className={phaseColours[name]}
                  />
                </svg>
              </td>
              <td className="px-2 py-1 text-end font-mono text-fg-2">{formatDuration(startMs)}</td>
              <td className="py-1 ps-2 text-end font-mono">{durationMs === 0 ? '–' : formatDuration(durationMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
