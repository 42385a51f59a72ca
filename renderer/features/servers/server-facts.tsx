/** What is known of one server, below each other: how agents reach it, where it is, what it said of itself. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { countOffersOptions, getStatusOptions, type Server } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { CopyButton } from '../../components/copy-button.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { toneText } from '../../components/tone.js'
import { formatMoment, formatRelative } from '../../strings/format.js'
import { offerWords } from './offer-words.js'
import { isContacted, placeOf, statusName, statusTone } from './server-hop.js'

/** @param whole everything; otherwise what somebody who looks through a list wants to know */
export function ServerFacts({ server, whole = false }: { readonly server: Server; readonly whole?: boolean }) {
  const { t } = useTranslation()
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const address = `${dataUrl}/mcp/${server.slug}`
  const { state, health } = server
  return (
    <FactList>
      {!whole && (
        <Fact name={t('servers.pane.status')}>
          <span className={toneText[statusTone(server)]}>{statusName(server)}</span>
          {state.reason !== undefined && <span className="text-fg-2"> · {state.reason}</span>}
        </Fact>
      )}
      <Fact name={t('servers.pane.agentsCall')}>
        <span className="flex items-center gap-1">
          <code className="min-w-0 font-mono text-sm wrap-anywhere">{address}</code>
          <CopyButton text={address} what={t('servers.pane.address')} />
        </span>
      </Fact>
      <Fact name={t('servers.pane.place')}>
        <code className="font-mono text-sm wrap-anywhere">{placeOf(server)}</code>
      </Fact>
      {whole && server.description !== undefined && (
        <Fact name={t('detail.advanced.description')}>{server.description}</Fact>
      )}
      {health.name !== undefined && (
        <Fact name={t('servers.pane.calls')}>
          <bdi>{health.name}</bdi> {health.version !== undefined && <bdi className="text-fg-2">{health.version}</bdi>}
        </Fact>
      )}
      {(whole || health.protocolVersion !== undefined) && (
        <Fact name={t('detail.overview.era')}>
          {health.protocolVersion === undefined
            ? t(isContacted(server) ? 'detail.overview.eraUnknown' : 'detail.overview.notContacted')
            : t(`detail.overview.eraOf.${health.era ?? 'modern'}`, { version: health.protocolVersion })}
        </Fact>
      )}
      {health.capabilities !== undefined && (
        <Fact name={t('detail.overview.offers')}>
          <Offered server={server} capabilities={health.capabilities} />
        </Fact>
      )}
      {state.lastSuccessAt !== undefined && (
        <Fact name={t('servers.pane.lastSuccess')}>
          <span title={formatMoment(state.lastSuccessAt)}>{formatRelative(state.lastSuccessAt)}</span>
        </Fact>
      )}
      {whole && <Fact name={t('detail.overview.sessions')}>{health.sessions}</Fact>}
      {whole && health.restarts !== undefined && <Fact name={t('detail.overview.restarts')}>{health.restarts}</Fact>}
      {whole && health.lastEnd !== undefined && <Fact name={t('detail.overview.lastEnd')}>{health.lastEnd}</Fact>}
      <Fact name={t('servers.pane.profile')}>{server.profile}</Fact>
    </FactList>
  )
}

/** How many of each there are long enough, so that looking at a server does not ask it again and again. */
const countedForMs = 60_000

/** What it said it can do; how many of each, once it was asked. Only a server that answers is asked. */
function Offered({ server, capabilities }: { readonly server: Server; readonly capabilities: readonly string[] }) {
  const { t } = useTranslation()
  const { data } = useQuery({
    ...countOffersOptions({ path: { slug: server.slug } }),
    enabled: server.state.status === 'ready' && !server.health.stopped,
    staleTime: countedForMs,
    retry: false,
  })
  if (capabilities.length === 0) return t('detail.overview.offersNothing')
  return (
    <span className="flex flex-wrap gap-1">
      {offerWords(capabilities, data).map((words) => (
        <Badge key={words}>{words}</Badge>
      ))}
    </span>
  )
}
