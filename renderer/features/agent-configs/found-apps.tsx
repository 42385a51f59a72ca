import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { listAgentConfigsOptions } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button, IconButton } from '../../components/button.js'
import { createStoredValue } from '../../state/stored-value.js'

const hidden = createStoredValue<boolean>('foundAppsHidden', false, (text) => (text === 'true' ? true : undefined))

/** Agents were found on this machine whose servers may be taken over. Nothing of them has been read. */
export function FoundApps() {
  const { t } = useTranslation()
  const isHidden = useSyncExternalStore(hidden.subscribe, hidden.get)
  const items = useQuery(listAgentConfigsOptions()).data?.items ?? []
  const found = items.filter(({ canImport, connection }) => canImport && connection === undefined)
  if (isHidden || found.length === 0) return null
  return (
    <Banner
      tone="accent"
      action={
        <span className="flex items-center gap-1">
          <Button render={<Link to="/agents" search={{ tab: 'apps', sheet: 'importApps' }} />}>
            {t('agentConfigs.found.action')}
          </Button>
          <IconButton label={t('agentConfigs.found.dismiss')} onClick={() => hidden.set(true)}>
            <X size={16} aria-hidden />
          </IconButton>
        </span>
      }
    >
      {t('agentConfigs.found.text', { names: found.map(({ name }) => name).join(', ') })}
    </Banner>
  )
}
