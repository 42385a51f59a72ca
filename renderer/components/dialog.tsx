/** What asks for an answer before anything else: in the middle of the page, or at its side. */
import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'
import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'

export interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: string
  readonly description?: ReactNode
  readonly children: ReactNode
  /** Buttons, the primary one last. */
  readonly footer?: ReactNode
  readonly size?: 'small' | 'large'
  /** What has the focus first; else the first control. */
  readonly initialFocus?: RefObject<HTMLElement | null>
}

/** In the middle. For revealing a secret, reviewing an import, and what cannot be undone; all else has a place of its own. */
export function Dialog(props: DialogProps) {
  return (
    <Overlay
      {...props}
      place={classNames(
        'top-1/2 left-1/2 max-h-[calc(100vh-64px)] w-[calc(100vw-64px)] -translate-x-1/2 -translate-y-1/2 rounded-overlay border',
        props.size === 'large' ? 'max-w-3xl' : 'max-w-md',
      )}
    />
  )
}

/** At the side, over what it belongs to. */
export function Sheet(props: DialogProps) {
  return (
    <Overlay
      {...props}
      place={classNames(
        'inset-y-0 end-0 w-[calc(100vw-64px)] border-s',
        props.size === 'large' ? 'max-w-3xl' : 'max-w-lg',
      )}
    />
  )
}

function Overlay(props: DialogProps & { readonly place: string }) {
  const { t } = useTranslation()
  return (
    <Base.Root open={props.open} onOpenChange={(open) => props.onOpenChange(open)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-shade transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          initialFocus={props.initialFocus}
          className={classNames(
            'fixed z-40 flex flex-col border-line bg-panel text-fg shadow-overlay outline-none',
            props.place,
          )}
        >
          <header className="grid gap-1 py-3 ps-4 pe-12">
            <Base.Title className="text-lg font-semibold wrap-anywhere">{props.title}</Base.Title>
            {props.description !== undefined && (
              <Base.Description render={<div />} className="text-fg-2">
                {props.description}
              </Base.Description>
            )}
          </header>
          <div className="min-h-0 flex-1 overflow-auto px-4 pt-1 pb-4">{props.children}</div>
          {props.footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{props.footer}</footer>
          )}
          {/* Last, so that the first control of the content has the focus first; without a tooltip, which would take Escape. */}
          <Base.Close
            aria-label={t('kit.close')}
            className="absolute end-3 top-3 flex size-7 items-center justify-center rounded-control text-fg-2 hover:bg-hover hover:text-fg"
          >
            <X size={16} aria-hidden />
          </Base.Close>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
