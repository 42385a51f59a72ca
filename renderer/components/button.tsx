/** Buttons. One primary button at most in sight; what deletes is `danger`; what is in a row or a bar is `quiet`. */
import { Button as BaseButton } from '@base-ui/react/button'
import type { ReactElement, ReactNode, Ref } from 'react'
import { ariaKeys } from '../commands/chord.js'
import type { CommandId } from '../commands/definitions.js'
import { useKeys } from '../commands/key-bindings.js'
import { classNames } from './class-names.js'
import { Kbd } from './kbd.js'
import { Spinner } from './spinner.js'
import { Tooltip } from './tooltip.js'

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger'

const base =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control border font-medium whitespace-nowrap transition-colors select-none data-disabled:opacity-50 forced-colors:border-[ButtonText]'

const variants: Readonly<Record<ButtonVariant, string>> = {
  primary: 'border-transparent bg-accent-solid text-on-accent hover:not-data-disabled:brightness-110',
  secondary: 'border-line-strong bg-raised text-fg hover:not-data-disabled:bg-hover data-popup-open:bg-hover',
  quiet: 'border-transparent bg-transparent text-accent hover:not-data-disabled:bg-hover data-popup-open:bg-hover',
  danger: 'border-deny bg-raised text-deny hover:not-data-disabled:bg-tint-deny',
}

interface CommonProps {
  readonly variant?: ButtonVariant
  readonly disabled?: boolean
  /** Shows that it is at work, and takes no second press. It keeps the focus. */
  readonly loading?: boolean
  readonly onClick?: () => void
  readonly type?: 'button' | 'submit'
  readonly ref?: Ref<HTMLButtonElement>
}

export interface ButtonProps extends CommonProps {
  readonly children: ReactNode
  /** Drawn before the text; 14 px. */
  readonly icon?: ReactNode
  /** Shows and announces the command's keys. Say separately what it does, with `useCommand`. */
  readonly command?: CommandId
  readonly className?: string
  /** Replaces the element, as for a link: `render={<Link to="/servers" />}`. */
  readonly render?: ReactElement
}

export function Button({ variant = 'secondary', icon, loading, command, children, className, ...props }: ButtonProps) {
  const keys = useCommandKeys(command)
  return (
    <BaseButton
      {...props}
      type={props.render === undefined ? (props.type ?? 'button') : undefined}
      nativeButton={props.render === undefined}
      disabled={props.disabled === true || loading === true}
      focusableWhenDisabled={loading === true}
      aria-keyshortcuts={keys === undefined ? undefined : ariaKeys(keys)}
      className={classNames(base, variants[variant], 'h-7 px-3 text-md', className)}
    >
      {loading === true ? <Spinner /> : icon}
      {children}
      {keys !== undefined && variant !== 'primary' && <Kbd keys={keys} />}
    </BaseButton>
  )
}

export interface IconButtonProps extends CommonProps {
  /** What it does; its name and its tooltip. */
  readonly label: string
  /** An icon of 16 px. */
  readonly children: ReactNode
  readonly command?: CommandId
  readonly pressed?: boolean
}

export function IconButton({
  variant = 'quiet',
  label,
  command,
  pressed,
  loading,
  children,
  ...props
}: IconButtonProps) {
  const keys = useCommandKeys(command)
  return (
    <Tooltip text={label} keys={keys}>
      <BaseButton
        {...props}
        type={props.type ?? 'button'}
        disabled={props.disabled === true || loading === true}
        focusableWhenDisabled
        aria-label={label}
        aria-pressed={pressed}
        aria-keyshortcuts={keys === undefined ? undefined : ariaKeys(keys)}
        className={classNames(base, variants[variant], 'size-7', variant === 'quiet' && 'text-fg-2 hover:text-fg')}
      >
        {loading === true ? <Spinner /> : children}
      </BaseButton>
    </Tooltip>
  )
}

/** Any command serves where none is given, as hooks are called in either case. */
function useCommandKeys(command: CommandId | undefined): string | undefined {
  const keys = useKeys(command ?? 'palette')
  return command === undefined ? undefined : keys
}
