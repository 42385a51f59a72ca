/** The one input that begins it all, and two ways on for whoever has nothing to paste. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addDemoServerMutation } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { FoundApps } from '../agent-configs/found-apps.js'
import { ErrorCard } from '../errors/error-card.js'
import type { Pasted } from '../servers/parse-pasted.js'
import { PasteForm } from '../servers/paste-form.js'
import { ReviewFile } from '../servers/review-file.js'
import { ReviewUrl } from '../servers/review-url.js'
import { popularServers, type PopularServer } from './popular-servers.js'

export function ChooseServer({ onAdded }: { readonly onAdded: (slug: string) => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [pasted, setPasted] = useState<Pasted>()
  const demo = useMutation({ ...addDemoServerMutation(), onSuccess: ({ slug }) => onAdded(slug) })
  const back = (): void => setPasted(undefined)
  return (
    <div className="grid grid-cols-1 gap-6">
      <header className="grid gap-1">
        <h2 className="text-2xl font-semibold">{t('firstRun.title')}</h2>
        <p className="text-fg-2">{t('firstRun.text')}</p>
      </header>
      <FoundApps />
      <section className="rounded-card border border-line bg-panel p-4">
        {pasted?.kind === 'url' ? (
          <ReviewUrl key={pasted.url} pasted={pasted} onBack={back} onAdded={onAdded} />
        ) : pasted?.kind === 'file' ? (
          <ReviewFile pasted={pasted} onBack={back} onAdded={([first = '']) => onAdded(first)} />
        ) : (
          <PasteForm text={text} onText={setText} onPasted={setPasted} />
        )}
      </section>
      <div className="grid gap-6 min-[900px]:grid-cols-2">
        <section className="grid content-start gap-2">
          <h3 className="text-lg">{t('firstRun.demo.title')}</h3>
          <p className="text-fg-2">{t('firstRun.demo.text')}</p>
          <div>
            <Button loading={demo.isPending} onClick={() => demo.mutate({})}>
              {t('firstRun.demo.action')}
            </Button>
          </div>
          {demo.error !== null && <ErrorCard error={demo.error} />}
        </section>
        <Popular onChoose={({ url, slug }) => setPasted({ kind: 'url', url, slug })} />
      </div>
      <p className="text-sm text-fg-2">{t('firstRun.privacy')}</p>
    </div>
  )
}

function Popular({ onChoose }: { readonly onChoose: (server: PopularServer) => void }) {
  const { t } = useTranslation()
  return (
    <section className="grid content-start gap-2">
      <h3 className="text-lg">{t('firstRun.popular.title')}</h3>
      <p className="text-fg-2">{t('firstRun.popular.text')}</p>
      <ul className="grid overflow-hidden rounded-card border border-line bg-panel">
        {popularServers.map((server) => (
          <li key={server.slug} className="border-b border-line last:border-b-0">
            <button
              type="button"
              aria-label={t('firstRun.popular.add', { name: server.name, url: server.url })}
              onClick={() => onChoose(server)}
              className="flex h-8 w-full items-center gap-3 px-3 text-start -outline-offset-2 hover:bg-hover"
            >
              <span className="shrink-0 font-medium">{server.name}</span>
              <span className="min-w-0 grow truncate font-mono text-sm text-fg-2">{server.url}</span>
              <span className="shrink-0 text-sm text-fg-2">
                {t(server.signIn ? 'firstRun.popular.signIn' : 'firstRun.popular.open')}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
