/** Inbound headers that are not passed on, beside those that never are. */
import { X } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { matchesGlob } from '../../../gateway-core/contract/glob.js'
import { Button, IconButton } from '../../components/button.js'
import { TextField } from '../../components/text-field.js'
import { AuthCard } from './auth-card.js'
import { errorAt, type ServerDraft } from './server-draft.js'

/** @param seen names of headers that agents sent lately, in lower case */
export function RestrictedHeaders({ draft, seen }: { readonly draft: ServerDraft; readonly seen: readonly string[] }) {
  const { t } = useTranslation()
  const form = useId()
  const [typed, setTyped] = useState('')
  const patterns = draft.config.restricted_inbound_headers ?? []
  const set = (next: readonly string[]): void =>
    draft.set('restricted_inbound_headers', next.length === 0 ? undefined : [...next])
  const add = (): void => {
    const pattern = typed.trim().toLowerCase()
    if (pattern === '') return
    if (!patterns.includes(pattern)) set([...patterns, pattern])
    setTyped('')
  }
  const strips = (pattern: string): string => {
    const count = seen.filter((name) => matchesGlob(pattern.toLowerCase(), name)).length
    return seen.length === 0
      ? t('detail.restricted.unseen')
      : t('detail.restricted.strips', { count, seen: String(seen.length) })
  }
  return (
    <AuthCard
      number={4}
      path="restricted_inbound_headers"
      title={t('detail.auth.restricted')}
      question={t('detail.auth.restrictedQuestion')}
    >
      {patterns.length > 0 && (
        <ul className="grid gap-1">
          {patterns.map((pattern, index) => (
            <li key={pattern} className="flex items-center gap-2">
              <code className="min-w-0 font-mono text-sm wrap-anywhere">{pattern}</code>
              <span className="text-sm text-fg-2">{strips(pattern)}</span>
              <span className="grow" />
              {errorAt(draft.errors, `restricted_inbound_headers[${index}]`) !== undefined && (
                <span role="alert" className="text-sm text-deny">
                  {errorAt(draft.errors, `restricted_inbound_headers[${index}]`)}
                </span>
              )}
              <IconButton
                label={t('detail.restricted.remove', { pattern })}
                onClick={() => set(patterns.toSpliced(index, 1))}
              >
                <X size={16} aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <form
        id={form}
        className="flex items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <div className="min-w-0 grow">
          <TextField
            label={t('detail.restricted.add')}
            labelHidden
            hint={typed === '' ? t('detail.restricted.hint') : strips(typed.trim())}
            placeholder="x-internal-*"
            mono
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <Button type="submit">{t('detail.restricted.addAction')}</Button>
      </form>
      <p className="text-sm text-fg-2">{t('detail.restricted.always')}</p>
    </AuthCard>
  )
}
