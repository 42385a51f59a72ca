/** What every input has: a label, perhaps a hint, and what is wrong with it. */
import { useId, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'

export interface FieldProps {
  readonly label: string
  /** Shown below the input while nothing is wrong. */
  readonly hint?: ReactNode
  /** What is wrong, and how to mend it. */
  readonly error?: string | undefined
  readonly optional?: boolean
  /** The label is only heard, where what is around says it already. */
  readonly labelHidden?: boolean
}

interface InputLinks {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

export function Field({
  label,
  hint,
  error,
  optional,
  labelHidden,
  children,
}: FieldProps & { readonly children: (links: InputLinks) => ReactNode }) {
  const { t } = useTranslation()
  const id = useId()
  const saying = error ?? hint
  return (
    <div className="grid min-w-0 gap-1">
      <label htmlFor={id} className={labelHidden === true ? 'sr-only' : 'font-medium'}>
        {label}
        {optional === true && <span className="font-normal text-fg-3"> ({t('kit.optional')})</span>}
      </label>
      {children({
        id,
        'aria-describedby': saying === undefined ? undefined : `${id}-note`,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {saying !== undefined && (
        <p
          id={`${id}-note`}
          role={error === undefined ? undefined : 'alert'}
          className={classNames('text-sm wrap-anywhere', error === undefined ? 'text-fg-2' : 'text-deny')}
        >
          {saying}
        </p>
      )}
    </div>
  )
}

/** How an input looks, whatever it is. */
export const inputLook =
  'h-7 w-full min-w-0 rounded-control border border-line-strong bg-raised px-2 text-md text-fg disabled:opacity-50 aria-invalid:border-deny'
