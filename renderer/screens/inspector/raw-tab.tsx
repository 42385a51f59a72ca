/** Both hops as text. */
import { useTranslation } from 'react-i18next'
import { RawText } from '../../components/json-view.js'
import type { Whole } from './messages.js'
import { answer, inboundRequest, outboundRequest } from './raw-text.js'

export function RawTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const sent = outboundRequest(exchange)
  const parts = [
    { title: t('inspector.raw.inbound'), text: inboundRequest(exchange) },
    { title: t('inspector.raw.outbound'), text: sent },
    { title: t('inspector.raw.answer'), text: answer(exchange) },
  ]
  return (
    <div className="grid grid-cols-1 content-start gap-4 p-4">
      {parts.map(({ title, text }) => (
        <section key={title} className="grid grid-cols-1 gap-1.5">
          <h3>{title}</h3>
          {text === undefined ? (
            <p className="text-fg-2">{t('inspector.raw.notSent')}</p>
          ) : (
            <RawText text={text} label={title} />
          )}
        </section>
      ))}
    </div>
  )
}
