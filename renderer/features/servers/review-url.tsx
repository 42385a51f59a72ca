import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { getStatusOptions, problemOf, putServerMutation } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { TextField } from '../../components/text-field.js'
import { ErrorCard } from '../errors/error-card.js'
import type { Pasted } from './parse-pasted.js'

export interface ReviewUrlProps {
  readonly pasted: Extract<Pasted, { kind: 'url' }>
  readonly onBack: () => void
  readonly onAdded: (slug: string) => void
}

/** A URL, and the name that it gets. */
export function ReviewUrl({ pasted, onBack, onAdded }: ReviewUrlProps) {
  const { t } = useTranslation()
  const [slug, setSlug] = useState(pasted.slug)
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const put = useMutation({ ...putServerMutation(), onSuccess: (server) => onAdded(server.slug) })
  const slugError = put.error === null ? undefined : problemOf(put.error, 500).fieldError('slug')
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        put.mutate({ path: { slug }, body: { url: pasted.url } })
      }}
    >
      <p className="font-mono text-sm wrap-anywhere">{pasted.url}</p>
      <TextField
        label={t('servers.adding.name')}
        mono
        required
        autoFocus
        value={slug}
        onChange={(event) => setSlug(event.target.value)}
        hint={t('servers.adding.nameHint', { url: `${dataUrl}/mcp/${slug}` })}
        error={slugError}
      />
      {put.error !== null && slugError === undefined && <ErrorCard error={put.error} />}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" loading={put.isPending}>
          {t('servers.adding.save')}
        </Button>
        <Button variant="quiet" onClick={onBack}>
          {t('servers.adding.back')}
        </Button>
      </div>
    </form>
  )
}
