import { useTranslation } from 'react-i18next'
import { useApprovals } from './use-approvals.js'

/** How many approvals wait; nothing where none does. */
export function ApprovalBadge({ small }: { readonly small: boolean }) {
  const { t } = useTranslation()
  const { length: count } = useApprovals()
  if (count === 0) return null
  return (
    <span
      role="img"
      aria-label={t('shield.waitingBadge', { count })}
      data-tone="open"
      className={
        small
          ? 'absolute end-0.5 top-0.5 size-2 rounded-full bg-open'
          : 'rounded-full bg-tint-open px-1.5 text-xs font-medium text-open'
      }
    >
      {small ? '' : count}
    </span>
  )
}
