/** A test call as the gateway saw it. */
import { useTranslation } from 'react-i18next'
import type { CallServerResponse } from '../../client/api.js'
import { JsonView } from '../../components/json-view.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { formatDuration } from '../../strings/format.js'
import { verdictOf } from '../exchanges/verdict-of.js'

export function TestExchange({ exchange }: { readonly exchange: CallServerResponse }) {
  const { t } = useTranslation()
  const { request, response, timings } = exchange
  const sent = [...request.forwarded, ...request.injected]
  return (
    <div className="grid grid-cols-1 gap-4">
      <p role="status" className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <VerdictBadge verdict={verdictOf(exchange)} />
        <code className="font-mono text-sm">{exchange.tool ?? exchange.method}</code>
        <code className={response.status < 400 ? 'font-mono text-sm text-allow' : 'font-mono text-sm text-deny'}>
          {exchange.errorCode ?? response.status}
        </code>
        <span className="text-fg-2">
          {t('firstRun.exchange.took', {
            total: formatDuration(timings.totalMs),
            gateway: formatDuration(timings.gatewayMs),
          })}
        </span>
      </p>
      {sent.length > 0 && (
        <section className="grid gap-1">
          <h3 className="font-semibold">{t('firstRun.exchange.sent')}</h3>
          <dl
            className="max-h-48 overflow-auto rounded-control border border-line bg-bg p-2 font-mono text-sm"
            tabIndex={0}
          >
            {sent.map(({ name, value }, index) => (
              <div key={`${name} ${index}`} className="flex gap-2">
                <dt className="shrink-0 text-fg-2">{name}</dt>
                <dd className="min-w-0 wrap-anywhere">{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section className="grid gap-1">
        <h3 className="font-semibold">{t('firstRun.exchange.answer')}</h3>
        {response.body === undefined || response.body === '' ? (
          <p className="text-fg-2">{t('firstRun.exchange.noBody')}</p>
        ) : (
          <JsonView text={toolText(response.body) ?? response.body} label={t('firstRun.exchange.answer')} />
        )}
      </section>
    </div>
  )
}

/** What a tool answered in words, where that is all that it answered. */
function toolText(body: string): string | undefined {
  try {
    const message = JSON.parse(body) as { readonly result?: { readonly content?: unknown } }
    const content: unknown = message.result?.content
    if (!Array.isArray(content) || content.length === 0 || !content.every(isText)) return undefined
    return content.map(({ text }) => text).join('\n')
  } catch {
    return undefined
  }
}

function isText(block: unknown): block is { readonly text: string } {
  return typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string'
}
