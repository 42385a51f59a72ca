/** Yes or no, and one of several that need a word each. */
import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox'
import { Radio } from '@base-ui/react/radio'
import { RadioGroup } from '@base-ui/react/radio-group'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { Check } from 'lucide-react'
import { useId, type ReactNode } from 'react'

interface ToggleProps {
  readonly label: string
  readonly hint?: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}

/** Takes effect at once. */
export function Switch({ label, hint, checked, onChange, disabled }: ToggleProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <BaseSwitch.Root
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled === true}
        aria-labelledby={`${id}-label`}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="relative h-6 w-10 shrink-0 rounded-full border border-line-strong bg-hover transition-colors data-checked:border-accent-solid data-checked:bg-accent-solid data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="absolute start-1 top-1 size-3.5 rounded-full bg-line-strong transition-transform data-checked:translate-x-4 data-checked:bg-on-accent forced-colors:bg-[ButtonText]" />
      </BaseSwitch.Root>
      <ToggleText id={id} label={label} hint={hint} />
    </div>
  )
}

/** Part of a form that is sent as a whole. */
export function Checkbox({ label, hint, checked, onChange, disabled }: ToggleProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <span className="flex size-6 shrink-0 items-center justify-center">
        <BaseCheckbox.Root
          checked={checked}
          onCheckedChange={onChange}
          disabled={disabled === true}
          aria-labelledby={`${id}-label`}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
          className="relative flex size-4 items-center justify-center rounded-control border border-line-strong bg-raised after:absolute after:-inset-1 data-checked:border-accent-solid data-checked:bg-accent-solid data-disabled:opacity-50"
        >
          <BaseCheckbox.Indicator>
            <Check size={12} strokeWidth={3} aria-hidden className="text-on-accent forced-colors:text-[ButtonText]" />
          </BaseCheckbox.Indicator>
        </BaseCheckbox.Root>
      </span>
      <ToggleText id={id} label={label} hint={hint} />
    </div>
  )
}

function ToggleText({
  id,
  label,
  hint,
}: {
  readonly id: string
  readonly label: string
  readonly hint: string | undefined
}) {
  return (
    <div className="grid py-0.5">
      <span id={`${id}-label`}>{label}</span>
      {hint !== undefined && (
        <span id={`${id}-hint`} className="text-sm text-fg-2">
          {hint}
        </span>
      )}
    </div>
  )
}

export interface RadioCard<V extends string> {
  readonly value: V
  readonly title: string
  /** When to choose it. */
  readonly text?: string
  /** Why it cannot be chosen. */
  readonly disabledReason?: string | undefined
  /** More of it, shown while it is chosen. */
  readonly body?: ReactNode
}

export interface RadioCardsProps<V extends string> {
  readonly label: string
  readonly labelHidden?: boolean
  readonly value: V | undefined
  readonly onChange: (value: V) => void
  readonly cards: readonly RadioCard<V>[]
}

/** One of several ways, each with a line on when to choose it. */
export function RadioCards<V extends string>({ label, labelHidden, value, onChange, cards }: RadioCardsProps<V>) {
  const id = useId()
  return (
    <div className="grid gap-2">
      <span id={id} className={labelHidden === true ? 'sr-only' : 'font-medium'}>
        {label}
      </span>
      <RadioGroup
        aria-labelledby={id}
        value={value ?? null}
        onValueChange={(next) => next !== null && onChange(next)}
        className="grid gap-2"
      >
        {cards.map((card) => (
          <RadioCardRow key={card.value} id={`${id}-${card.value}`} card={card} chosen={card.value === value} />
        ))}
      </RadioGroup>
    </div>
  )
}

function RadioCardRow<V extends string>(props: {
  readonly id: string
  readonly card: RadioCard<V>
  readonly chosen: boolean
}) {
  const { id, card, chosen } = props
  return (
    <div className="rounded-card border border-line bg-panel has-data-checked:border-accent has-data-checked:bg-selected">
      <label className="flex items-start gap-2 px-3 py-2">
        <Radio.Root
          value={card.value}
          disabled={card.disabledReason !== undefined}
          aria-labelledby={id}
          aria-describedby={`${id}-text`}
          className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-line-strong bg-raised data-checked:border-accent-solid data-disabled:opacity-50"
        >
          <Radio.Indicator className="size-2 rounded-full bg-accent forced-colors:bg-[ButtonText]" />
        </Radio.Root>
        <span className="grid min-w-0">
          <span id={id} className="font-medium">
            {card.title}
          </span>
          <span id={`${id}-text`} className="text-sm text-fg-2">
            {card.disabledReason ?? card.text}
          </span>
        </span>
      </label>
      {chosen && card.body !== undefined && <div className="px-3 ps-9 pb-3">{card.body}</div>}
    </div>
  )
}
