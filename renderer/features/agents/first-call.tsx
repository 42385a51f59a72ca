/** Whether a key was used yet: waits, and says what its first call was. */
import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listKeysOptions, onGatewayEvent } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Spinner } from '../../components/spinner.js'
import { formatRelative } from '../../strings/format.js'

interface Call {
  readonly method: string
  readonly server: string
}

export function FirstCall({ keyId }: { readonly keyId: string }) {
  const { t } = useTranslation()
  const lastUsedAt = useQuery(listKeysOptions()).data?.items.find(({ id }) => id === keyId)?.lastUsedAt
  const [call, setCall] = useState<Call>()
  useEffect(() => onGatewayEvent('exchange', (data) => setCall((before) => before ?? callWith(keyId, data))), [keyId])
  if (lastUsedAt === undefined && call === undefined)
    return (
      <Banner tone="pending" announce>
        <p className="flex items-center gap-2 font-medium">
          <Spinner />
          {t('agents.setup.waiting')}
        </p>
        <p className="text-sm text-fg-2">{t('agents.setup.waitingText')}</p>
      </Banner>
    )
  const when = formatRelative(lastUsedAt ?? new Date().toISOString())
  return (
    <Banner tone="allow" announce>
      <p className="flex items-center gap-2 font-medium">
        <CircleCheck size={16} aria-hidden className="shrink-0 text-allow" />
        {call === undefined || call.server === ''
          ? t('agents.setup.calledPlain', { when })
          : t('agents.setup.called', { what: call.method, server: call.server, when })}
      </p>
    </Banner>
  )
}

/** The call that an event tells of, where it was made with this key. */
function callWith(keyId: string, data: unknown): Call | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { caller, method, server } = data as Readonly<Record<string, unknown>>
  if (typeof caller !== 'object' || caller === null || !('id' in caller) || caller.id !== keyId) return undefined
  return typeof method === 'string' ? { method, server: typeof server === 'string' ? server : '' } : undefined
}
