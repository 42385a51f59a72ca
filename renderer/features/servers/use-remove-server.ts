import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { putServerMutation, removeServerMutation, type Server } from '../../client/api.js'
import { showToast } from '../../components/toast.js'
import { configOf } from './server-config.js'

/** Removes at once, and puts back what was there when that is asked for. @param onRemoved leaves what shows it */
export function useRemoveServer(server: Server, onRemoved: () => void) {
  const { t } = useTranslation()
  const { slug: name } = server
  const putBack = useMutation({
    ...putServerMutation(),
    onSuccess: () => showToast({ title: t('servers.pane.restored', { name }), tone: 'allow' }),
    onError: (error) => showToast({ title: error.title, tone: 'deny' }),
  })
  return useMutation({
    ...removeServerMutation(),
    onSuccess: () => {
      onRemoved()
      showToast({
        title: t('servers.pane.removed', { name }),
        undo: () => putBack.mutate({ path: { slug: name }, body: configOf(server) }),
      })
    },
  })
}
