import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { listIssuancesOptions, type Issuance } from '../../client/api.js'
import { CopyButton } from '../../components/copy-button.js'
import type { Column } from '../../components/data-grid.js'
import { DetailPane } from '../../components/detail-pane.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { Listed } from '../../components/listed.js'
import { formatMoment, formatRelative, formatClock } from '../../strings/format.js'
import { t as say, type Translate } from '../../strings/i18n.js'
import { ListState } from './list-state.js'
import type { VaultListProps } from './vault-search.js'

const shown = 500

export function IssuanceList({ selected, onSelect }: VaultListProps) {
  const { t } = useTranslation()
  const answer = useQuery(listIssuancesOptions({ query: { limit: shown } }))
  const chosen = answer.data?.items.find(({ id }) => id === selected)
  return (
    <ListState answer={answer} title={t('vault.issuances.empty')} text={t('vault.issuances.emptyText')}>
      {(rows) => (
        <Listed
          name="issuances"
          label={t('vault.tabs.issuances')}
          rows={rows}
          rowId={({ id }) => id}
          rowName={(issuance) =>
            t('vault.issuances.rowName', {
              time: formatClock(issuance.issuedAt),
              server: issuance.server,
              grant: issuance.grantType,
              caller: callerName(issuance),
            })
          }
          selectedId={selected}
          onSelect={onSelect}
          columns={columnsFor(say)}
          narrow={['time', 'server', 'caller']}
          pane={chosen && <IssuancePane issuance={chosen} onClose={() => onSelect(undefined)} />}
        />
      )}
    </ListState>
  )
}

function callerName({ caller }: Issuance): string {
  return caller.subject
}

function columnsFor(t: Translate): readonly Column<Issuance>[] {
  return [
    { id: 'time', title: t('vault.column.time'), width: '7rem', cell: ({ issuedAt }) => formatClock(issuedAt) },
    {
      id: 'server',
      title: t('vault.column.server'),
      width: 'minmax(6rem, 1fr)',
      cell: ({ server }) => <span className="font-medium">{server}</span>,
    },
    { id: 'caller', title: t('vault.column.caller'), width: 'minmax(5rem, 1fr)', cell: callerName },
    { id: 'grant', title: t('vault.column.grant'), width: 'minmax(8rem, 1fr)', cell: ({ grantType }) => grantType },
    {
      id: 'audience',
      title: t('vault.column.audience'),
      width: 'minmax(8rem, 2fr)',
      cell: (issuance) => <span className="font-mono text-sm text-fg-2">{audienceOf(issuance)}</span>,
    },
    {
      id: 'scopes',
      title: t('vault.column.scopes'),
      width: 'minmax(6rem, 1fr)',
      cell: ({ scopes }) => <span className="font-mono text-sm text-fg-2">{scopes.join(' ')}</span>,
    },
    {
      id: 'ends',
      title: t('vault.column.ends'),
      width: '6rem',
      cell: ({ expiresAt }) => (expiresAt === undefined ? '' : formatRelative(expiresAt)),
    },
  ]
}

function audienceOf({ audience }: Issuance): string {
  return typeof audience === 'string' ? audience : audience.join(' ')
}

function IssuancePane({ issuance, onClose }: { readonly issuance: Issuance; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { server, issuedAt, grantType, issuer, clientId, subject, resource, scopes, expiresAt, requestId, traceId } =
    issuance
  return (
    <DetailPane title={t('vault.issuances.paneTitle', { server })} onClose={onClose}>
      <FactList>
        <Fact name={t('vault.column.time')}>{formatMoment(issuedAt)}</Fact>
        <Fact name={t('vault.column.caller')}>{callerName(issuance)}</Fact>
        <Fact name={t('vault.column.grant')}>{grantType}</Fact>
        <Fact name={t('vault.column.issuer')}>{issuer}</Fact>
        <Fact name={t('vault.column.clientId')}>
          <code className="font-mono text-sm">{clientId}</code>
        </Fact>
        <Fact name={t('vault.issuances.subjectOf')}>{subject}</Fact>
        <Fact name={t('vault.column.audience')}>{audienceOf(issuance)}</Fact>
        {resource !== undefined && <Fact name={t('vault.issuances.resource')}>{resource}</Fact>}
        <Fact name={t('vault.column.scopes')}>{scopes.join(' ') || t('vault.none')}</Fact>
        <Fact name={t('vault.column.ends')}>
          {expiresAt === undefined ? t('vault.issuances.notSaid') : formatMoment(expiresAt)}
        </Fact>
        <Fact name={t('vault.column.request')}>
          <span className="flex items-center gap-1">
            <code className="min-w-0 font-mono text-sm wrap-anywhere">{requestId}</code>
            <CopyButton text={requestId} what={t('vault.issuances.requestId')} />
          </span>
          <Link
            to="/inspector"
            search={{ q: `lane:* trace:${traceId}` }}
            className="inline-flex min-h-6 items-center text-accent underline decoration-line-strong underline-offset-2 hover:decoration-current"
          >
            {t('vault.issuances.calls')}
          </Link>
        </Fact>
      </FactList>
    </DetailPane>
  )
}
