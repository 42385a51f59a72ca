import { Combobox as Base } from '@base-ui/react/combobox'
import { Check } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'
import { Field, inputLook, type FieldProps } from './field.js'
import { itemLook, popupLook } from './popup-look.js'
import type { Option } from './select.js'

export interface ComboboxProps extends FieldProps {
  /** Null while nothing is chosen. */
  readonly value: string | null
  readonly onChange: (value: string | null) => void
  readonly options: readonly Option<string>[]
  readonly placeholder?: string
}

/** One of many choices, found by typing. */
export function Combobox({ value, onChange, options, placeholder, ...field }: ComboboxProps) {
  const { t } = useTranslation()
  return (
    <Field {...field}>
      {(links) => (
        <Base.Root
          items={options}
          value={options.find((option) => option.value === value) ?? null}
          onValueChange={(option) => onChange(option?.value ?? null)}
        >
          <Base.Input {...links} placeholder={placeholder} className={classNames(inputLook)} />
          <Base.Portal>
            <Base.Positioner sideOffset={4} className="z-45">
              <Base.Popup className={classNames(popupLook, 'min-w-(--anchor-width)')}>
                <Base.Empty className="px-2 py-1 text-fg-2 empty:hidden">{t('kit.noMatch')}</Base.Empty>
                <Base.List>
                  {(option: Option<string>) => (
                    <Base.Item
                      key={option.value}
                      value={option}
                      disabled={option.disabled === true}
                      className={itemLook}
                    >
                      <span className="grow">{option.label}</span>
                      <Base.ItemIndicator>
                        <Check size={14} aria-hidden />
                      </Base.ItemIndicator>
                    </Base.Item>
                  )}
                </Base.List>
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  )
}
