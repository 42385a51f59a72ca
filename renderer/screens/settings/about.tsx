/** Which version this is, how everything is doing, and that as a text to hand on. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import {
  api,
  getStatusOptions,
  listServersOptions,
  problemOf,
  type GetStatusResponse,
  type ProbeServerResponse,
  type Server,
} from '../../client/api.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { toneText } from '../../components/tone.js'
import { DoctorSteps } from '../../features/servers/doctor-steps.js'
import { statusName, statusTone } from '../../features/servers/server-hop.js'
import { formatMoment } from '../../strings/format.js'

interface Checked {
  readonly slug: string
  readonly steps?: ProbeServerResponse['steps']
  readonly failed?: string
}

export function About() {
  const { t } = useTranslation()
  const status = useQuery(getStatusOptions()).data
  const servers = useQuery(listServersOptions()).data?.items ?? []
  const check = useQuery({
    queryKey: ['checkAll'],
    queryFn: () => checkAll(servers.filter(({ state }) => state.status !== 'disabled').map(({ slug }) => slug)),
    enabled: false,
    gcTime: 0,
  })
  if (status === undefined) return null
  const facts = [
    [t('settings.about.version'), status.version],
    [t('settings.about.started'), formatMoment(status.startedAt)],
    [t('settings.about.state'), t(status.paused ? 'settings.about.paused' : 'settings.about.served')],
    [t('settings.about.inFlight'), String(status.callsInFlight)],
    [t('settings.about.dropped'), String(status.exchangesDropped)],
  ]
  return (
    <>
      <dl className="grid grid-cols-[minmax(8rem,14rem)_minmax(0,1fr)] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-fg-2">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section className="grid grid-cols-1 gap-3">
        <h3 className="font-semibold">{t('settings.about.checked')}</h3>
        {servers.length === 0 && <p className="text-fg-2">{t('settings.about.noServers')}</p>}
        <ul className="grid grid-cols-1 gap-3">
          {servers.map((server) => (
            <li key={server.slug} className="grid grid-cols-1 gap-1">
              <p className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-2">
                <span className="font-medium wrap-anywhere">{server.slug}</span>
                <span className={toneText[statusTone(server)]}>{statusName(server)}</span>
              </p>
              <CheckedServer checked={check.data?.find(({ slug }) => slug === server.slug)} />
            </li>
          ))}
        </ul>
        <div className="flex flex-wrap gap-2">
          {servers.length > 0 && (
            <Button loading={check.isFetching} onClick={() => void check.refetch()}>
              {t('settings.about.check')}
            </Button>
          )}
          <CopyButton text={diagnosticsOf(status, servers, check.data)} what={t('settings.about.diagnostics')}>
            {t('settings.about.copy')}
          </CopyButton>
        </div>
        <p className="text-sm text-fg-2">{t('settings.about.copyText')}</p>
      </section>
    </>
  )
}

function CheckedServer({ checked }: { readonly checked: Checked | undefined }) {
  if (checked === undefined) return null
  if (checked.steps === undefined) return <p className="text-deny">{checked.failed}</p>
  return <DoctorSteps probe={{ steps: checked.steps }} />
}

/** One after the other: a check may take half a minute, and the machine has other things to do. */
async function checkAll(slugs: readonly string[]): Promise<readonly Checked[]> {
  const all: Checked[] = []
  for (const slug of slugs) {
    try {
      const { data } = await api.probeServer({ path: { slug }, throwOnError: true })
      all.push({ slug, steps: data.steps })
    } catch (error) {
      all.push({ slug, failed: problemOf(error, 500).message })
    }
  }
  return all
}

/** Only what is named here is in it: no configuration, no header, no body, and of URLs the origin alone. */
function diagnosticsOf(
  status: GetStatusResponse,
  servers: readonly Server[],
  checked: readonly Checked[] | undefined,
): string {
  const { version, vault, startedAt, paused, callsInFlight, exchangesDropped } = status
  return JSON.stringify(
    {
      gatehouse: { version, vault, startedAt, paused, callsInFlight, exchangesDropped },
      browser: navigator.userAgent,
      servers: servers.map(({ slug, url, state, health }) => ({
        slug,
        origin: url !== undefined && URL.canParse(url) ? new URL(url).origin : 'command',
        status: state.status,
        reason: state.reason,
        era: health.era,
        protocolVersion: health.protocolVersion,
        restarts: health.restarts,
        check: checked
          ?.find((one) => one.slug === slug)
          ?.steps?.map(({ name, ok, durationMs, detail }) => ({
            name,
            ok,
            durationMs,
            detail,
          })),
      })),
    },
    null,
    2,
  )
}
