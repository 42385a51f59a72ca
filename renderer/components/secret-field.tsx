import { Eye, EyeOff } from 'lucide-react'
import { useState, type ComponentProps } from 'react'
import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'
import { Field, inputLook, type FieldProps } from './field.js'
import { IconButton } from './button.js'

/** A secret: hidden unless a person asks to see it. Pasting is welcome (WCAG 3.3.8). */
export function SecretField({
  label,
  hint,
  error,
  ...input
}: Omit<FieldProps, 'optional' | 'labelHidden'> & Omit<ComponentProps<'input'>, 'id' | 'className' | 'type'>) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(false)
  return (
    <Field label={label} hint={hint} error={error}>
      {(links) => (
        <div className="flex gap-1">
          <input
            autoComplete="off"
            spellCheck={false}
            {...input}
            {...links}
            type={shown ? 'text' : 'password'}
            className={classNames(inputLook, 'font-mono text-sm')}
          />
          <IconButton label={t(shown ? 'kit.hide' : 'kit.show')} pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
          </IconButton>
        </div>
      )}
    </Field>
  )
}
