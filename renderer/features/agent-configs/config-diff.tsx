import { useTranslation } from 'react-i18next'
import type { PreviewAgentConnectionResponse } from '../../client/api.js'
import { classNames } from '../../components/class-names.js'

type Line = PreviewAgentConnectionResponse['diff'][number]

const looks: Readonly<Record<Line['kind'], string>> = {
  same: 'text-fg-2',
  added: 'bg-added-bg text-added',
  removed: 'bg-removed-bg text-removed',
  gap: 'text-fg-2',
}
const signs: Readonly<Record<Line['kind'], string>> = { same: '  ', added: '+ ', removed: '− ', gap: '⋯' }

/** Lines of a file that differ, with some around them. */
export function ConfigDiff({ label, lines }: { readonly label: string; readonly lines: readonly Line[] }) {
  const { t } = useTranslation()
  return (
    <ul
      tabIndex={0}
      aria-label={label}
      className="max-h-80 overflow-auto rounded-control border border-line bg-bg py-1 font-mono text-sm"
    >
      {lines.map(({ kind, text }, index) => (
        <li key={index} data-kind={kind} className={classNames('px-2 whitespace-pre-wrap wrap-anywhere', looks[kind])}>
          <span aria-hidden>{signs[kind]}</span>
          {kind !== 'same' && <span className="sr-only">{t(`agentConfigs.diff.${kind}`)}</span>}
          {text}
        </li>
      ))}
    </ul>
  )
}
