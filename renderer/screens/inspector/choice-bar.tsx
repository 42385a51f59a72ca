import { classNames } from '../../components/class-names.js'

/** A few ways to look at the same thing, side by side. */
export function ChoiceBar<V extends string>(props: {
  readonly label: string
  readonly value: V
  readonly choices: readonly { readonly value: V; readonly label: string }[]
  readonly onChange: (value: V) => void
}) {
  return (
    <div role="group" aria-label={props.label} className="flex w-fit rounded-control border border-line-strong">
      {props.choices.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === props.value}
          onClick={() => props.onChange(value)}
          className={classNames(
            'h-6 px-2 text-sm first:rounded-s-control last:rounded-e-control',
            value === props.value ? 'bg-selected font-medium text-accent' : 'bg-raised text-fg-2 hover:bg-hover',
          )}
        >
          {label}
        </button>
      ))}
    </div>
  )
}
