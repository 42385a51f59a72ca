/** Taking a setup in: give it, see what it would change, apply it. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApplyProfileResponse } from '../../client/api.js'
import { Dialog } from '../../components/dialog.js'
import type { ImportedFile } from '../../features/profiles/profile-file.js'
import { keep, useKept } from '../../state/use-kept.js'
import { GiveProfile, type GivenText } from './give-profile.js'
import { ReviewProfile } from './review-profile.js'

const importDraft = 'profile import'
const nothingGiven: GivenText = { text: '', name: '' }

/** Puts a text into the dialog, to be changed there before it is reviewed. */
export function giveToImport(given: GivenText): void {
  keep(importDraft, given)
}

export function ImportProfileDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t('profiles.importing.title')}
      description={t('profiles.importing.text')}
      size="large"
    >
      <ImportProfile onClose={onClose} />
    </Dialog>
  )
}

function ImportProfile({ onClose }: { readonly onClose: () => void }) {
  const [given, setGiven] = useKept<GivenText>(importDraft, nothingGiven)
  const [review, setReview] = useState<{ readonly file: ImportedFile; readonly report: ApplyProfileResponse }>()
  if (review === undefined)
    return <GiveProfile given={given} onGiven={setGiven} onReviewed={(file, report) => setReview({ file, report })} />
  return (
    <ReviewProfile
      {...review}
      onBack={() => setReview(undefined)}
      onApplied={() => setGiven(undefined)}
      onClose={onClose}
    />
  )
}
