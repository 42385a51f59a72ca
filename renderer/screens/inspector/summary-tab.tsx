/** One call in one look: how far it came, who called, what Shield said, what went wrong. */
import { useTranslation } from 'react-i18next'
import type { Exchange } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { Banner } from '../../components/banner.js'
import { CopyButton } from '../../components/copy-button.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { HopLine, type Hop } from '../../components/hop-line.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { formatDuration, formatMoment } from '../../strings/format.js'
import { agentOf, authNameOf, serverOf } from './exchange-words.js'
import { brokenHop, failureOf } from './failure-of.js'
import { ExchangeLink, ServerLink } from './links.js'
import type { Whole } from './messages.js'
import { useCauses, useTokenRequests } from './related.js'

export function SummaryTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const failure = failureOf(exchange)
  const { timings, verdict } = exchange
  return (
    <div className="grid grid-cols-1 content-start gap-5 p-4">
      <CallHops exchange={exchange} />
      {failure !== undefined && <ErrorCard error={failure} quiet />}
      {exchange.problems !== undefined && exchange.problems.length > 0 && (
        <Banner tone="open">
          {exchange.problems.map((problem) => (
            <p key={problem} className="wrap-anywhere">
              {problem}
            </p>
          ))}
        </Banner>
      )}
      <FactList>
        <Fact name={t('inspector.fact.call')}>
          <code className="font-mono text-sm">
            {exchange.request.httpMethod} {exchange.request.path}
          </code>
        </Fact>
        {exchange.tool !== null && (
          <Fact name={t('inspector.fact.tool')}>
            <code className="font-mono text-sm">{exchange.tool}</code>
          </Fact>
        )}
        <Fact name={t('inspector.fact.caller')}>
          <CallerFact exchange={exchange} />
        </Fact>
        <Fact name={t('inspector.fact.verdict')}>
          <span className="inline-flex items-baseline gap-2">
            <VerdictBadge verdict={verdictOf(exchange)} />
            <span className="text-fg-2">{formatDuration(verdict.durationMs)}</span>
          </span>
          {verdict.reason !== undefined && <p>{verdict.reason}</p>}
          {verdict.policies.map((policy) => (
            <Badge key={policy}>{policy}</Badge>
          ))}
        </Fact>
        {exchange.server !== null && (
          <Fact name={t('inspector.fact.server')}>
            <ServerLink slug={exchange.server} />
            {exchange.request.url !== undefined && (
              <code className="block font-mono text-sm text-fg-2">{exchange.request.url}</code>
            )}
          </Fact>
        )}
        <Fact name={t('inspector.fact.time')}>
          {formatMoment(exchange.startedAt)} · {formatDuration(exchange.durationMs)}
          <span className="text-fg-2"> · {t('inspector.ownShare', { time: formatDuration(timings.gatewayMs) })}</span>
        </Fact>
        <Fact name={t('inspector.fact.request')}>
          <span className="flex items-center gap-1">
            <code className="min-w-0 font-mono text-sm wrap-anywhere">{exchange.requestId}</code>
            <CopyButton text={exchange.requestId} what={t('inspector.fact.request')} />
          </span>
        </Fact>
      </FactList>
      <Related exchange={exchange} />
    </div>
  )
}

function CallerFact({ exchange: { caller, recognisedBy, agent } }: { readonly exchange: Exchange }) {
  const { t } = useTranslation()
  if (caller === null) return t('inspector.nobody')
  return (
    <>
      {caller.subject}
      {caller.email !== undefined && <span className="text-fg-2"> · {caller.email}</span>}
      {agent !== undefined && <span className="text-fg-2"> · {agent}</span>}
      {recognisedBy !== undefined && <span className="block text-fg-2">{recognisedBy}</span>}
    </>
  )
}

/** The hop line of this call; it breaks where the call did. */
function CallHops({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const broken = brokenHop(exchange)
  const { caller, lane } = exchange
  const credential = authNameOf(exchange)
  const inbound: Hop = {
    state: broken === 'inbound' ? 'broken' : 'ok',
    credential: lane === 'auth' ? t('inspector.hop.itself') : t(`inspector.callerMethod.${caller?.method ?? 'none'}`),
    bare: caller === null,
  }
  const outbound: Hop = {
    state: broken === 'outbound' ? 'broken' : broken === undefined ? 'ok' : 'off',
    credential:
      broken === 'inbound' || broken === 'gateway'
        ? t('inspector.hop.notSent')
        : (credential ?? t('servers.appAuth.none')),
    bare: credential === undefined || broken === 'inbound' || broken === 'gateway',
  }
  return (
    <HopLine
      agent={agentOf(exchange)}
      server={serverOf(exchange)}
      inbound={inbound}
      outbound={outbound}
      gatewayNote={t(`kit.verdict.${verdictOf(exchange)}`)}
    />
  )
}

/** What it repeats, what repeated it, and the requests for tokens that it made necessary. */
function Related({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const causes = useCauses(exchange)
  const tokens = useTokenRequests(exchange)
  const { replayOf, replays = [] } = exchange
  if (replayOf === undefined && replays.length + causes.length + tokens.length === 0) return null
  return (
    <section className="grid gap-1">
      <h3>{t('inspector.related.title')}</h3>
      <ul className="grid gap-1">
        {replayOf !== undefined && (
          <li>
            <ExchangeLink id={replayOf}>{t('inspector.related.original')}</ExchangeLink>
          </li>
        )}
        {replays.map((id, index) => (
          <li key={id}>
            <ExchangeLink id={id}>{t('inspector.related.replay', { number: String(index + 1) })}</ExchangeLink>
          </li>
        ))}
        {causes.map(({ id, tool, method }) => (
          <li key={id}>
            <ExchangeLink id={id}>{t('inspector.related.cause', { what: tool ?? method ?? id })}</ExchangeLink>
          </li>
        ))}
        {tokens.map((each) => (
          <li key={each.id}>
            <ExchangeLink id={each.id}>
              {t('inspector.related.token', { what: each.method ?? each.request.path })}
            </ExchangeLink>
            <span className="text-fg-2">
              {' '}
              · {each.response.status} · {formatDuration(each.durationMs)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
