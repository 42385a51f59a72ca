/** All calls that the filter finds, as a file. */
import { Download } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { Checkbox, RadioCards } from '../../components/choice.js'
import { Dialog } from '../../components/dialog.js'

const formats = { har: 'har', jsonl: 'jsonl', markdown: 'md' } as const
type Format = keyof typeof formats

export function ExportDialog(props: { readonly q: string; readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [format, setFormat] = useState<Format>('har')
  const [whole, setWhole] = useState(false)
  const query = new URLSearchParams({ format, redact: String(!whole), ...(props.q !== '' && { q: props.q }) })
  return (
    <Dialog
      open={props.open}
      onOpenChange={(open) => !open && props.onClose()}
      title={t('inspector.export.title')}
      description={props.q === '' ? t('inspector.export.all') : t('inspector.export.found', { filter: props.q })}
      footer={
        <>
          <Button onClick={props.onClose}>{t('inspector.cancel')}</Button>
          <Button
            variant="primary"
            icon={<Download size={14} aria-hidden />}
            onClick={props.onClose}
            render={
              <a
                href={`/api/v1/exchanges/export?${query.toString()}`}
                download={`gatehouse-${new Date().toISOString().slice(0, 10)}.${formats[format]}`}
              />
            }
          >
            {t('inspector.export.download')}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <RadioCards
          label={t('inspector.export.format')}
          labelHidden
          value={format}
          onChange={setFormat}
          cards={(Object.keys(formats) as Format[]).map((value) => ({
            value,
            title: t(`inspector.export.${value}.title`),
            text: t(`inspector.export.${value}.text`),
          }))}
        />
        <Checkbox
          label={t('inspector.export.whole')}
          hint={t('inspector.export.wholeHint')}
          checked={whole}
          onChange={setWhole}
        />
      </div>
    </Dialog>
  )
}
