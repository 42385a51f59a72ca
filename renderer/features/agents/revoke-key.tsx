import { useMutation } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { revokeKeyMutation, type AgentKey } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import { showToast } from '../../components/toast.js'
import { formatRelative } from '../../strings/format.js'
import { ErrorCard } from '../errors/error-card.js'

/** Asks first: a revoked key cannot come back, as only its hash was kept. */
export function RevokeKey({ agentKey, onRevoked }: { readonly agentKey: AgentKey; readonly onRevoked?: () => void }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const { id, name, lastUsedAt } = agentKey
  const revoke = useMutation({
    ...revokeKeyMutation(),
    onSuccess: () => {
      setOpen(false)
      showToast({ title: t('agents.revoke.done', { name }) })
      onRevoked?.()
    },
  })
  return (
    <>
      <Button variant="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setOpen(true)}>
        {t('agents.revoke.action')}
      </Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('agents.revoke.title', { name })}
        action={t('agents.revoke.action')}
        loading={revoke.isPending}
        onConfirm={() => revoke.mutate({ path: { id } })}
      >
        <p>{t('agents.revoke.text')}</p>
        <p className="text-fg-2">
          {lastUsedAt === undefined
            ? t('agents.revoke.unused')
            : t('agents.revoke.last', { when: formatRelative(lastUsedAt) })}
        </p>
        {revoke.error !== null && <ErrorCard error={revoke.error} />}
      </ConfirmDialog>
    </>
  )
}
