import { useState, type ClipboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { TextAreaField } from '../../components/text-field.js'
import { parsePasted, type Pasted } from './parse-pasted.js'

export interface PasteFormProps {
  readonly text: string
  readonly onText: (text: string) => void
  /** Something that servers can be added from. */
  readonly onPasted: (pasted: Pasted) => void
}

/** The one input that begins it all. Enter goes on; what is pasted whole goes on by itself. */
export function PasteForm({ text, onText, onPasted }: PasteFormProps) {
  const { t } = useTranslation()
  const [unknown, setUnknown] = useState(false)
  const goOn = (given: string): void => {
    const pasted = parsePasted(given)
    setUnknown(pasted.kind === 'unknown')
    if (pasted.kind === 'url' || pasted.kind === 'file') onPasted(pasted)
  }
  const onPaste = (event: ClipboardEvent): void => {
    const clip = event.clipboardData.getData('text/plain')
    if (text.trim() !== '' || parsePasted(clip).kind === 'unknown') return
    event.preventDefault()
    onText(clip)
    goOn(clip)
  }
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        goOn(text)
      }}
    >
      <TextAreaField
        label={t('servers.adding.paste')}
        placeholder={t('servers.adding.placeholder')}
        mono
        rows={4}
        autoFocus
        value={text}
        onChange={(event) => onText(event.target.value)}
        onPaste={onPaste}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          goOn(text)
        }}
        error={unknown ? t('servers.adding.unknown') : undefined}
      />
      <div>
        <Button type="submit" variant="primary" disabled={text.trim() === ''}>
          {t('servers.adding.review')}
        </Button>
      </div>
    </form>
  )
}
