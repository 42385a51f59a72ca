/** Where there is no screen to show, and the way on from there. */
import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { Trans, useTranslation } from 'react-i18next'
import { Button } from '../components/button.js'
import { EmptyState } from '../components/empty-state.js'

export function SignedOut() {
  const { t } = useTranslation()
  return (
    <main className="mx-auto grid min-h-full max-w-md content-center gap-2 p-8">
      <h1 className="text-2xl">{t('shell.signedOut.title')}</h1>
      <p role="status" className="text-fg-2">
        <Trans i18nKey="shell.signedOut.text" components={{ code: <code className="font-mono text-fg" /> }} />
      </p>
    </main>
  )
}

export function NotFound() {
  const { t } = useTranslation()
  return (
    <EmptyState
      title={t('shell.notFound.title')}
      action={
        <Button variant="primary" render={<Link to="/" />}>
          {t('shell.notFound.action')}
        </Button>
      }
    />
  )
}

/** A screen threw, or its code could not be fetched. */
export function ScreenFailed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation()
  return (
    <EmptyState
      title={t('shell.crashed.title')}
      text={
        <code className="font-mono text-sm wrap-anywhere">
          {error instanceof Error ? error.message : String(error)}
        </code>
      }
      action={
        <Button variant="primary" onClick={reset}>
          {t('shell.crashed.action')}
        </Button>
      }
    />
  )
}
