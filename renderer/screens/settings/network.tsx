/** Where agents and this page call, where sign-ins come back to, and who else may call. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { getStatusOptions } from '../../client/api.js'
import { CopyButton } from '../../components/copy-button.js'
import { CallbackHosts } from './callback-hosts.js'

export function Network() {
  const { t } = useTranslation()
  const status = useQuery(getStatusOptions()).data
  if (status === undefined) return null
  const { port } = new URL(status.dataUrl)
  const callbacks = ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${port}/oauth/callback`)
  return (
    <>
      <Part name={t('settings.network.data')}>
        <Address address={status.dataUrl} />
      </Part>
      <Part name={t('settings.network.control')}>
        <Address address={status.controlUrl} />
      </Part>
      <Part name={t('settings.network.callback')} text={t('settings.network.callbackText')}>
        {callbacks.map((address) => (
          <Address key={address} address={address} />
        ))}
        <CallbackHosts />
      </Part>
      <Part name={t('settings.network.ports')} text={t('settings.network.portsText')}>
        <Address address="gatehouse serve --port 4283 --control-port 4284" />
      </Part>
      <Part name={t('settings.network.origins')} text={t('settings.network.originsText')}>
        <Address address="gatehouse serve --allow-origin https://app.example.com" />
      </Part>
    </>
  )
}

function Part(props: { readonly name: string; readonly text?: string; readonly children: ReactNode }) {
  return (
    <section aria-label={props.name} className="grid gap-1">
      <h3 className="font-semibold">{props.name}</h3>
      {props.text !== undefined && <p className="text-fg-2">{props.text}</p>}
      {props.children}
    </section>
  )
}

/** An address, or a command, to take along. */
function Address({ address }: { readonly address: string }) {
  return (
    <p className="flex items-center gap-2">
      <code className="min-w-0 font-mono text-sm wrap-anywhere">{address}</code>
      <CopyButton text={address} what={address} />
    </p>
  )
}
