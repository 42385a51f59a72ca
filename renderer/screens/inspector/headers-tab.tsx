/** What the agent sent, what became of it, and what the server got; then what came back. */
import { Check, LockKeyhole } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../components/banner.js'
import { Checkbox } from '../../components/choice.js'
import { classNames } from '../../components/class-names.js'
import { TableHead } from '../../components/table-head.js'
import type { HeaderFate } from '../../components/header-diff.js'
import { wasSent } from './failure-of.js'
import { headerTrips, isChange, type Entry, type HeaderTrip } from './header-trips.js'
import { RuleLink, ScreenLink } from './links.js'
import { mcpHeaders } from './mcp-headers.js'
import type { Whole } from './messages.js'

const looks: Readonly<Record<HeaderFate, readonly [sign: string, look: string]>> = {
  forwarded: ['=', 'text-fg-2'],
  stripped: ['−', 'bg-removed-bg text-removed'],
  injected: ['+', 'bg-added-bg text-added'],
  replaced: ['~', 'bg-changed-bg text-changed'],
  generated: ['•', 'text-fg-2'],
  blocked: ['⨯', 'bg-tint-deny text-deny'],
}

export function HeadersTab({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const [changesOnly, setChangesOnly] = useState(true)
  const trips = headerTrips(exchange.request)
  const shown = changesOnly ? trips.filter(isChange) : trips
  const { query = [] } = exchange.request
  return (
    <div className="grid grid-cols-1 content-start gap-4 p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3>{t('inspector.headers.request')}</h3>
        <Checkbox label={t('inspector.headers.changesOnly')} checked={changesOnly} onChange={setChangesOnly} />
      </div>
      <McpAgreement exchange={exchange} />
      {!wasSent(exchange) ? (
        <>
          <p className="text-fg-2">{t('inspector.raw.notSent')}</p>
          {!changesOnly && <ValueTable label={t('inspector.headers.from')} entries={exchange.request.headers} />}
        </>
      ) : shown.length === 0 ? (
        <p className="text-fg-2">{t('inspector.headers.noChange', { count: trips.length })}</p>
      ) : (
        <TripTable trips={shown} />
      )}
      {query.length > 0 && (
        <Section title={t('inspector.headers.query')}>
          <ValueTable label={t('inspector.headers.query')} entries={query} />
        </Section>
      )}
      <Section title={t('inspector.headers.response', { status: String(exchange.response.status) })}>
        {exchange.response.headers.length === 0 ? (
          <p className="text-fg-2">{t('inspector.headers.noResponse')}</p>
        ) : (
          <ValueTable label={t('inspector.headers.responseTable')} entries={exchange.response.headers} />
        )}
      </Section>
    </div>
  )
}

/** Servers route by these headers and act on the body: what they say has to be the same. */
function McpAgreement({ exchange }: { readonly exchange: Whole }) {
  const { t } = useTranslation()
  const headers = mcpHeaders(exchange)
  if (headers.length === 0) return null
  const odd = headers.filter(({ agrees }) => !agrees)
  if (odd.length === 0)
    return (
      <p className="flex items-center gap-1.5 text-sm text-fg-2">
        <Check size={14} aria-hidden className="shrink-0 text-allow" />
        {t('inspector.mcpHeaders.agree', { names: headers.map(({ name }) => name).join(', ') })}
      </p>
    )
  return (
    <Banner tone="open">
      {odd.map(({ name, said, inBody }) => (
        <p key={name} className="wrap-anywhere">
          {t(inBody === undefined ? 'inspector.mcpHeaders.onlySaid' : 'inspector.mcpHeaders.differ', {
            name,
            said,
            inBody: inBody ?? '',
          })}
        </p>
      ))}
    </Banner>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="grid grid-cols-1 gap-2">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

const cell = 'px-2 py-1 align-top wrap-anywhere'

function TripTable({ trips }: { readonly trips: readonly HeaderTrip[] }) {
  const { t } = useTranslation()
  return (
    <table aria-label={t('inspector.headers.request')} className="w-full table-fixed border-collapse text-sm">
      <colgroup>
        <col />
        <col className="w-8" />
        <col />
      </colgroup>
      <TableHead
        columns={[
          { title: t('inspector.headers.from') },
          { title: t('inspector.headers.fate'), isUnseen: true },
          { title: t('inspector.headers.to') },
        ]}
      />
      <tbody>
        {trips.map((trip, index) => (
          <TripRow key={`${trip.name} ${index}`} trip={trip} />
        ))}
      </tbody>
    </table>
  )
}

function TripRow({ trip }: { readonly trip: HeaderTrip }) {
  const { t } = useTranslation()
  const { fate, name, from, to, reason } = trip
  const [sign, look] = looks[fate]
  const toSide = (
    <>
      <span className="block font-medium text-fg">{to?.name}</span>
      {to !== undefined && <Value entry={to} />}
    </>
  )
  return (
    <tr data-tone={fate} data-header={name} className={classNames('border-b border-line', look)}>
      <td className={classNames(cell, 'font-mono')}>
        {from !== undefined && (
          <>
            <span className={classNames('block font-medium', fate === 'stripped' ? 'line-through' : 'text-fg')}>
              {from.name}
            </span>
            <Value entry={from} />
          </>
        )}
      </td>
      <td className={classNames(cell, 'px-0 text-center font-mono')}>
        <span aria-hidden>{sign}</span>
        <span className="sr-only">{t(`kit.disposition.${fate}`)}</span>
      </td>
      <td className={cell}>
        <div className="font-mono">{toSide}</div>
        {fate !== 'forwarded' && (
          <div className="text-fg-2">
            {reason ?? t('inspector.headers.ofConnection')}
            <Source source={trip.source} />
          </div>
        )}
      </td>
    </tr>
  )
}

/** Text, and never longer than some lines: what is left out is in the raw tab. */
function Value({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation()
  return (
    <span className="line-clamp-6">
      {entry.masked && <LockKeyhole size={11} role="img" aria-label={t('kit.masked')} className="me-1 inline" />}
      {entry.value}
    </span>
  )
}

/** The rule, the item of the vault, the token. */
function Source({ source }: { readonly source: Entry['source'] }) {
  const { t } = useTranslation()
  const { rule, secret, fingerprint, accountId, issuanceId } = source
  return (
    <>
      {rule !== undefined && (
        <span className="block">
          <RuleLink rule={rule} />
        </span>
      )}
      {secret !== undefined && (
        <span className="block">
          <ScreenLink command="goVault">{t('inspector.headers.secret', { name: secret })}</ScreenLink>
          {fingerprint !== undefined && <code className="ms-1 font-mono text-fg-2">#{fingerprint}</code>}
        </span>
      )}
      {accountId !== undefined && (
        <span className="block">
          <ScreenLink command="goVault">{t('inspector.headers.account', { id: accountId })}</ScreenLink>
        </span>
      )}
      {issuanceId !== undefined && <span className="block">{t('inspector.headers.issuance', { id: issuanceId })}</span>}
    </>
  )
}

function ValueTable({ label, entries }: { readonly label: string; readonly entries: readonly Entry[] }) {
  return (
    <table aria-label={label} className="w-full table-fixed border-collapse text-sm">
      <colgroup>
        <col className="w-[35%]" />
        <col />
      </colgroup>
      <tbody>
        {entries.map((entry, index) => (
          <tr key={`${entry.name} ${index}`} className="border-b border-line">
            <th scope="row" className={classNames(cell, 'text-start font-mono font-normal text-fg-2')}>
              {entry.name}
            </th>
            <td className={classNames(cell, 'font-mono')}>
              <Value entry={entry} />
              {entry.name.toLowerCase() === 'www-authenticate' && <Challenge value={entry.value} />}
              <div className="font-sans text-fg-2">
                <Source source={entry.source} />
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Parameters of a challenge (RFC 9110 §11.6.1), one a line. */
function Challenge({ value }: { readonly value: string }) {
  const parameters = [...value.matchAll(/([A-Za-z_-]+)="([^"]*)"/g)].slice(0, 12)
  if (parameters.length === 0) return null
  return (
    <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 text-fg-2">
      {parameters.map(([all, name = '', text = '']) => (
        <div key={all} className="contents">
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
