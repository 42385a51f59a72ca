/** Adding servers: paste, review what it means, save, and see what the gateway finds there. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { Sheet } from '../../components/dialog.js'
import { useKept } from '../../state/use-kept.js'
import { AddedServers } from './added-servers.js'
import { PasteForm } from './paste-form.js'
import { ReviewFile } from './review-file.js'
import { ReviewUrl } from './review-url.js'
import type { Pasted } from './parse-pasted.js'

export interface AddServerSheetProps {
  readonly open: boolean
  /** What the box holds at first, such as what a link brought. Never saved without a person's review. */
  readonly initialText: string
  readonly onClose: () => void
  readonly onOpenServer: (slug: string) => void
}

export function AddServerSheet(props: AddServerSheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet open={props.open} onOpenChange={(open) => !open && props.onClose()} title={t('servers.adding.title')}>
      <AddServer key={props.initialText} {...props} />
    </Sheet>
  )
}

function AddServer({ initialText, onClose, onOpenServer }: AddServerSheetProps) {
  const { t } = useTranslation()
  // What a link brought is shown as it came; what was typed is kept.
  const [typed, setTyped] = useKept('pasted server', '')
  const [linked, setLinked] = useState(initialText)
  const text = linked === '' ? typed : linked
  const setText = (next: string): void => {
    setLinked('')
    setTyped(next)
  }
  const [pasted, setPasted] = useState<Pasted>()
  const [added, setAdded] = useState<readonly string[]>()
  const back = (): void => setPasted(undefined)
  const finish = (slugs: readonly string[]): void => {
    setTyped(undefined)
    setAdded(slugs)
  }
  if (added !== undefined)
    return (
      <AddedServers slugs={added} onOpenServer={onOpenServer}>
        <Button variant="primary" onClick={onClose}>
          {t('servers.adding.close')}
        </Button>
      </AddedServers>
    )
  if (pasted?.kind === 'url') return <ReviewUrl pasted={pasted} onBack={back} onAdded={(slug) => finish([slug])} />
  if (pasted?.kind === 'file') return <ReviewFile pasted={pasted} onBack={back} onAdded={finish} />
  return <PasteForm text={text} onText={setText} onPasted={setPasted} />
}
