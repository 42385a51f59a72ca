import { useTranslation } from 'react-i18next'
import { Dialog } from '../../components/dialog.js'
import { ChangePassphrase } from '../../features/passphrase/change-passphrase.js'

export function PassphraseDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t('settings.security.passphrase')}
      description={t('settings.security.passphraseText')}
    >
      <ChangePassphrase primary onDone={onClose} />
    </Dialog>
  )
}
