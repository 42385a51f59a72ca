import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { Dialog } from '../../components/dialog.js'
import { MaskedCopy } from '../../components/masked-copy.js'
import { ErrorCard } from '../../features/errors/error-card.js'

export function RecoveryDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t('vault.recovery.title')}>
      <Recovery onClose={onClose} />
    </Dialog>
  )
}

/** The key is in this component alone, and goes with it. */
function Recovery({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const make = useMutation({
    gcTime: 0,
    mutationFn: async () => (await api.createRecoveryKey({ throwOnError: true })).data.recoveryKey,
  })
  if (make.data === undefined)
    return (
      <div className="grid gap-4">
        <p>{t('vault.recovery.text')}</p>
        {make.error !== null && <ErrorCard error={make.error} />}
        <div>
          <Button variant="primary" loading={make.isPending} onClick={() => make.mutate()}>
            {t('vault.recovery.make')}
          </Button>
        </div>
      </div>
    )
  return (
    <div className="grid gap-4">
      <p>{t('vault.recovery.once')}</p>
      <MaskedCopy label={t('vault.recovery.key')} value={make.data} />
      <div>
        <Button variant="primary" onClick={onClose}>
          {t('vault.recovery.done')}
        </Button>
      </div>
    </div>
  )
}
