import { useTranslation } from 'react-i18next'

/** Something is at work. Where motion is not wanted it says so in a word instead of turning. */
export function Spinner() {
  const { t } = useTranslation()
  return (
    <span className="inline-flex">
      <svg aria-hidden viewBox="0 0 16 16" className="size-3.5 animate-spin motion-reduce:hidden">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" strokeWidth="2" opacity="0.25" />
        <path d="M8 2a6 6 0 0 1 6 6" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      </svg>
      <span className="sr-only motion-reduce:not-sr-only">{t('kit.working')}</span>
    </span>
  )
}

/** Stands where text will be. @param lines how many */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  const { t } = useTranslation()
  return (
    <div role="status" className="grid gap-2">
      <span className="sr-only">{t('kit.loading')}</span>
      {Array.from({ length: lines }, (_line, index) => (
        <div key={index} aria-hidden className="h-4 rounded-control bg-hover last:w-2/3" />
      ))}
    </div>
  )
}
