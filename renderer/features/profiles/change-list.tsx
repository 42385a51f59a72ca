import { useTranslation } from 'react-i18next'
import type { ApplyProfileResponse } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { classNames } from '../../components/class-names.js'
import type { Tone } from '../../components/tone.js'
import { changedLines } from './changed-lines.js'

type Change = ApplyProfileResponse['changes'][number]

const kinds = ['shield', 'authentication', 'oauth', 'token_broker', 'server', 'profile'] as const
const tones: Readonly<Record<Change['change'], Tone>> = { added: 'allow', changed: 'pending', removed: 'deny' }

/** What would change, what guards comes first; each with what it was and is. */
export function ChangeList({ changes }: { readonly changes: readonly Change[] }) {
  const { t } = useTranslation()
  if (changes.length === 0) return <p>{t('profiles.review.nothing')}</p>
  return (
    <section aria-label={t('profiles.review.title')} className="grid grid-cols-1 gap-3">
      {kinds.map((kind) => {
        const ofKind = changes.filter((change) => change.kind === kind)
        if (ofKind.length === 0) return null
        return (
          <section key={kind} className="grid grid-cols-1 gap-1">
            <h3 className="font-semibold">{t(`profiles.review.kind.${kind}`)}</h3>
            <ul className="grid grid-cols-1 gap-2">
              {ofKind.map((change) => (
                <ChangeItem key={change.path} change={change} />
              ))}
            </ul>
          </section>
        )
      })}
    </section>
  )
}

function ChangeItem({ change: { path, change, before, after } }: { readonly change: Change }) {
  const { t } = useTranslation()
  const name = path.replace(/^mcpServers\./, '')
  return (
    <li className="overflow-hidden rounded-control border border-line bg-bg">
      <p className="flex items-center gap-2 px-2 py-1">
        <span className="min-w-0 font-medium wrap-anywhere">{name}</span>
        <Badge tone={tones[change]}>{t(`profiles.review.change.${change}`)}</Badge>
      </p>
      <ul className="max-h-48 overflow-y-auto border-t border-line font-mono text-sm" tabIndex={0} aria-label={name}>
        {changedLines(before, after).map(({ sign, text }, index) => (
          <li
            key={index}
            data-tone={sign === '+' ? 'allow' : 'deny'}
            className={classNames(
              'px-2 whitespace-pre-wrap wrap-anywhere',
              sign === '+' ? 'bg-added-bg text-added' : 'bg-removed-bg text-removed',
            )}
          >
            <span aria-hidden>{sign === '+' ? '+ ' : '− '}</span>
            <span className="sr-only">{t(sign === '+' ? 'profiles.review.after' : 'profiles.review.before')}</span>
            {text}
          </li>
        ))}
      </ul>
    </li>
  )
}
