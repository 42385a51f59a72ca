import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { getServerOptions } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { HopLine } from '../../components/hop-line.js'
import { DoctorSteps } from './doctor-steps.js'
import { ErrorCard } from '../errors/error-card.js'
import { inboundHop, outboundHop } from './server-hop.js'
import { probeOptions } from './probe-options.js'

export interface AddedServersProps {
  readonly slugs: readonly string[]
  readonly onOpenServer: (slug: string) => void
  readonly children: ReactNode
}

/** What was just added, each tried out. */
export function AddedServers({ slugs, onOpenServer, children }: AddedServersProps) {
  const { t } = useTranslation()
  return (
    <div className="grid gap-6">
      <p role="status">{t('servers.adding.done', { count: slugs.length })}</p>
      {slugs.map((slug) => (
        <AddedServer key={slug} slug={slug} onOpen={() => onOpenServer(slug)} />
      ))}
      <div>{children}</div>
    </div>
  )
}

function AddedServer({ slug, onOpen }: { readonly slug: string; readonly onOpen: () => void }) {
  const { t } = useTranslation()
  const server = useQuery(getServerOptions({ path: { slug } })).data
  const probe = useQuery(probeOptions(slug))
  return (
    <section className="grid gap-3">
      <div className="flex items-center justify-between gap-2">
        <h3 className="text-lg">{slug}</h3>
        <Button onClick={onOpen}>{t('servers.adding.open')}</Button>
      </div>
      {server !== undefined && <HopLine server={slug} inbound={inboundHop(server)} outbound={outboundHop(server)} />}
      {probe.error === null ? <DoctorSteps probe={probe.data} /> : <ErrorCard error={probe.error} quiet />}
    </section>
  )
}
