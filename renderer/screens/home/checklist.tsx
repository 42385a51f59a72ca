import { useQuery } from '@tanstack/react-query'
import { Circle, CircleCheck, X } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { listExchangesOptions, listKeysOptions } from '../../client/api.js'
import { IconButton } from '../../components/button.js'
import { createStoredValue } from '../../state/stored-value.js'

const hidden = createStoredValue<boolean>('checklistHidden', false, (text) => (text === 'true' ? true : undefined))

/** The first steps, until all are done or a person hides them. */
export function Checklist({ servers }: { readonly servers: number }) {
  const { t } = useTranslation()
  const isHidden = useSyncExternalStore(hidden.subscribe, hidden.get)
  const keys = useQuery(listKeysOptions()).data
  const exchanges = useQuery(listExchangesOptions({ query: { limit: 100 } })).data
  if (isHidden || keys === undefined || exchanges === undefined) return null
  const steps = [
    { title: t('home.checklist.server'), done: servers > 0 },
    { title: t('home.checklist.key'), done: keys.items.length > 0 },
    { title: t('home.checklist.call'), done: exchanges.items.length > 0 },
  ]
  if (steps.every(({ done }) => done)) return null
  return (
    <section className="rounded-card border border-line bg-panel px-4 py-3">
      <header className="flex items-center justify-between">
        <h2 className="text-lg">{t('home.checklist.title')}</h2>
        <IconButton label={t('home.checklist.dismiss')} onClick={() => hidden.set(true)}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <ol className="flex flex-wrap gap-x-6 gap-y-1">
        {steps.map(({ title, done }) => (
          <li key={title} className={done ? 'flex items-center gap-2 text-fg-2' : 'flex items-center gap-2'}>
            {done ? (
              <CircleCheck size={16} role="img" aria-label={t('home.checklist.done')} className="text-allow" />
            ) : (
              <Circle size={16} role="img" aria-label={t('home.checklist.open')} className="text-fg-3" />
            )}
            {title}
          </li>
        ))}
      </ol>
    </section>
  )
}
