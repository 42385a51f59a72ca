import { useTranslation } from 'react-i18next'
import { classNames } from '../../components/class-names.js'
import { useUnreadDenials } from './unread-denials.js'

/** How many denials nobody has looked at; nothing where there is none. */
export function UnreadBadge({ collapsed }: { readonly collapsed: boolean }) {
  const { t } = useTranslation()
  const count = useUnreadDenials()
  if (count === 0) return null
  return (
    <span
      data-tone="deny"
      className={classNames(
        'min-w-4 rounded-full bg-tint-deny px-1 text-center text-xs font-medium text-deny',
        collapsed && 'absolute -end-0.5 -top-0.5',
      )}
    >
      <span aria-hidden>{count}</span>
      <span className="sr-only">{t('inspector.unread', { count })}</span>
    </span>
  )
}
