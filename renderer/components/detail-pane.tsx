import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.js'

/** What is chosen in a list, beside it. */
export function DetailPane(props: {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const { t } = useTranslation()
  return (
    <section aria-label={props.title} className="flex min-h-0 flex-1 flex-col bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="min-w-0 grow text-lg wrap-anywhere">{props.title}</h2>
        <IconButton label={t('kit.close')} onClick={props.onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-5 overflow-auto p-4">{props.children}</div>
    </section>
  )
}
