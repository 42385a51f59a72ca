import type { ComponentProps } from 'react'
import { classNames } from './class-names.js'
import { Field, inputLook, type FieldProps } from './field.js'

export type TextFieldProps = FieldProps &
  Omit<ComponentProps<'input'>, 'id' | 'className'> & {
    /** For data: URLs, names of headers, code. */
    readonly mono?: boolean
  }

/** One line of text. Takes what `register()` of react-hook-form gives. */
export function TextField({ label, hint, error, optional, labelHidden, mono, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} {...flags({ optional, labelHidden })}>
      {(links) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...input}
          {...links}
          className={classNames(inputLook, mono && 'font-mono text-sm')}
        />
      )}
    </Field>
  )
}

export type TextAreaFieldProps = FieldProps &
  Omit<ComponentProps<'textarea'>, 'id' | 'className'> & { readonly mono?: boolean }

/** Several lines of text. */
export function TextAreaField({ label, hint, error, optional, labelHidden, mono, ...input }: TextAreaFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} {...flags({ optional, labelHidden })}>
      {(links) => (
        <textarea
          spellCheck={false}
          {...input}
          {...links}
          className={classNames(inputLook, 'h-auto min-h-7 resize-y py-1', mono && 'font-mono text-sm')}
        />
      )}
    </Field>
  )
}

function flags(given: {
  readonly optional: boolean | undefined
  readonly labelHidden: boolean | undefined
}): Pick<FieldProps, 'optional' | 'labelHidden'> {
  return { optional: given.optional === true, labelHidden: given.labelHidden === true }
}
