import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { getStatusOptions } from '../../client/api.js'
import { CopyButton } from '../../components/copy-button.js'

export function Network() {
  const { t } = useTranslation()
  const status = useQuery(getStatusOptions()).data
  if (status === undefined) return null
  const { port } = new URL(status.dataUrl)
  const callbacks = ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${port}/oauth/callback`)
  return (
    <>
      <Address name={t('settings.network.data')} addresses={[status.dataUrl]} />
      <Address name={t('settings.network.control')} addresses={[status.controlUrl]} />
      <Address name={t('settings.network.callback')} addresses={callbacks} text={t('settings.network.callbackText')} />
      <Note name={t('settings.network.ports')} text={t('settings.network.portsText')} />
      <Note name={t('settings.network.origins')} text={t('settings.network.originsText')} />
    </>
  )
}

function Address(props: { readonly name: string; readonly addresses: readonly string[]; readonly text?: string }) {
  return (
    <section className="grid gap-1">
      <h3 className="font-semibold">{props.name}</h3>
      {props.addresses.map((address) => (
        <p key={address} className="flex items-center gap-2">
          <code className="font-mono text-sm wrap-anywhere">{address}</code>
          <CopyButton text={address} what={address} />
        </p>
      ))}
      {props.text !== undefined && <p className="text-fg-2">{props.text}</p>}
    </section>
  )
}

function Note({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <section className="grid gap-1">
      <h3 className="font-semibold">{name}</h3>
      <p className="text-fg-2">{text}</p>
    </section>
  )
}
