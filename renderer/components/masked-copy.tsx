import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.js'
import { CopyButton } from './copy-button.js'

/** A secret that is shown this once: hidden until it is asked for, and copied without being shown. */
export function MaskedCopy({ label, value }: { readonly label: string; readonly value: string }) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(false)
  return (
    <div className="flex min-w-0 items-center gap-1 rounded-control border border-line bg-bg px-2">
      <code aria-label={label} role="group" className="min-w-0 grow py-1 text-sm wrap-anywhere">
        {shown ? value : `${value.slice(0, 6)}${'•'.repeat(12)}${value.slice(-4)}`}
      </code>
      <IconButton label={t(shown ? 'kit.hide' : 'kit.show')} pressed={shown} onClick={() => setShown(!shown)}>
        {shown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
      </IconButton>
      <CopyButton text={value} what={label} />
    </div>
  )
}
