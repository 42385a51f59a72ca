/** What was said: the request, its answer, and what came beside it. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { JsonView, RawText } from '../../components/json-view.js'
import { formatBytes } from '../../strings/format.js'
import { ChoiceBar } from './choice-bar.js'
import { JsonTree } from './json-tree.js'
import { messagesOf, parsed, type ShownMessage, type Whole } from './messages.js'
import { ScreenLink } from './links.js'

type Look = 'pretty' | 'raw' | 'tree'

/** More messages than these are in the stream tab. */
const maxMessages = 50

export function BodyTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const [look, setLook] = useState<Look>('pretty')
  const messages = messagesOf(exchange)
  if (messages.length === 0)
    return (
      <p className="p-4 text-fg-2">
        {t('inspector.body.none')} <ScreenLink command="goSettings">{t('inspector.keepSettings')}</ScreenLink>
      </p>
    )
  return (
    <div className="grid grid-cols-1 content-start gap-4 p-4">
      <ChoiceBar
        label={t('inspector.body.look')}
        value={look}
        onChange={setLook}
        choices={(['pretty', 'raw', 'tree'] as const).map((value) => ({ value, label: t(`inspector.body.${value}`) }))}
      />
      {messages.slice(0, maxMessages).map((message, index) => (
        <Message key={index} message={message} look={look} />
      ))}
      {messages.length > maxMessages && (
        <p className="text-fg-2">{t('inspector.body.more', { count: messages.length - maxMessages })}</p>
      )}
    </div>
  )
}

function Message({ message, look }: { readonly message: ShownMessage; readonly look: Look }) {
  const { t } = useTranslation()
  const title = t(`inspector.body.kind.${message.kind}`)
  const value = look === 'tree' ? parsed(message.text) : undefined
  return (
    <section className="grid grid-cols-1 gap-1.5">
      <h3 className="flex items-baseline gap-2">
        {title}
        {message.method !== undefined && (
          <code className="min-w-0 truncate font-mono text-sm font-normal">{message.method}</code>
        )}
        <span className="text-sm font-normal text-fg-2">
          {formatBytes(new TextEncoder().encode(message.text).length)}
        </span>
      </h3>
      {message.truncated && <p className="text-sm text-open">{t('inspector.body.truncated')}</p>}
      {look === 'tree' && value !== undefined ? (
        <div className="rounded-control border border-line bg-bg p-2">
          <JsonTree value={value} />
        </div>
      ) : look === 'pretty' ? (
        <JsonView text={message.text} label={title} />
      ) : (
        <RawText text={message.text} label={title} />
      )}
    </section>
  )
}
