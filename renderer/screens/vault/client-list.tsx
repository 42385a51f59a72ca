import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { listOAuthClientsOptions, type OAuthClient } from '../../client/api.js'
import { CopyButton } from '../../components/copy-button.js'
import { DetailPane } from '../../components/detail-pane.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { Listed } from '../../components/listed.js'
import { formatMoment } from '../../strings/format.js'
import { ListState } from './list-state.js'
import type { VaultListProps } from './vault-search.js'

export function ClientList({ selected, onSelect }: VaultListProps) {
  const { t } = useTranslation()
  const answer = useQuery(listOAuthClientsOptions())
  const chosen = answer.data?.items.find((client) => idOf(client) === selected)
  return (
    <ListState answer={answer} title={t('vault.clients.empty')} text={t('vault.clients.emptyText')}>
      {(rows) => (
        <Listed
          name="oauthClients"
          label={t('vault.tabs.clients')}
          rows={rows}
          rowId={idOf}
          rowName={({ issuer, clientId }) => t('vault.clients.rowName', { issuer, clientId })}
          selectedId={selected}
          onSelect={onSelect}
          narrow={['issuer', 'kind']}
          columns={[
            {
              id: 'issuer',
              title: t('vault.column.issuer'),
              width: 'minmax(9rem, 2fr)',
              cell: ({ issuer }) => <span className="font-medium">{issuer}</span>,
            },
            {
              id: 'clientId',
              title: t('vault.column.clientId'),
              width: 'minmax(8rem, 2fr)',
              cell: ({ clientId }) => <span className="font-mono text-sm">{clientId}</span>,
            },
            {
              id: 'kind',
              title: t('vault.column.kind'),
              width: '10rem',
              cell: ({ registration }) => t(`vault.clients.kind.${registration}`),
            },
            {
              id: 'servers',
              title: t('vault.column.servers'),
              width: 'minmax(6rem, 1fr)',
              cell: ({ servers }) => servers.join(', ') || t('vault.none'),
            },
            {
              id: 'redirect',
              title: t('vault.column.redirect'),
              width: 'minmax(8rem, 2fr)',
              cell: ({ redirectUri }) => <span className="font-mono text-sm text-fg-2">{redirectUri}</span>,
            },
          ]}
          pane={chosen && <ClientPane client={chosen} onClose={() => onSelect(undefined)} />}
        />
      )}
    </ListState>
  )
}

function idOf({ issuer, clientId, redirectUri }: OAuthClient): string {
  return `${issuer}\n${clientId}\n${redirectUri}`
}

function ClientPane({ client, onClose }: { readonly client: OAuthClient; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { issuer, clientId, redirectUri, registration, servers, registeredAt, secretExpiresAt } = client
  return (
    <DetailPane title={issuer} onClose={onClose}>
      <p>{t(`vault.clients.kindText.${registration}`)}</p>
      <FactList>
        <Fact name={t('vault.column.clientId')}>
          <Copied text={clientId} what={t('vault.clients.copyId')} />
        </Fact>
        <Fact name={t('vault.column.redirect')}>
          <Copied text={redirectUri} what={t('vault.clients.copyRedirect')} />
        </Fact>
        <Fact name={t('vault.column.servers')}>{servers.join(', ') || t('vault.none')}</Fact>
        {registeredAt !== undefined && <Fact name={t('vault.clients.registered')}>{formatMoment(registeredAt)}</Fact>}
        {secretExpiresAt !== undefined && (
          <Fact name={t('vault.clients.secretEnds')}>{formatMoment(secretExpiresAt)}</Fact>
        )}
      </FactList>
    </DetailPane>
  )
}

function Copied({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 font-mono text-sm wrap-anywhere">{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  )
}
