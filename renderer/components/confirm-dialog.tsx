import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './button.js'
import { Dialog } from './dialog.js'

/** Asks before what nobody can take back. Where it can be taken back, do it and offer that instead. */
export function ConfirmDialog(props: {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  /** What it means, and for whom. */
  readonly children: ReactNode
  /** What is done, as a verb. */
  readonly action: string
  readonly loading: boolean
  readonly onConfirm: () => void
}) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => !open && props.onClose()}
      title={props.title}
      footer={
        <>
          <Button onClick={props.onClose}>{t('kit.cancel')}</Button>
          <Button variant="danger" loading={props.loading} onClick={props.onConfirm}>
            {props.action}
          </Button>
        </>
      }
    >
      <div className="grid gap-2 wrap-anywhere">{props.children}</div>
    </Dialog>
  )
}
