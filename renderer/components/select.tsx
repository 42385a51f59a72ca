import { Select as Base } from '@base-ui/react/select'
import { Check, ChevronsUpDown } from 'lucide-react'
import { classNames } from './class-names.js'
import { Field, inputLook, type FieldProps } from './field.js'
import { itemLook, popupLook } from './popup-look.js'

export interface Option<V extends string> {
  readonly value: V
  readonly label: string
  readonly disabled?: boolean
}

export interface SelectProps<V extends string> extends FieldProps {
  readonly value: V
  readonly onChange: (value: V) => void
  readonly options: readonly Option<V>[]
  readonly disabled?: boolean
}

/** One of a few short choices. Where each needs explaining, use RadioCards. */
export function Select<V extends string>({ value, onChange, options, disabled, ...field }: SelectProps<V>) {
  return (
    <Field {...field}>
      {(links) => (
        <Base.Root
          items={options}
          value={value}
          onValueChange={(next) => next !== null && onChange(next)}
          disabled={disabled === true}
        >
          <Base.Trigger
            {...links}
            className={classNames(
              inputLook,
              'flex items-center justify-between gap-2 text-start data-popup-open:bg-hover',
            )}
          >
            <Base.Value className="truncate" />
            <ChevronsUpDown size={14} aria-hidden className="text-fg-3" />
          </Base.Trigger>
          <Base.Portal>
            <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-45">
              <Base.Popup className={classNames(popupLook, 'min-w-(--anchor-width)')}>
                <Base.List>
                  {options.map((option) => (
                    <Base.Item
                      key={option.value}
                      value={option.value}
                      disabled={option.disabled === true}
                      className={itemLook}
                    >
                      <Base.ItemText className="grow">{option.label}</Base.ItemText>
                      <Base.ItemIndicator>
                        <Check size={14} aria-hidden />
                      </Base.ItemIndicator>
                    </Base.Item>
                  ))}
                </Base.List>
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  )
}
