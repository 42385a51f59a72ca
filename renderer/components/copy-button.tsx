import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { desktop } from '../desktop/desktop.js'
import { Button, IconButton } from './button.js'
import { showToast } from './toast.js'

const saidMs = 1_500

/** Copies a text, and says so. @param what completes "Copy …" @param secret the desktop app empties the clipboard after a while */
export function CopyButton(props: {
  readonly text: string
  readonly what: string
  readonly children?: ReactNode
  readonly secret?: boolean
}) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), saidMs)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = (): void => {
    const { text, secret } = props
    const copied =
      secret === true && desktop !== undefined ? desktop.copySecret(text) : navigator.clipboard.writeText(text)
    copied.then(
      () => setCopied(true),
      () => showToast({ title: t('kit.copyFailed'), tone: 'deny' }),
    )
  }
  const icon = copied ? <Check size={14} aria-hidden className="text-allow" /> : <Copy size={14} aria-hidden />
  return (
    <>
      {props.children === undefined ? (
        <IconButton label={t('kit.copyWhat', { what: props.what })} onClick={copy}>
          {icon}
        </IconButton>
      ) : (
        <Button onClick={copy} icon={icon}>
          {props.children}
        </Button>
      )}
      <span role="status" className="sr-only">
        {copied ? t('kit.copied') : ''}
      </span>
    </>
  )
}
