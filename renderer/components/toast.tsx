/** Short notes on what was just done, with a way back. F6 reaches them; they wait while the pointer or the focus is there. */
import { Toast as Base } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { t } from '../strings/i18n.js'
import { classNames } from './class-names.js'
import { toneEdge, type Tone } from './tone.js'

const toasts = Base.createToastManager<{ readonly tone: Tone }>()
const shownMs = 5_000
/** What can be taken back is offered for this long. */
const undoMs = 10_000

export interface ToastNote {
  readonly title: string
  readonly description?: string
  readonly tone?: Tone
  /** Takes back what was done. */
  readonly undo?: () => void
}

export function showToast({ title, description, tone = 'neutral', undo }: ToastNote): void {
  const id: string = toasts.add({
    title,
    description,
    data: { tone },
    priority: tone === 'deny' ? 'high' : 'low',
    timeout: undo === undefined ? shownMs : undoMs,
    ...(undo !== undefined && {
      actionProps: {
        children: t('kit.undo'),
        onClick: () => {
          toasts.close(id)
          undo()
        },
      },
    }),
  })
}

/** Where the notes appear. Once, around the page. */
export function ToastRegion() {
  const { t: say } = useTranslation()
  return (
    <Base.Provider toastManager={toasts} limit={4}>
      <Base.Portal>
        <Base.Viewport
          aria-label={say('kit.notifications')}
          className="fixed end-4 bottom-4 z-50 flex w-[calc(100vw-32px)] max-w-sm flex-col-reverse gap-2"
        >
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function Toasts() {
  const { t: say } = useTranslation()
  const { toasts: shown } = Base.useToastManager<{ readonly tone: Tone }>()
  return shown.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className={classNames(
        'rounded-card border border-l-4 border-line bg-raised text-fg shadow-overlay transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0',
        toneEdge[toast.data?.tone ?? 'neutral'],
      )}
    >
      <Base.Content className="flex items-center gap-3 px-3 py-2">
        <div className="min-w-0 grow wrap-anywhere">
          <Base.Title className="text-md font-medium" />
          <Base.Description className="text-sm text-fg-2" />
        </div>
        <Base.Action className="h-7 shrink-0 rounded-control px-2 font-medium text-accent hover:bg-hover" />
        <Base.Close
          aria-label={say('kit.close')}
          className="flex size-6 shrink-0 items-center justify-center rounded-control text-fg-2 hover:bg-hover"
        >
          <X size={14} aria-hidden />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ))
}
