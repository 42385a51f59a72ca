import { keyCaps } from '../commands/chord.js'

/** Keys as they are on the keyboard. Decoration: what has a shortcut says so with `aria-keyshortcuts`. */
export function Kbd({ keys }: { readonly keys: string }) {
  return (
    <span aria-hidden className="inline-flex gap-0.5">
      {keyCaps(keys).map((cap) => (
        <kbd
          key={cap}
          className="min-w-4 rounded-control border border-line bg-bg px-1 text-center font-sans text-xs text-fg-2"
        >
          {cap}
        </kbd>
      ))}
    </span>
  )
}
