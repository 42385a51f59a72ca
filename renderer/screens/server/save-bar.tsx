/** What is not saved, and the ways on from there. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { invalidateOperations, problemOf, putServerMutation, type Server } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Button } from '../../components/button.js'
import { showToast } from '../../components/toast.js'
import { UndoBar } from '../../components/undo-bar.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { dropDraft, type ServerDraft } from '../../features/server-auth/server-draft.js'

export function SaveBar({ server, draft }: { readonly server: Server; readonly draft: ServerDraft }) {
  const { t } = useTranslation()
  const { slug } = server
  const isChanged = draft.changed.length > 0
  const [tried, setTried] = useState(false)
  const put = useMutation({
    ...putServerMutation(),
    onSuccess: async (_server, _sent, _result, { client }) => {
      // Read first, so that the page never shows what was before.
      await invalidateOperations(client, ['listServers', 'getServer', 'explain', 'listSecrets'])
      dropDraft(slug)
      setTried(false)
      showToast({ title: t('detail.save.saved', { name: slug }), tone: 'allow' })
    },
  })
  const save = (): void => {
    setTried(true)
    if (draft.errors.length > 0) return focusFirstInvalid()
    put.mutate({ path: { slug }, body: draft.config })
  }
  useCommand('save', save, isChanged)
  useCommand('undo', draft.undo, draft.canUndo)
  useCommand('redo', draft.redo, draft.canRedo)
  const wrong = draft.errors.length
  return (
    <>
      {isChanged && put.error !== null && problemOf(put.error, 500).errors.length === 0 && (
        <ErrorCard error={put.error} />
      )}
      <UndoBar shown={isChanged} label={t('detail.save.unsaved', { count: draft.changed.length })}>
        {(wrong > 0 || put.error !== null) && (
          <span role={tried ? 'alert' : undefined} className={tried ? 'text-deny' : 'text-fg-2'}>
            {wrong > 0
              ? t('detail.save.wrong', { count: wrong })
              : put.error === null
                ? ''
                : problemOf(put.error, 500).message}
          </span>
        )}
        <Button variant="quiet" command="undo" onClick={draft.undo}>
          {t('detail.save.undo')}
        </Button>
        <Button onClick={draft.revert}>{t('detail.save.revert')}</Button>
        <Button variant="primary" command="save" loading={put.isPending} onClick={save}>
          {t('detail.save.save')}
        </Button>
      </UndoBar>
    </>
  )
}

/** Where the mistakes are on the tab that is shown; elsewhere the count says that there are some. */
function focusFirstInvalid(): void {
  document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
}
