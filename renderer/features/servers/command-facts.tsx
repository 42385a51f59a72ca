/** Exactly what a server runs: its command, its arguments, its folder, and the names of its environment variables. */
import { useTranslation } from 'react-i18next'
import type { Server } from '../../client/api.js'

type Value = NonNullable<Server['args']>[number]

export function CommandFacts({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const shown = (value: Value): string =>
    typeof value === 'string'
      ? value
      : `${value.prefix ?? ''}‹${t('detail.overview.secretOf', { name: value.secret })}›`
  const names = Object.entries(server.env ?? {})
  return (
    <dl className="grid grid-cols-[8rem_1fr] items-baseline gap-x-4 gap-y-1">
      <dt className="text-fg-2">{t('detail.overview.runs')}</dt>
      <dd className="font-mono text-sm wrap-anywhere">{server.command}</dd>
      {server.args !== undefined && server.args.length > 0 && (
        <>
          <dt className="text-fg-2">{t('detail.overview.arguments')}</dt>
          <dd>
            <ol className="grid gap-0.5 font-mono text-sm">
              {server.args.map((value, index) => (
                <li key={index} className="wrap-anywhere whitespace-pre-wrap">
                  {shown(value)}
                </li>
              ))}
            </ol>
          </dd>
        </>
      )}
      {names.length > 0 && (
        <>
          <dt className="text-fg-2">{t('detail.overview.environment')}</dt>
          <dd className="font-mono text-sm wrap-anywhere">
            {names.map(([name, value]) => (
              <div key={name}>
                {name}
                {typeof value !== 'string' && <span className="text-fg-2"> = {shown(value)}</span>}
              </div>
            ))}
          </dd>
        </>
      )}
      {server.cwd !== undefined && (
        <>
          <dt className="text-fg-2">{t('detail.overview.folder')}</dt>
          <dd className="font-mono text-sm wrap-anywhere">{server.cwd}</dd>
        </>
      )}
    </dl>
  )
}
