/** Sends what was shown, and says whether the server received the same headers. */
import { useMutation } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { api, type CallServerResponse, type ExplainResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { useCommand } from '../../commands/use-command.js'
import { ErrorCard } from '../errors/error-card.js'
import { exchangeAddress } from '../exchanges/exchange-address.js'
import { differences } from './differences.js'

interface Outcome {
  readonly planned: ExplainResponse
  readonly exchange: CallServerResponse
}

export function SendNow({ slug, isChanged }: { readonly slug: string; readonly isChanged: boolean }) {
  const { t } = useTranslation()
  const send = useMutation({
    mutationFn: async (): Promise<Outcome> => {
      const exchange = (await api.callServer({ path: { slug }, body: {}, throwOnError: true })).data
      // The plan for exactly this request, by the headers that it came with.
      const headers = Object.fromEntries(exchange.request.headers.map(({ name, value }) => [name, value]))
      const body = { server: slug, method: 'tools/list', caller: 'local', headers }
      return { exchange, planned: (await api.explain({ body, throwOnError: true })).data }
    },
  })
  useCommand('sendSample', () => send.mutate(), !isChanged)
  return (
    <div className="grid gap-2 border-t border-line pt-3">
      <div className="flex flex-wrap items-center gap-2">
        <Button
          icon={<Send size={14} aria-hidden />}
          command="sendSample"
          disabled={isChanged}
          loading={send.isPending}
          onClick={() => send.mutate()}
        >
          {t('detail.sent.send')}
        </Button>
        {isChanged && <span className="text-sm text-fg-2">{t('detail.sent.saveFirst')}</span>}
      </div>
      {send.error !== null && <ErrorCard error={send.error} />}
      {send.data !== undefined && !send.isPending && <SendOutcome outcome={send.data} />}
    </div>
  )
}

function SendOutcome({ outcome: { exchange, planned } }: { readonly outcome: Outcome }) {
  const { t } = useTranslation()
  const { request, response } = exchange
  const sent = [...request.forwarded, ...request.injected]
  const differing = differences(planned.outbound, sent)
  const wasSent = sent.length > 0
  return (
    <Banner
      tone={!wasSent ? 'deny' : differing.length === 0 ? 'allow' : 'open'}
      announce
      action={
        <a href={exchangeAddress(exchange.id)} className="text-accent underline">
          {t('detail.sent.exchange')}
        </a>
      }
    >
      {!wasSent
        ? t('detail.sent.notSent', { status: String(response.status) })
        : differing.length === 0
          ? t('detail.sent.sent')
          : `${t('detail.sent.differs', { count: differing.length })} ${differing.join(', ')}`}
    </Banner>
  )
}
