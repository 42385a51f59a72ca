/** Server-sent events as they came, each with the time since the one before. */
import { Fragment, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { classNames } from '../../components/class-names.js'
import { JsonView } from '../../components/json-view.js'
import { TableHead } from '../../components/table-head.js'
import { formatBytes, formatDuration } from '../../strings/format.js'
import type { Whole } from './messages.js'

/** Silence of this length, in milliseconds, is pointed out. */
const longGapMs = 5_000
const maxShown = 500

export function StreamTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState<number>()
  const events = exchange.response.events ?? []
  if (events.length === 0) return <p className="p-4 text-fg-2">{t('inspector.stream.none')}</p>
  const lastId = exchange.request.headers.find(({ name }) => name.toLowerCase() === 'last-event-id')?.value
  return (
    <div className="grid grid-cols-1 content-start gap-3 p-4">
      {lastId !== undefined && <p className="wrap-anywhere">{t('inspector.stream.resumed', { id: lastId })}</p>}
      <table aria-label={t('inspector.tab.stream')} className="w-full table-fixed border-collapse text-sm">
        <TableHead
          columns={[
            { title: t('inspector.stream.number'), className: 'w-10' },
            { title: t('inspector.stream.gap'), className: 'w-20' },
            { title: t('inspector.stream.type'), className: 'w-20' },
            { title: t('inspector.stream.id'), className: 'w-24' },
            { title: t('inspector.stream.size'), className: 'w-16' },
            { title: t('inspector.stream.data') },
          ]}
        />
        <tbody>
          {events.slice(0, maxShown).map((event, index) => {
            const gapMs = event.atMs - (events[index - 1]?.atMs ?? 0)
            return (
              <Fragment key={index}>
                <tr
                  className={classNames(
                    'border-b border-line font-mono *:truncate *:px-2 *:py-1',
                    gapMs > longGapMs && 'bg-tint-open',
                  )}
                >
                  <td className="text-fg-2">{index + 1}</td>
                  <td>
                    +{formatDuration(gapMs)}
                    {gapMs > longGapMs && <span className="sr-only">{t('inspector.stream.longGap')}</span>}
                  </td>
                  <td>{event.event ?? 'message'}</td>
                  <td className="text-fg-2">{event.id ?? '–'}</td>
                  <td className="text-fg-2">{formatBytes(new TextEncoder().encode(event.data).length)}</td>
                  <td>
                    <button
                      type="button"
                      aria-expanded={opened === index}
                      onClick={() => setOpened(opened === index ? undefined : index)}
                      className="w-full min-w-0 truncate rounded-control text-start hover:bg-hover"
                    >
                      {event.data === '' ? '–' : event.data.slice(0, 200)}
                    </button>
                  </td>
                </tr>
                {opened === index && (
                  <tr>
                    <td colSpan={6} className="py-2">
                      <JsonView text={event.data} label={t('inspector.stream.event', { number: String(index + 1) })} />
                    </td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
      {events.length > maxShown && (
        <p className="text-fg-2">{t('inspector.stream.more', { count: events.length - maxShown })}</p>
      )}
    </div>
  )
}
