export function StepNumber({ number }: { readonly number: number }) {
  return (
    <span
      aria-hidden
      className="flex size-6 shrink-0 items-center justify-center rounded-full border border-accent text-sm font-semibold text-accent"
    >
      {number}
    </span>
  )
}
