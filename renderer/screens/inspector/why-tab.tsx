/** What was decided on the way, in order, each with where it is set. */
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { classNames } from '../../components/class-names.js'
import { formatDuration } from '../../strings/format.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { authNameOf } from './exchange-words.js'
import { brokenHop, failureOf, wasSent } from './failure-of.js'
import { headerTrips, isChange } from './header-trips.js'
import { ExchangeLink, RuleLink, ScreenLink, ServerLink } from './links.js'
import type { Whole } from './messages.js'
import { useTokenRequests } from './related.js'

export function WhyTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const broken = brokenHop(exchange)
  const failure = failureOf(exchange)
  const { caller, recognisedBy, server, tool, verdict, request, response } = exchange
  const sent = wasSent(exchange)
  return (
    <ol className="grid content-start gap-0 p-4">
      <Step title={t('inspector.why.caller')} bad={broken === 'inbound'}>
        <ScreenLink command="goAgents">{caller === null ? t('inspector.nobody') : caller.subject}</ScreenLink>
        {recognisedBy !== undefined && <Note>{recognisedBy}</Note>}
      </Step>
      {server !== null && (
        <Step title={t('inspector.why.route')}>
          <ServerLink slug={server} />
          {tool !== null && <code className="font-mono text-sm"> {tool}</code>}
          <Note>{request.path}</Note>
        </Step>
      )}
      <Step title={t('inspector.why.shield')} bad={verdict.decision === 'deny'}>
        <ScreenLink command="goShield">{t(`kit.verdict.${verdictOf(exchange)}`)}</ScreenLink>{' '}
        <span className="text-fg-2">{formatDuration(verdict.durationMs)}</span>
        {verdict.reason !== undefined && <Note>{verdict.reason}</Note>}
        {verdict.policies.length > 0 && (
          <Note>{t('inspector.why.policies', { names: verdict.policies.join(', ') })}</Note>
        )}
      </Step>
      {sent && <CredentialStep exchange={exchange} />}
      {sent && <HeaderSteps exchange={exchange} />}
      {sent && request.url !== undefined && (
        <Step title={t('inspector.why.sent')} bad={broken === 'outbound'}>
          <code className="font-mono text-sm">{request.url}</code>
          <Note>{t('inspector.why.answered', { status: String(response.status) })}</Note>
        </Step>
      )}
      {failure !== undefined && (
        <Step title={t('inspector.why.error')} bad>
          {failure.title} <code className="font-mono text-sm">{failure.code}</code>
          {failure.detail !== undefined && <Note>{failure.detail}</Note>}
          {failure.fix !== undefined && <Note>{failure.fix}</Note>}
        </Step>
      )}
    </ol>
  )
}

function CredentialStep({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const tokens = useTokenRequests(exchange)
  return (
    <Step title={t('inspector.why.credential')}>
      <ScreenLink command="goVault">{authNameOf(exchange) ?? t('servers.appAuth.none')}</ScreenLink>
      {exchange.issuanceId !== undefined && <Note>{t('inspector.headers.issuance', { id: exchange.issuanceId })}</Note>}
      {tokens.map(({ id, method, response }) => (
        <Note key={id}>
          <ExchangeLink id={id}>{t('inspector.related.token', { what: method ?? '' })}</ExchangeLink> {response.status}
        </Note>
      ))}
    </Step>
  )
}

function HeaderSteps({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const trips = headerTrips(exchange.request)
  return trips.filter(isChange).map(({ name, fate, reason, source }, index) => (
    <Step key={`${name} ${index}`} title={t(`kit.disposition.${fate}`)}>
      <code className="font-mono text-sm">{name}</code>
      {reason !== undefined && <Note>{reason}</Note>}
      {source.rule !== undefined && (
        <Note>
          <RuleLink rule={source.rule} />
        </Note>
      )}
      {source.secret !== undefined && (
        <Note>
          <ScreenLink command="goVault">{t('inspector.headers.secret', { name: source.secret })}</ScreenLink>
        </Note>
      )}
    </Step>
  ))
}

function Step({
  title,
  bad,
  children,
}: {
  readonly title: string
  readonly bad?: boolean
  readonly children: ReactNode
}) {
  return (
    <li className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-4 border-s-2 border-line py-1.5 ps-3">
      <span className={classNames('font-medium', bad === true ? 'text-deny' : 'text-fg-2')}>{title}</span>
      <div className="min-w-0 wrap-anywhere">{children}</div>
    </li>
  )
}

function Note({ children }: { readonly children: ReactNode }) {
  return <div className="text-sm text-fg-2">{children}</div>
}
