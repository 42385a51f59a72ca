/** What may be called, who has to be asked, what was refused, and how strict all of it is. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { getShieldOptions, listPoliciesOptions, type GetShieldResponse } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { PageHeader } from '../../components/page-header.js'
import { Skeleton } from '../../components/spinner.js'
import { Tabs } from '../../components/tabs.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import type { Policy } from '../../features/shield/policy.js'
import { isOff } from '../../features/shield/policy-switch.js'
import { useApprovals } from '../../features/shield/use-approvals.js'
import { Approvals } from './approvals.js'
import { Denials } from './denials.js'
import { Policies } from './policies.js'
import { ShieldSettings } from './shield-settings.js'
import type { ShieldTab } from './shield-search.js'

const route = getRouteApi('/shield')

export function ShieldScreen() {
  const { t } = useTranslation()
  const { tab = 'policies', policy } = route.useSearch()
  const navigate = route.useNavigate()
  const state = useQuery(getShieldOptions())
  const policies = useQuery(listPoliciesOptions())
  const waiting = useApprovals().length
  const error = state.error ?? policies.error
  const go = (search: { readonly tab?: ShieldTab; readonly policy?: string }): void =>
    void navigate({ search, replace: true })
  if (error !== null)
    return (
      <div className="p-4">
        <ErrorCard error={error} onRetry={() => void Promise.all([state.refetch(), policies.refetch()])} />
      </div>
    )
  if (state.data === undefined || policies.data === undefined)
    return (
      <div className="p-4">
        <Skeleton lines={5} />
      </div>
    )
  const shield = state.data
  return (
    <>
      <ShieldHeader shield={shield} policies={policies.data.items} />
      <Tabs
        label={t('shield.title')}
        value={tab}
        onChange={(next) => go({ tab: next })}
        tabs={[
          {
            value: 'policies',
            label: t('shield.tab.policies'),
            content: () => (
              <Policies
                policies={policies.data.items}
                selected={policy}
                onSelect={(name) => go(name === undefined ? {} : { policy: name })}
              />
            ),
          },
          {
            value: 'approvals',
            label: (
              <span className="flex items-center gap-2">
                {t('shield.tab.approvals')}
                {waiting > 0 && <Badge tone="open">{waiting}</Badge>}
              </span>
            ),
            content: () => <Approvals />,
          },
          { value: 'denials', label: t('shield.tab.denials'), content: () => <Denials /> },
          { value: 'settings', label: t('shield.tab.settings'), content: () => <ShieldSettings state={shield} /> },
        ]}
      />
    </>
  )
}

function ShieldHeader(props: { readonly shield: GetShieldResponse; readonly policies: readonly Policy[] }) {
  const { t } = useTranslation()
  const { enabled, remotes, onFailure } = props.shield
  const count = props.policies.filter(({ text }) => !isOff(text)).length
  const own = t('shield.policyCount', { count })
  const judges = remotes.length > 0 ? t('shield.andRemote', { policies: own }) : own
  const onFailureText = t(onFailure === 'allow' ? 'shield.failOpen' : 'shield.failClosed')
  return (
    <PageHeader title={t('shield.title')}>
      <Badge tone={enabled ? 'allow' : 'open'}>{t(enabled ? 'shield.on' : 'shield.off')}</Badge>
      <p className="min-w-0 text-fg-2">
        {enabled ? `${t('shield.onText', { policies: judges })} ${onFailureText}` : t('shield.offText')}
      </p>
    </PageHeader>
  )
}
