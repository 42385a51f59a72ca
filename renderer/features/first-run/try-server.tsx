/** One server's first call: checked, signed in to where it asks for that, called, and seen. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  callServerMutation,
  getServerOptions,
  getStatusOptions,
  type CallServerResponse,
  type ProbeServerResponse,
  type Server,
} from '../../client/api.js'
import { runCommand, useAvailableCommands } from '../../commands/use-command.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { HopLine, type Hop } from '../../components/hop-line.js'
import { Skeleton } from '../../components/spinner.js'
import { ErrorCard } from '../errors/error-card.js'
import { DoctorSteps } from '../servers/doctor-steps.js'
import { probeOptions } from '../servers/probe-options.js'
import { inboundHop, outboundHop } from '../servers/server-hop.js'
import { ConnectStep } from './connect-step.js'
import { TestExchange } from './test-exchange.js'

/** The tool of the demo server that shows what a server sees. */
const demoTool = 'show_headers'

export interface TryServerProps {
  readonly slug: string
  readonly onBack: () => void
  readonly onHome: () => void
  readonly onOpenServer: (slug: string) => void
}

export function TryServer(props: TryServerProps) {
  const { slug } = props
  const { t } = useTranslation()
  const { data: server, error, refetch } = useQuery(getServerOptions({ path: { slug } }))
  const send = useMutation(callServerMutation())
  const [connected, setConnected] = useState(false)
  const noteConnected = useCallback(() => setConnected(true), [])
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (server === undefined) return <Skeleton lines={6} />
  const isDemo = server.url?.endsWith('/demo/mcp') === true
  const sendCall = (): void => send.mutate({ path: { slug }, body: { ...(isDemo && { tool: demoTool }) } })
  const sent = send.data
  return (
    <div className="grid grid-cols-1 gap-5">
      <header className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-2xl font-semibold">{t('firstRun.attempt.title', { server: slug })}</h2>
        <Button variant="quiet" onClick={props.onBack}>
          {t('firstRun.attempt.another')}
        </Button>
      </header>
      <HopLine server={slug} {...hopsOf(server, sent)} />
      <div className="grid gap-5 min-[1000px]:grid-cols-2">
        <section className="grid grid-cols-1 content-start gap-4">
          {!isDemo && (
            <Examined slug={slug} connected={connected} onConnected={noteConnected} onSetUp={props.onOpenServer} />
          )}
          {connected && <Banner tone="allow">{t('firstRun.attempt.connected')}</Banner>}
          <SendCall key={String(connected)} sent={sent !== undefined} pending={send.isPending} onSend={sendCall} />
          {send.error !== null && <ErrorCard error={send.error} />}
          {sent !== undefined && isAnswered(sent) && <NextSteps slug={slug} onHome={props.onHome} />}
        </section>
        <section className="grid grid-cols-1 content-start gap-3 rounded-card border border-line bg-panel p-4">
          <h3 className="text-lg">{t('firstRun.exchange.title')}</h3>
          {sent === undefined ? (
            <p className="text-fg-2">{t('firstRun.exchange.empty')}</p>
          ) : (
            <TestExchange exchange={sent} />
          )}
        </section>
      </div>
    </div>
  )
}

function isAnswered({ response, errorCode }: CallServerResponse): boolean {
  return response.status < 400 && errorCode === undefined
}

/** As the call left the hops, once there is one. */
function hopsOf(
  server: Server,
  sent: CallServerResponse | undefined,
): { readonly inbound: Hop; readonly outbound: Hop } {
  const [inbound, outbound] = [inboundHop(server), outboundHop(server)]
  if (sent === undefined) return { inbound, outbound }
  if (sent.caller === null)
    return { inbound: { ...inbound, state: 'broken' }, outbound: { ...outbound, state: 'idle' } }
  return { inbound: { ...inbound, state: 'ok' }, outbound: { ...outbound, state: isAnswered(sent) ? 'ok' : 'broken' } }
}

function SendCall(props: { readonly sent: boolean; readonly pending: boolean; readonly onSend: () => void }) {
  const { t } = useTranslation()
  return (
    <div className="grid gap-2">
      <p className="text-fg-2">{t('firstRun.attempt.text')}</p>
      <div>
        <Button
          variant={props.sent ? 'secondary' : 'primary'}
          loading={props.pending}
          onClick={props.onSend}
          // Enter sends, for whoever came here by the keyboard.
          ref={focusOnce}
        >
          {t(props.sent ? 'firstRun.attempt.again' : 'firstRun.attempt.send')}
        </Button>
      </div>
    </div>
  )
}

function focusOnce(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true })
}

/** What the gateway finds at the server, and the sign-in that it may take. */
function Examined(props: {
  readonly slug: string
  readonly connected: boolean
  readonly onConnected: () => void
  readonly onSetUp: (slug: string) => void
}) {
  const { t } = useTranslation()
  const probe = useQuery(probeOptions(props.slug))
  if (probe.error !== null) return <ErrorCard error={probe.error} quiet onRetry={() => void probe.refetch()} />
  const need = props.connected || probe.data === undefined ? 'nothing' : needOf(probe.data)
  return (
    <>
      <details open={!props.connected}>
        <summary className="font-medium">{t('servers.probe.title')}</summary>
        <div className="pt-2">
          <DoctorSteps probe={probe.data} />
        </div>
      </details>
      {need === 'sign-in' && <ConnectStep slug={props.slug} onConnected={props.onConnected} />}
      {need === 'credential' && (
        <Banner
          tone="open"
          action={<Button onClick={() => props.onSetUp(props.slug)}>{t('firstRun.attempt.setUp')}</Button>}
        >
          {t('firstRun.attempt.signInFails')}
        </Banner>
      )}
    </>
  )
}

function needOf({ steps }: ProbeServerResponse): 'nothing' | 'sign-in' | 'credential' {
  const isFine = (name: string): boolean => steps.some((step) => step.name === name && step.ok && step.skipped !== true)
  if (!steps.some(({ name, ok }) => name === 'auth' && !ok)) return 'nothing'
  return isFine('registration') && isFine('authorization') ? 'sign-in' : 'credential'
}

function NextSteps({ slug, onHome }: { readonly slug: string; readonly onHome: () => void }) {
  const { t } = useTranslation()
  const available = useAvailableCommands()
  const address = `${useQuery(getStatusOptions()).data?.dataUrl ?? ''}/mcp/${slug}`
  return (
    <section className="grid gap-2 rounded-card border border-line bg-panel p-4">
      <h3 className="text-lg">{t('firstRun.next.title')}</h3>
      <p className="text-fg-2">{t('firstRun.next.text')}</p>
      <p className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 font-mono text-sm wrap-anywhere">{address}</code>
        <CopyButton text={address} what={t('firstRun.next.address')} />
      </p>
      <div className="flex flex-wrap gap-2">
        {available.includes('goAgents') && (
          <Button variant="primary" onClick={() => void runCommand('goAgents')}>
            {t('firstRun.next.agents')}
          </Button>
        )}
        {available.includes('goInspector') && (
          <Button onClick={() => void runCommand('goInspector')}>{t('firstRun.exchange.inspector')}</Button>
        )}
        <Button onClick={onHome}>{t('firstRun.next.home')}</Button>
      </div>
    </section>
  )
}
