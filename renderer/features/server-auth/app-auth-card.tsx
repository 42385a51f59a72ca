import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../components/banner.js'
import { RadioCards } from '../../components/choice.js'
import { AuthCard } from './auth-card.js'
import { AuthFieldList } from './auth-field-list.js'
import { appAuthFields, appAuthTypes, blankAppAuth } from './auth-fields.js'
import { appAuthOf, withAppAuth, type AppAuth } from './effective-auth.js'
import { keepValue, keptValue } from './kept-values.js'
import type { FieldError, ServerDraft } from './server-draft.js'

/** Whose credential goes out: the hop from the gateway to the server. @param accounts beneath, where people connect them */
export function AppAuthCard({
  draft,
  errors,
  accounts,
}: {
  readonly draft: ServerDraft
  readonly errors: readonly FieldError[]
  readonly accounts?: ReactNode
}) {
  const { t } = useTranslation()
  const auth = appAuthOf(draft.config)
  const [open, setOpen] = useState(false)
  const place = `${draft.slug} app_auth`
  const runsCommand = draft.config.command !== undefined
  const choose = (type: AppAuth['type']): void => {
    if (type === auth.type) return
    keepValue(place, auth.type, auth)
    draft.replace(withAppAuth(draft.config, keptValue(place, type, blankAppAuth(type))))
  }
  const { auth_mode: mode } = draft.config
  const fields = (
    <AuthFieldList
      fields={appAuthFields[auth.type]}
      value={auth}
      onChange={(next, field) => draft.replace(withAppAuth(draft.config, next as unknown as AppAuth), field)}
      path="app_auth"
      errors={errors}
      secretStem={draft.slug}
    />
  )
  return (
    <AuthCard
      number={2}
      path="app_auth"
      title={t('detail.auth.app')}
      question={t('detail.auth.appQuestion')}
      answer={t(`detail.appType.${auth.type}.is`)}
      {...(!runsCommand && { change: { open, onToggle: () => setOpen(!open) } })}
    >
      {runsCommand && <p className="text-fg-2">{t('detail.auth.command')}</p>}
      {mode !== undefined && mode !== 'internal' && (
        <Banner tone="pending">{t('detail.auth.shorthand', { mode })}</Banner>
      )}
      {open ? (
        <RadioCards
          label={t('detail.auth.app')}
          labelHidden
          value={auth.type}
          onChange={choose}
          cards={appAuthTypes.map((type) => ({
            value: type,
            title: t(`detail.appType.${type}.name`),
            text: t(`detail.appType.${type}.when`),
            ...(appAuthFields[type].length > 0 && { body: fields }),
          }))}
        />
      ) : (
        appAuthFields[auth.type].length > 0 && fields
      )}
      {accounts}
    </AuthCard>
  )
}
